#include "engine/api/form/forms.h"
#include "engine/base/json.h"
#include "tests/support/sample_values.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

namespace {

/// The value after it was written, sent as text and read.
template<class T>
Result<> send(const T &value, T &read)
{
    const auto json = parseJson(canonicalJsonOf(QJsonArray{form::write(value)}));
    return readJson(json->toArray().first(), read);
}

template<class T>
void checkOne(const T &value)
{
    T read{};
    const auto sent = send(value, read);
    QVERIFY2(sent, sent ? "" : qPrintable(sent.error().toString()));
    QVERIFY(read == value);
}

template<class T>
void checkTrip(const T &value)
{
    checkOne(value);
    checkOne(T{});
}

Timestamp later(int seconds)
{
    return sample::start() + std::chrono::seconds(seconds) + std::chrono::milliseconds(7);
}

const QJsonObject anything{{u"a"_s, QJsonArray{1, 0.5, QJsonValue::Null, u"\u00e9\n"_s}},
                           {u"b"_s, QJsonObject{{u"c"_s, true}}}};

Error someError()
{
    const Error cause{ErrorCode::NotFound, u"no \"x\""_s, {u"pack.yaml"_s, 3, 7, u"/steps/1"_s}, {}};
    return {ErrorCode::InvalidInput, u"2 errors in pack.yaml"_s, {u"pack.yaml"_s, 0, 0, {}}, {cause, cause}};
}

RunSummary someRun()
{
    RunSummary run = sample::run(1, RunState::Failed);
    run.partial = true;
    run.tenant = u"other"_s;
    return run;
}

StepRecord someStep()
{
    return {u"hosts[3]::restart"_s, StepState::BackingOff, u"exit code 1"_s, 2, later(1), later(2), anything};
}

AttemptRecord someAttempt()
{
    AttemptRecord attempt;
    attempt.path = u"a/b"_s;
    attempt.attempt = 3;
    attempt.pid = 4711;
    attempt.startTime = u"99887766"_s;
    attempt.bootId = u"boot"_s;
    attempt.startedAt = later(1);
    attempt.finishedAt = later(2);
    attempt.exitCode = 0;
    attempt.signal = 9;
    attempt.usage = ResourceUsage{std::chrono::microseconds(1), std::chrono::microseconds(2), 3, 4};
    return attempt;
}

RunEvent someEvent()
{
    return {{u"run_1"_s}, 7,        later(3),          u"step-state"_s,
            u"a"_s,       anything, QString(64, u'0'), QString(64, u'1')};
}

LogLine someLine()
{
    return {9, later(4), LogLevel::Warn, u"engine"_s, u"\u001b[1mbold\t"_s, u"a"_s, 2, true, true};
}

Artifact someArtifact()
{
    return {u"01H"_s,          u"report.md"_s, u"a"_s,       u"bundle"_s,    u"artifacts/sha256/ab/cd"_s,
            QString(64, u'2'), 1234,           u"refused"_s, u"too large"_s, later(5)};
}

AnchorRecord someAnchor()
{
    return {
        AnchorKind::Authority, AnchorState::Pending, u"busy"_s, u"tsa.example:443"_s, 3, later(5), later(6)};
}

GateRequest someGate()
{
    GateRequest gate = sample::gate(someRun());
    gate.revision = 2;
    gate.required = 3;
    gate.approvers = {u"user:anna"_s, u"role:ops"_s};
    gate.allowSelfApproval = true;
    gate.requireReason = true;
    gate.state = GateState::Expired;
    return gate;
}

Decision someDecision()
{
    const DecisionStatement statement{{u"run_1"_s},  u"review"_s,      2,
                                      u"sha256:1"_s, Verdict::Approve, u"anna"_s,
                                      u"Read."_s,    u"sha256:2"_s,    later(6)};
    const WithdrawalStatement back{statement.run,      statement.path, 2,        statement.planHash,
                                   statement.approver, u"sha256:3"_s,  u"No."_s, later(7)};
    return {u"01J"_s, statement, u"key"_s, R"({"payload":"é"})"_ba,
            Withdrawal{back, u"key"_s, R"({"payload":"ß"})"_ba}};
}

PolicyDecision somePolicy()
{
    return {{u"run_1"_s}, u"check"_s, u"deny-list"_s, anything, true, {{u"rule"_s, u"It is denied."_s}},
            later(7)};
}

Outline someOutline()
{
    return {{u"map"_s, u"map"_s, u"All hosts"_s, StepKind::Map, -1, 0, true, false, anything, false},
            {u"map[*]::a"_s, u"a"_s, {}, StepKind::Policy, 0, 1, false, true, {}, true}};
}

RunView someView()
{
    return {someRun(),      someOutline(),    {someStep()},   {someAttempt()}, {someGate()}, {someDecision()},
            {somePolicy()}, {someArtifact()}, {someAnchor()}, anything,        anything,     77};
}

InputSpec someInput()
{
    return {u"target"_s, InputType::File, true, QJsonValue(0.25), anything, u"Of the report."_s};
}

ApprovalSpec someApproval()
{
    return {u"reviewer"_s, 2,      {u"role:ops"_s},    true, std::chrono::milliseconds(90'500),
            true,          u"T"_s, u"{{ inputs.a }}"_s};
}

Simulation someSimulation()
{
    Simulation simulation;
    simulation.planHash = u"sha256:3"_s;
    simulation.steps = {{u"a"_s, StepKind::Approval, SimulatedOutcome::PolicyDenies, u"why"_s, 2, true}};
    simulation.waves = 2;
    simulation.approvals = 1;
    simulation.secrets = {{u"token"_s, false, {SecretState::Missing, u"env:TOKEN is not set"_s}}};
    simulation.sandbox = {SandboxMode::Sealed, {{u"example.org"_s, 8443}}, true};
    simulation.requests = {{u"a"_s, u"example.org:443"_s, false, false}};
    simulation.modules = {{u"render"_s, u"sha256:4"_s, {u"./render.sh"_s}}};
    return simulation;
}

} // namespace

/// Every value of the port survives its JSON form, and nothing else is taken for one.
class TestJsonForms : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsBackErrors();
    void readsBackRuns();
    void readsBackGates();
    void readsBackPlans();
    void readsBackRequests();
    void readsBackEveryName();
    void writesWhatTheRecordWrites();
    void rejects_data();
    void rejects();
    void rejectsNumbers_data();
    void rejectsNumbers();
};

