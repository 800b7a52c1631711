#include "engine/base/json.h"
#include "engine/evidence/dsse.h"
#include "tests/run/scheduler_fixture.h"

#include <QSqlDatabase>
#include <QSqlQuery>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using engine::DecisionStatement;
using engine::Result;
using engine::RunId;
using engine::SigningKey;
using engine::StepResolution;
using engine::Verdict;

/// What the engine refuses has a code of its own and stands in the audit log; a decision that is refused
/// stands in the run's journal, too.
class TestRefusals : public SchedulerFixture
{
    Q_OBJECT
private Q_SLOTS:
    void ofDecisions_data();
    void ofDecisions();
    void ofRequests_data();
    void ofRequests();
    void notOfWhatFailed();

private:
    using Change = std::function<void(DecisionStatement &)>;
    Result<> decideAs(const RunId &run, const QString &name, const Change &change,
                      const QString &payloadType);
    QStringList auditLog() const;
};

static const QByteArray reviewed =
    "  approvals:\n  - { id: review, required: 2, expiresAfter: PT1H, requireReason: true, "
    "approvers: ['user:anna', 'user:ben', 'user:sue'] }\n"
    "  steps:\n  - { id: gate, gate: { approval: review } }\n";

/// The decision that fits the gate, but for what change does to it, signed with the key of that name.
Result<> TestRefusals::decideAs(const RunId &run, const QString &name, const Change &change,
                                const QString &payloadType)
{
    if (!m_keys.contains(name))
        m_keys.insert(name, std::make_shared<SigningKey>(*SigningKey::generate()));
    const SigningKey &key = *m_keys.value(name);
    if (name != u"stranger"_s)
        m_trust.add({key.publicKey(), name, {u"approver"_s}, {}, {}, {}, {}});
    const engine::GateRequest gate = m_reader->gates(run)->first();
    const auto plan = engine::Plan::parse(*m_reader->plan(run));
    DecisionStatement statement{run,
                                gate.path,
                                gate.revision,
                                gate.planHash,
                                Verdict::Approve,
                                name,
                                u"seen"_s,
                                shownDigest(gateViewOf(gate, *m_reader->run(run), *plan)),
                                m_clock->now()};
    if (change)
        change(statement);
    const auto envelope = engine::signDsse(payloadType, engine::canonicalJsonOf(toJson(statement)), key);
    return m_engine->decide(run, gate.path, envelope->toJson(), m_trust);
}

/// "ACTOR ACTION DATA", in order.
QStringList TestRefusals::auditLog() const
{
    QStringList rows;
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"audit"_s);
        database.setDatabaseName(m_dir->filePath(u"store.sqlite"_s));
        database.open();
        QSqlQuery query(u"SELECT actor, action, data FROM audit_log ORDER BY sequence"_s, database);
        while (query.next())
            rows +=
                QStringList{query.value(0).toString(), query.value(1).toString(), query.value(2).toString()}
                    .join(u' ')
                    .trimmed();
    }
    QSqlDatabase::removeDatabase(u"audit"_s);
    return rows;
}

void TestRefusals::ofDecisions_data()
{
    QTest::addColumn<QString>("approver");
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("payloadType");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("message");

    const auto row = [](const char *tag, const QString &approver, const Change &change, const QString &code,
                        const QString &message,
                        const QString &payloadType = engine::approvalResponsePayloadType) {
        QTest::newRow(tag) << approver << change << payloadType << code << message;
    };
    row(
        "another plan", u"anna"_s, [](DecisionStatement &it) { it.planHash = u"sha256:00"_s; },
        u"plan-hash-mismatch"_s, u"the decision is for plan sha256:00, the run's plan is PLAN"_s);
    row(
        "another gate", u"anna"_s, [](DecisionStatement &it) { it.path = u"door"_s; }, u"not-found"_s,
        u"the decision is for gate \"door\" of RUN"_s);
    row(
        "an earlier revision", u"anna"_s, [](DecisionStatement &it) { it.revision = 2; },
        u"gate-revision-mismatch"_s, u"the decision is for revision 2, the gate is at revision 1"_s);
    row(
        "something else was shown", u"anna"_s, [](DecisionStatement &it) { it.shownDigest = u"sha256:00"_s; },
        u"gate-revision-mismatch"_s, u"what was shown is not what the gate asks now"_s);
    row("a stranger", u"stranger"_s, {}, u"untrusted-key"_s,
        u"the decision is not signed by a trusted approver's key"_s);
    row(
        "in somebody's name", u"anna"_s, [](DecisionStatement &it) { it.approver = u"ben"_s; },
        u"untrusted-key"_s, u"the decision names \"ben\" but is signed by the key of \"anna\""_s);
    row("not asked", u"carl"_s, {}, u"not-an-approver"_s,
        u"\"carl\" may not decide here; asked are user:anna, user:ben, user:sue"_s);
    row("on one's own run", u"sue"_s, {}, u"self-approval"_s,
        u"\"sue\" submitted the run and may not decide on it"_s);
    row(
        "without a reason", u"anna"_s, [](DecisionStatement &it) { it.reason = u" "_s; },
        u"reason-required"_s, u"this gate asks for a reason"_s);
    row("not a decision", u"anna"_s, {}, u"invalid-input"_s,
        u"payload type \"text/plain\" is not a decision"_s, u"text/plain"_s);
}

