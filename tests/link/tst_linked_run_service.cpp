#include "engine/link/endpoint.h"
#include "engine/link/link_server.h"
#include "engine/link/linked_run_service.h"
#include "tests/support/fake_run_service.h"
#include "tests/support/sample_values.h"

#include <QDir>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace engine;

namespace {

template<class T>
Result<T> wait(const QFuture<Result<T>> &future)
{
    [&future] { QTRY_VERIFY(future.isFinished()); }();
    if (future.resultCount() == 0)
        return Error{ErrorCode::Cancelled, u"no result"_s, {}, {}};
    return future.result();
}

template<class T>
bool isGood(const Result<T> &result)
{
    if (!result)
        qWarning("%s", qPrintable(result.error().toString()));
    return bool(result);
}

} // namespace

/// A service through a real socket: the same answers, errors and signals; and what is said when the owner
/// goes.
class TestLinkedRunService : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void carriesReadingCalls();
    void carriesWritingCalls();
    void signsWhereTheKeyIs();
    void carriesErrors();
    void carriesSignals();
    void readsLongLogsInPages();
    void writesFilesOfThisProcess();
    void tellsWhatWasMissed();
    void saysWhatIsUnknownWhenTheOwnerEnds();
    void refusesLargeRequests();
    void noticesAnOwnerThatHangs();
    void cannotConnect_data();
    void cannotConnect();

private:
    void start(const LinkLimits &limits = {}) { start({{}, {}, {}, limits, {}, {}}); }
    void start(LinkedRunService::Settings settings);

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<FakeRunService> m_fake;
    std::unique_ptr<LinkServer> m_server;
    std::unique_ptr<LinkedRunService> m_linked;
    const RunSummary m_run = sample::run(1, RunState::Waiting);
};

void TestLinkedRunService::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_fake = std::make_unique<FakeRunService>();
    m_fake->views.insert(m_run.id, sample::runView(m_run));
    m_fake->runList = {m_run};
    QCoreApplication::setApplicationName(u"tester"_s);
}

void TestLinkedRunService::cleanup()
{
    m_linked.reset();
    m_server.reset();
    m_fake.reset();
    m_dir.reset();
}

void TestLinkedRunService::start(LinkedRunService::Settings settings)
{
    auto server = LinkServer::listen(*m_fake, {m_dir->path(), u"0.1.0"_s, settings.limits});
    QVERIFY(isGood(server));
    m_server = *std::move(server);
    settings.folder = m_dir->path();
    settings.operatorName = u"bob"_s;
    settings.version = u"0.1.0"_s;
    auto linked = LinkedRunService::connectTo(settings);
    QVERIFY(isGood(linked));
    m_linked = *std::move(linked);
    QCOMPARE(m_linked->owner(), ownHello(u"0.1.0"_s));
}

void TestLinkedRunService::carriesReadingCalls()
{
    start();
    ServiceInfo info = m_fake->serviceInfo;
    info.operatorName = u"bob"_s; // Who works here, not who works there.
    QVERIFY(*wait(m_linked->info()) == info);
    m_fake->metricsText = "taskrunner_queue_depth 1\n"_ba;
    QCOMPARE(*wait(m_linked->metrics()), m_fake->metricsText);
    m_fake->packs.insert(QDir::current().absoluteFilePath(u"packs/a"_s), sample::pack());
    QVERIFY(*wait(m_linked->describePack(u"packs/a"_s)) == sample::pack());
    m_fake->planner = [](const PlanRequest &) { return sample::preview(); };
    QVERIFY(*wait(m_linked->plan({u"packs/a"_s, {{u"n"_s, 0.5}}, {}})) == sample::preview());
    QVERIFY((m_fake->planRequests.last() == PlanRequest{u"packs/a"_s, {{u"n"_s, 0.5}}, QDir::currentPath()}));
    QVERIFY(*wait(m_linked->runs({})) == QList{m_run});
    QVERIFY(*wait(m_linked->run(m_run.id)) == sample::runView(m_run));
    m_fake->plans.insert(m_run.id, R"({"a":"é"})"_ba);
    QCOMPARE(*wait(m_linked->canonicalPlan(m_run.id)), R"({"a":"é"})"_ba);
    const GateRequest gate = sample::gate(m_run);
    m_fake->openGateList = {gate};
    QVERIFY(*wait(m_linked->openGates()) == QList{gate});
    const GateView view{gate, u"a"_s, u"1"_s, u"d"_s, sample::preview().outline};
    m_fake->gateViews.insert(FakeRunService::gateKey(m_run.id, gate.path), view);
    QVERIFY(*wait(m_linked->gate(m_run.id, gate.path)) == view);
}