void TestJsonForms::readsBackErrors()
{
    checkTrip(someError());
    QCOMPARE(toJson(someError().causes.first()), (QJsonObject{{u"code"_s, u"not-found"_s},
                                                              {u"message"_s, u"no \"x\""_s},
                                                              {u"file"_s, u"pack.yaml"_s},
                                                              {u"line"_s, 3},
                                                              {u"column"_s, 7},
                                                              {u"pointer"_s, u"/steps/1"_s}}));
}

void TestJsonForms::readsBackRuns()
{
    checkTrip(someRun());
    checkTrip(someStep());
    checkTrip(someAttempt());
    checkTrip(someEvent());
    checkTrip(someLine());
    checkTrip(someArtifact());
    checkTrip(someAnchor());
    checkTrip(AnchorRecord{});
    checkTrip(someView());
    checkTrip(sample::runView(sample::run(2, RunState::Waiting)));
}

void TestJsonForms::readsBackGates()
{
    checkTrip(someGate());
    checkTrip(someDecision());
    checkTrip(somePolicy());
    const GateView view{someGate(), u"inventory-audit"_s, u"1.0.0"_s, u"sha256:5"_s, someOutline()};
    checkTrip(view);
    GateView read;
    QVERIFY(send(view, read));
    QCOMPARE(shownDigest(read), shownDigest(view)); // What a person signs is what was shown.
}

void TestJsonForms::readsBackPlans()
{
    checkTrip(someInput());
    checkTrip(someApproval());
    checkTrip(PackDescription{
        u"/packs/a"_s, u"a"_s, u"1.0.0"_s, u"sha256:6"_s, u"D"_s, {someInput()}, {someApproval()}});
    checkTrip(sample::pack());
    checkTrip(someSimulation());
    checkTrip(PlanPreview{u"a"_s, u"1.0.0"_s, u"sha256:7"_s, R"({"a":"\"é\""})"_ba, someOutline(),
                          someSimulation()});
    checkTrip(sample::preview());
}

void TestJsonForms::readsBackRequests()
{
    const PlanRequest plan{u"/packs/a"_s, anything, u"/home/anna"_s};
    checkTrip(plan);
    checkTrip(RunRequest{plan, u"sha256:8"_s, u"anna"_s});
    checkTrip(RunFilter{{RunState::Waiting, RunState::Queued}, u"a"_s, -1, {u"run_2"_s}});
    checkTrip(LogQuery{{u"run_1"_s}, 5, 10, u"a"_s, LogLevel::Error, u"x"_s});
    checkTrip(DecisionRequest{{u"run_1"_s},
                              u"review"_s,
                              2,
                              u"sha256:9"_s,
                              u"sha256:a"_s,
                              Verdict::Approve,
                              u"Read."_s,
                              u"anna"_s,
                              R"({"payload":""})"_ba,
                              true});
    checkTrip(WithdrawalRequest{{u"run_1"_s},
                                u"review"_s,
                                2,
                                u"sha256:9"_s,
                                u"sha256:a"_s,
                                u"No."_s,
                                u"anna"_s,
                                R"({"payload":""})"_ba,
                                true});
    checkTrip(ApprovalExport{{u"run_1"_s}, u"review"_s, u"anna"_s});
    checkTrip(ExportedApproval{R"({"payload":"é"})"_ba, u"01J"_s, u"ab"_s, later(8)});
    checkTrip(ApprovalImport{R"({"payload":"é"})"_ba, u"anna"_s});
    checkTrip(ImportedResponse{{u"run_1"_s}, u"review"_s, Verdict::Approve, u"anna"_s, u"01J"_s});
    checkTrip(StepResolution{StepResolution::Succeeded, u"Seen."_s, u"anna"_s});
    const Incident incident{true,    u"anna"_s,   u"odd answers"_s, sample::start(), u"incidents/1.tar"_s,
                            u"ab"_s, u"no room"_s};
    checkTrip(ServiceInfo{u"local"_s, u"anna"_s, u"key"_s, u"/data"_s, u"0.1.0"_s, u"no room"_s, incident});
    checkTrip(Incident{});
    checkTrip(IncidentSwitch{true, u"odd answers"_s, u"anna"_s});
}