void TestRefusals::ofDecisions()
{
    QFETCH(QString, approver);
    QFETCH(Change, change);
    QFETCH(QString, payloadType);
    QFETCH(QString, code);
    QFETCH(QString, message);

    const RunId run = start(reviewed);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    message.replace(u"RUN"_s, run.value).replace(u"PLAN"_s, m_reader->run(run)->planHash);

    const auto decided = decideAs(run, approver, change, payloadType);
    QVERIFY(!decided);
    QCOMPARE(toString(decided.error().code), code);
    QCOMPARE(decided.error().message, message);
    const QJsonObject row{
        {u"runId"_s, run.value}, {u"gate"_s, u"gate"_s}, {u"code"_s, code}, {u"message"_s, message}};
    QCOMPARE(auditLog(),
             QStringList{u"decision-refused "_s + QString::fromUtf8(engine::canonicalJsonOf(row))});
    QTRY_COMPARE(trace(run, {u"decision-refused"_s}), QStringList{u"gate"_s});
    QCOMPARE(m_reader->events(run)->last().data, (QJsonObject{{u"code"_s, code}, {u"message"_s, message}}));
    QCOMPARE(gateOf(run), u"open"_s);
    QVERIFY(m_reader->decisions(run)->isEmpty());
    QVERIFY(m_reader->checkAuditLog());
}

void TestRefusals::ofRequests_data()
{
    using Call = std::function<Result<>(engine::Engine &, const RunId &)>;
    QTest::addColumn<Call>("call");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("row");

    QTest::newRow("cancel what is over")
        << Call([](engine::Engine &engine, const RunId &run) { return engine.cancel(run, u"anna"_s); })
        << u"conflict"_s
        << u"anna cancel-refused {\"code\":\"conflict\",\"message\":\"run RUN is succeeded\",\"runId\":\"RUN\"}"_s;
    QTest::newRow("cancel what is not there")
        << Call([](engine::Engine &engine, const RunId &) { return engine.cancel({u"run_0"_s}, u"anna"_s); })
        << u"not-found"_s
        << u"anna cancel-refused {\"code\":\"not-found\",\"message\":\"there is no run \\\"run_0\\\"\",\"runId\":\"run_0\"}"_s;
    QTest::newRow("resolve what is over")
        << Call([](engine::Engine &engine, const RunId &run) {
               return engine.resolve(run, u"a"_s, {StepResolution::Retry, {}, u"anna"_s});
           })
        << u"conflict"_s
        << u"anna resolve-refused {\"code\":\"conflict\",\"message\":\"run RUN is succeeded\",\"runId\":\"RUN\",\"step\":\"a\"}"_s;
    QTest::newRow("resume what did not fail")
        << Call([](engine::Engine &engine, const RunId &run) {
               return engine.resumeFromFailed(run, u"anna"_s);
           })
        << u"conflict"_s
        << u"anna resume-refused {\"code\":\"conflict\",\"message\":\"run RUN is succeeded; only one that "
           u"failed can go on "
           "from its failed steps\",\"runId\":\"RUN\"}"_s;
}

void TestRefusals::ofRequests()
{
    using Call = std::function<Result<>(engine::Engine &, const RunId &)>;
    QFETCH(Call, call);
    QFETCH(QString, code);
    QFETCH(QString, row);

    const RunId run = start("  steps:\n" + exec("a"));
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_launcher->finish(u"a"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);

    const auto answer = call(*m_engine, run);
    QVERIFY(!answer);
    QCOMPARE(toString(answer.error().code), code);
    QCOMPARE(auditLog(), QStringList{row.replace(u"RUN"_s, run.value)});
    QVERIFY(m_reader->checkAuditLog());
}

void TestRefusals::notOfWhatFailed()
{
    const engine::Error full{engine::ErrorCode::Database, u"the disk is full"_s, {}, {}};
    m_engine->auditRefusal(u"anna"_s, u"cancel-refused"_s, {}, full);
    QVERIFY(auditLog().isEmpty());
}

QTEST_GUILESS_MAIN(TestRefusals)
#include "tst_refusals.moc"