void TestLinkedRunService::carriesWritingCalls()
{
    start();
    QCOMPARE(wait(m_linked->submit({{u"p"_s, {}, {}}, u"sha256:1"_s, {}}))->value, m_fake->submitted->value);
    QVERIFY((m_fake->runRequests.last()
             == RunRequest{{u"p"_s, {}, QDir::currentPath()}, u"sha256:1"_s, u"bob"_s}));
    DecisionRequest decision{m_run.id, u"review"_s, 1,  u"sha256:1"_s, u"sha256:2"_s, Verdict::Approve,
                             u"ok"_s,  {},          {}, false};
    QVERIFY(wait(m_linked->decide(decision)));
    decision.approver = u"bob"_s;
    decision.isOfGuest = true; // Nobody can ask bob at the owner.
    QVERIFY(m_fake->decisions.last() == decision);
    WithdrawalRequest withdrawal{m_run.id, u"review"_s, 1,  u"sha256:1"_s, u"sha256:3"_s,
                                 u"no"_s,  {},          {}, false};
    QVERIFY(wait(m_linked->withdraw(withdrawal)));
    withdrawal.approver = u"bob"_s;
    withdrawal.isOfGuest = true;
    QVERIFY(m_fake->withdrawals.last() == withdrawal);
    m_fake->exportApprovalResult = ExportedApproval{R"({"a":"é"})"_ba, u"01J"_s, u"ab"_s, sample::start()};
    QVERIFY(*wait(m_linked->exportApproval({m_run.id, u"review"_s, {}})) == *m_fake->exportApprovalResult);
    QVERIFY((m_fake->approvalExports.last() == ApprovalExport{m_run.id, u"review"_s, u"bob"_s}));
    m_fake->importApprovalResult =
        ImportedResponse{m_run.id, u"review"_s, Verdict::Approve, u"anna"_s, u"01J"_s};
    QVERIFY(*wait(m_linked->importApproval({"{}"_ba, {}})) == *m_fake->importApprovalResult);
    QVERIFY((m_fake->approvalImports.last() == ApprovalImport{"{}"_ba, u"bob"_s}));
    const Incident incident{true, u"bob"_s, u"odd"_s, sample::start(), u"incidents/1.tar"_s, u"ab"_s, {}};
    m_fake->incidentResult = incident;
    QCOMPARE(*wait(m_linked->switchIncident({true, u"odd"_s, {}})), incident);
    QVERIFY((m_fake->incidentSwitches.last() == IncidentSwitch{true, u"odd"_s, u"bob"_s}));
    m_linked->setOperatorName(u"anna"_s);
    QVERIFY(wait(m_linked->resumeFromFailed(m_run.id, {})));
    QCOMPARE(m_fake->calls.last(), u"resumeFromFailed %1 anna"_s.arg(m_run.id.value));
    QVERIFY(wait(m_linked->rerun(m_run.id, {})));
    QCOMPARE(m_fake->calls.last(), u"rerun %1 anna"_s.arg(m_run.id.value));
    QVERIFY(wait(m_linked->cancel(m_run.id)));
    QCOMPARE(m_fake->calls.last(), u"cancel %1 by anna"_s.arg(m_run.id.value));
    QVERIFY(wait(m_linked->resolveStep(m_run.id, u"a"_s, {StepResolution::Retry, {}, {}})));
    QVERIFY(wait(m_linked->exportEvidence(m_run.id, u"e.tar"_s)));
    const AnchorRecord anchor{
        AnchorKind::Log, AnchorState::Verified, u"entry 7"_s, u"log.example:443"_s, 0, sample::start(), {}};
    m_fake->anchorResult = QList{anchor};
    QCOMPARE(*wait(m_linked->anchorEvidence(m_run.id, {})), QList{anchor});
    QCOMPARE(m_fake->calls.last(), u"anchorEvidence %1 anna"_s.arg(m_run.id.value));
}