template<class Enum>
static void checkNames()
{
    for (int i = 0; i <= form::lastOf<Enum>; ++i)
        checkOne(Enum(i));
}

void TestJsonForms::readsBackEveryName()
{
    checkNames<ErrorCode>();
    checkNames<RunState>();
    checkNames<StepState>();
    checkNames<LogLevel>();
    checkNames<StepResolution::Outcome>();
    checkNames<AnchorKind>();
    checkNames<AnchorState>();
    checkNames<GateState>();
    checkNames<Verdict>();
    checkNames<StepKind>();
    checkNames<InputType>();
    checkNames<SandboxMode>();
    checkNames<SimulatedOutcome>();
    checkNames<SecretState>();
}

void TestJsonForms::writesWhatTheRecordWrites()
{
    QCOMPARE(form::write(someGate()).toObject(), toJson(someGate()));
    QCOMPARE(form::write(someEvent()).toObject(), toJson(someEvent()));
    QCOMPARE(form::write(someDecision().statement).toObject(), toJson(someDecision().statement));
    const WithdrawalStatement withdrawal = someDecision().withdrawal->statement;
    QCOMPARE(form::write(withdrawal).toObject(), toJson(withdrawal));
}

void TestJsonForms::rejects_data()
{
    QTest::addColumn<QString>("pointer");
    QTest::addColumn<QJsonValue>("value");
    QTest::addColumn<QString>("error");

    const QJsonValue absent(QJsonValue::Undefined);
    QTest::newRow("missing") << u"runId"_s << absent << u"\"runId\" is missing"_s;
    QTest::newRow("unknown") << u"stat"_s << QJsonValue(1)
                             << u"unknown member \"stat\"; did you mean \"state\"?"_s;
    QTest::newRow("no text") << u"runId"_s << QJsonValue(1)
                             << u"/runId: expected a string, found the integer 1"_s;
    QTest::newRow("no boolean") << u"partial"_s << QJsonValue(u"no"_s)
                                << u"/partial: expected a boolean, found the string \"no\""_s;
    QTest::newRow("no name") << u"state"_s << QJsonValue(u"lost"_s)
                             << u"/state: expected one of queued, running, waiting, cancelling, succeeded, "
                                "failed, cancelled, interrupted, found \"lost\""_s;
    QTest::newRow("no time") << u"createdAt"_s << QJsonValue(u"today"_s)
                             << u"/createdAt: "_s + parseIso(u"today"_s).error().message;
    QTest::newRow("null") << u"completedAt"_s << QJsonValue(QJsonValue::Null)
                          << u"/completedAt: expected a string, found null"_s;
    QTest::newRow("no list") << u"steps"_s << QJsonValue(u"none"_s)
                             << u"/steps: expected an array, found the string \"none\""_s;
    QTest::newRow("in a list") << u"steps"_s << QJsonValue(QJsonArray{form::write(someStep()), 1})
                               << u"/steps/1: expected an object, found the integer 1"_s;
    QTest::newRow("no object") << u"inputs"_s << QJsonValue(QJsonArray{})
                               << u"/inputs: expected an object, found an array of 0 items"_s;
}

void TestJsonForms::rejects()
{
    QFETCH(QString, pointer);
    QFETCH(QJsonValue, value);
    QFETCH(QString, error);

    QJsonObject json = toJson(someView());
    json.insert(pointer, value); // Undefined removes it.
    const auto read = fromJson<RunView>(json);

    QVERIFY(!read);
    QVERIFY(read.error().code == ErrorCode::InvalidInput);
    QCOMPARE(read.error().toString(), error);
}

void TestJsonForms::rejectsNumbers_data()
{
    QTest::addColumn<double>("number");
    QTest::addColumn<QString>("error");

    QTest::newRow("fraction") << 0.5 << u"/attempts: expected an integer, found the number 0.5"_s;
    QTest::newRow("beyond int") << 2147483648.0 << u"/attempts: the number is out of range"_s;
    QTest::newRow("beyond int, negative") << -2147483649.0 << u"/attempts: the number is out of range"_s;
    QTest::newRow("large") << 1e300 << u"/attempts: the number is out of range"_s;
}

void TestJsonForms::rejectsNumbers()
{
    QFETCH(double, number);
    QFETCH(QString, error);

    QJsonObject json = toJson(someStep());
    json.insert(u"attempts"_s, number);
    const auto read = fromJson<StepRecord>(json);

    QVERIFY(!read);
    QCOMPARE(read.error().toString(), error);
}

QTEST_GUILESS_MAIN(TestJsonForms)
#include "tst_json_forms.moc"