void TestLinkedRunService::signsWhereTheKeyIs()
{
    LinkedRunService::Settings settings;
    Result<QByteArray> envelope = R"({"payload":"decision"})"_ba;
    settings.signDecision = [&envelope](const DecisionRequest &request) {
        return request.approver == u"bob"_s ? envelope : Error{ErrorCode::Internal, request.approver, {}, {}};
    };
    settings.signWithdrawal = [](const WithdrawalRequest &) {
        return Result<QByteArray>(R"({"payload":"withdrawal"})"_ba);
    };
    start(settings);

    QVERIFY(isGood(wait(m_linked->decide({}))));
    QCOMPARE(m_fake->decisions.last().envelope, *envelope);
    QVERIFY(m_fake->decisions.last().isOfGuest);
    QVERIFY(isGood(wait(m_linked->withdraw({}))));
    QCOMPARE(m_fake->withdrawals.last().envelope, R"({"payload":"withdrawal"})"_ba);

    envelope = QByteArray(); // The owner signs.
    QVERIFY(isGood(wait(m_linked->decide({}))));
    QCOMPARE(m_fake->decisions.last().envelope, QByteArray());
    envelope = Error{ErrorCode::WrongPassphrase, u"no"_s, {}, {}};
    const auto refused = wait(m_linked->decide({}));
    QVERIFY(!refused && refused.error() == envelope.error());
    QCOMPARE(m_fake->decisions.size(), 2); // The owner was not asked.
}

void TestLinkedRunService::carriesErrors()
{
    start();
    const Error cause{ErrorCode::InvalidInput, u"no \"x\""_s, {u"pack.yaml"_s, 3, 7, u"/spec"_s}, {}};
    m_fake->submitted = combined({cause, cause});
    const auto refused = wait(m_linked->submit({}));
    QVERIFY(!refused && refused.error() == combined({cause, cause}));
    m_fake->decideResult = Error{ErrorCode::SelfApproval, u"no"_s, {}, {}};
    const auto decided = wait(m_linked->decide({}));
    QVERIFY(!decided && decided.error() == m_fake->decideResult.error());
    m_fake->withdrawResult = Error{ErrorCode::NotOwnDecision, u"no"_s, {}, {}};
    const auto withdrawn = wait(m_linked->withdraw({}));
    QVERIFY(!withdrawn && withdrawn.error() == m_fake->withdrawResult.error());
    m_fake->importApprovalResult = Error{ErrorCode::StaleJournal, u"no"_s, {}, {}};
    const auto imported = wait(m_linked->importApproval({}));
    QVERIFY(!imported && imported.error() == m_fake->importApprovalResult.error());
}

void TestLinkedRunService::carriesSignals()
{
    start();
    QList<QString> seen;
    const RunView view = sample::runView(m_run);
    connect(m_linked.get(), &RunService::runChanged, this,
            [&](const RunSummary &run) { seen += run == m_run ? u"run"_s : u"?"_s; });
    connect(m_linked.get(), &RunService::stepsChanged, this,
            [&](const RunId &id, const QList<StepRecord> &steps) {
                seen += id == m_run.id && steps == view.steps ? u"steps"_s : u"?"_s;
            });
    connect(m_linked.get(), &RunService::outlineChanged, this, [&](const RunId &) { seen += u"outline"_s; });
    connect(m_linked.get(), &RunService::gateChanged, this,
            [&](const GateRequest &gate) { seen += gate == view.gates.first() ? u"gate"_s : u"?"_s; });
    connect(m_linked.get(), &RunService::artifactsChanged, this,
            [&](const RunId &) { seen += u"artifacts"_s; });
    connect(m_linked.get(), &RunService::anchorsChanged, this, [&](const RunId &) { seen += u"anchors"_s; });
    connect(m_linked.get(), &RunService::logsAppended, this,
            [&](const RunId &, qint64 last) { seen += u"logs %1"_s.arg(last); });
    connect(m_linked.get(), &RunService::troubleChanged, this,
            [&](const Error &trouble) { seen += trouble.message; });
    connect(m_linked.get(), &RunService::incidentChanged, this,
            [&](const Incident &incident) { seen += incident.reason; });
    Q_EMIT m_fake->runChanged(m_run);
    Q_EMIT m_fake->stepsChanged(m_run.id, view.steps);
    Q_EMIT m_fake->outlineChanged(m_run.id);
    Q_EMIT m_fake->gateChanged(view.gates.first());
    Q_EMIT m_fake->artifactsChanged(m_run.id);
    Q_EMIT m_fake->anchorsChanged(m_run.id);
    Q_EMIT m_fake->logsAppended(m_run.id, 9);
    Q_EMIT m_fake->troubleChanged({ErrorCode::Database, u"full"_s, {}, {}});
    Q_EMIT m_fake->incidentChanged({true, u"bob"_s, u"odd"_s, sample::start(), {}, {}, {}});
    QTRY_COMPARE(seen.size(), 9);
    QCOMPARE(seen.join(u' '), u"run steps outline gate artifacts anchors logs 9 full odd"_s);
}

void TestLinkedRunService::readsLongLogsInPages()
{
    start();
    QList<LogLine> lines;
    for (int i = 1; i <= 12'001; ++i) {
        LogLine line;
        line.sequence = i;
        line.message = i % 1000 == 0 ? QString(60'000, u'x') : QString::number(i);
        lines += line;
    }
    m_fake->lines.insert(m_run.id, lines);
    LogQuery query{m_run.id, 0, -1, {}, LogLevel::Debug, {}};
    QVERIFY(*wait(m_linked->logs(query)) == lines);
    query.limit = 7'000;
    query.after = 100;
    QVERIFY(*wait(m_linked->logs(query)) == lines.mid(100, 7'000));
    QList<RunEvent> events;
    for (int i = 1; i <= 300; ++i)
        events +=
            RunEvent{m_run.id, i, sample::start(), u"x"_s, {}, {{u"text"_s, QString(50'000, u'y')}}, {}, {}};
    m_fake->journals.insert(m_run.id, events);
    QVERIFY(*wait(m_linked->events(m_run.id, 1)) == events.mid(1)); // About 15 MB.
}

void TestLinkedRunService::writesFilesOfThisProcess()
{
    start();
    QVERIFY(wait(m_linked->saveArtifact(m_run.id, u"a"_s, u"x.md"_s)));
    QVERIFY2(m_fake->calls.last().contains(QDir::current().absoluteFilePath(u"x.md"_s)),
             qPrintable(m_fake->calls.last()));
    const auto refused = wait(m_linked->exportEvidence(m_run.id, u"/dev/stdout"_s));
    QVERIFY(!refused);
    QCOMPARE(
        refused.error().message,
        u"\"/dev/stdout\" is written by the process that owns the data directory, where it means something else"_s);
}

void TestLinkedRunService::tellsWhatWasMissed()
{
    LinkLimits limits;
    limits.maxUnsentNews = 1; // Every signal is one too many.
    start(limits);
    QVERIFY(wait(m_linked->run(m_run.id)));
    QSignalSpy told(m_linked.get(), &RunService::runChanged);
    QSignalSpy steps(m_linked.get(), &RunService::stepsChanged);
    Q_EMIT m_fake->logsAppended(m_run.id, 9);
    QTRY_COMPARE(told.size(), 1);
    QVERIFY(told.first().first().value<RunSummary>() == m_run);
    QCOMPARE(steps.size(), 1);
    Q_EMIT m_fake->logsAppended(m_run.id, 10); // It subscribed again.
    QTRY_COMPARE(told.size(), 2);
}

void TestLinkedRunService::saysWhatIsUnknownWhenTheOwnerEnds()
{
    start();
    m_fake->hold();
    QSignalSpy trouble(m_linked.get(), &RunService::troubleChanged);
    const auto read = m_linked->run(m_run.id);
    const auto decided = m_linked->decide({});
    const auto withdrawn = m_linked->withdraw({});
    const auto imported = m_linked->importApproval({});
    const auto submitted = m_linked->submit({});
    QTRY_COMPARE(m_fake->heldAnswers(), 5);
    m_server.reset();

    const QString owner = u"tester 0.1.0, process %1, ended"_s.arg(QCoreApplication::applicationPid());
    QVERIFY((wait(read).error() == Error{ErrorCode::Disconnected, owner, {}, {}}));
    QVERIFY((wait(decided).error()
             == Error{ErrorCode::OutcomeUnknown,
                      owner + u"; it is not known whether the decision was recorded"_s,
                      {},
                      {}}));
    QCOMPARE(wait(withdrawn).error().message,
             owner + u"; it is not known whether the withdrawal was recorded"_s);
    QCOMPARE(wait(imported).error().message,
             owner + u"; it is not known whether the decision was recorded"_s);
    QCOMPARE(wait(submitted).error().message, owner + u"; it is not known whether the run was started"_s);
    QTRY_COMPARE(trouble.size(), 1);
    QVERIFY(wait(m_linked->cancel(m_run.id)).error().code == ErrorCode::Disconnected); // It was never sent.
}

void TestLinkedRunService::refusesLargeRequests()
{
    start();
    const auto refused = wait(m_linked->plan({u"/p"_s, {{u"a"_s, QString(1024 * 1024, u'x')}}, u"/"_s}));
    QVERIFY(!refused);
    QVERIFY2(refused.error().message.startsWith(u"the request has 10486"_s)
                 && refused.error().message.endsWith(u" bytes; another process takes at most 1048576"_s),
             qPrintable(refused.error().message));
    QVERIFY(wait(m_linked->run(m_run.id)));
}

void TestLinkedRunService::noticesAnOwnerThatHangs()
{
    LinkLimits limits;
    limits.silence = std::chrono::milliseconds(50);
    start(limits);
    m_fake->hold(); // Not even info() is answered.
    const auto lost = wait(m_linked->cancel(m_run.id));
    QVERIFY(!lost && lost.error().code == ErrorCode::OutcomeUnknown);
    QCOMPARE(
        lost.error().message,
        u"tester 0.1.0, process %1, has not answered for 0.1 seconds; it is not known whether the run was "
        "asked to end"_s.arg(QCoreApplication::applicationPid()));
}

void TestLinkedRunService::cannotConnect_data()
{
    QTest::addColumn<QByteArray>("greeting"); // "-": none at all.
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("message");

    const QString owner = u"the process that owns the data directory "_s;
    QTest::newRow("hangs") << "-"_ba << int(ErrorCode::InUse)
                           << owner + u"has not answered for 0.05 seconds"_s;
    QTest::newRow("ends") << ""_ba << int(ErrorCode::Disconnected) << owner + u"ended"_s;
    QTest::newRow("newer")
        << R"({"hello":{"protocol":9,"program":"taskrunner","version":"9.0","process":7}})"_ba
        << int(ErrorCode::Unsupported)
        << u"taskrunner 9.0, process 7, speaks version 9 of the link, this program version 5"_s;
    QTest::newRow("no hello")
        << "hi"_ba << int(ErrorCode::Unsupported)
        << owner
               + u"sent a greeting that cannot be read: the line is not a JSON object as "
                 "expected: expected a value, found \"h\" at byte 1"_s;
    QTest::newRow("refuses") << helloLine({linkProtocol, u"taskrunner"_s, u"1"_s, 7}) + '\n'
                                    + errorLine(0, {ErrorCode::Conflict, u"full"_s, {}, {}})
                             << int(ErrorCode::Conflict)
                             << u"taskrunner 1, process 7, ended the connection: full"_s;
}

void TestLinkedRunService::cannotConnect()
{
    QFETCH(QByteArray, greeting);
    QFETCH(int, code);
    QFETCH(QString, message);

    const auto socket = listenIn(m_dir->path());
    QVERIFY(isGood(socket));
    std::thread owner;
    if (greeting != "-") {
        owner = std::thread([fd = socket->fd(), greeting] {
            int accepted = -1;
            while ((accepted = ::accept(fd, nullptr, nullptr)) < 0)
                std::this_thread::yield();
            const QByteArray line = greeting.isEmpty() ? greeting : greeting + '\n';
            [[maybe_unused]] const ssize_t count = ::write(accepted, line.constData(), size_t(line.size()));
            char buffer[1024]; // A close with unread bytes would take the line back.
            if (!line.isEmpty())
                while (::read(accepted, buffer, sizeof buffer) > 0) {
                }
            ::close(accepted);
        });
    }
    LinkLimits limits;
    limits.greetingTime = std::chrono::milliseconds(greeting == "-" ? 50 : 20'000);
    const auto linked = LinkedRunService::connectTo({m_dir->path(), u"bob"_s, u"0.1.0"_s, limits, {}, {}});
    if (owner.joinable())
        owner.join();
    QVERIFY(!linked);
    QCOMPARE(linked.error().message, message);
    QCOMPARE(int(linked.error().code), code);
}

QTEST_GUILESS_MAIN(TestLinkedRunService)
#include "tst_linked_run_service.moc"
