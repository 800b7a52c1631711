#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/evidence/dsse.h"
#include "engine/run/approval.h"
#include "engine/store/connection.h"
#include "tests/run/scheduler_fixture.h"

#include <QSignalSpy>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace engine;

namespace {

const QByteArray gatePack = "  approvals:\n  - { id: review, required: 2, expiresAfter: PT1H }\n"
                            "  steps:\n  - { id: gate, gate: { approval: review } }\n";

const QStringList decisionEvents{u"decision-accepted"_s, u"decision-refused"_s, u"decision-withdrawn"_s,
                                 u"withdrawal-refused"_s, u"gate-approved"_s};

Timestamp at(const QString &time)
{
    return *parseIso(u"2026-01-31T%1:00.000Z"_s.arg(time));
}

GateRequest openGate()
{
    GateRequest gate;
    gate.run = *parseRunId(u"run_01KG0000000000000000000001"_s);
    gate.path = u"review"_s;
    gate.revision = 2;
    gate.planHash = u"sha256:"_s + QString(64, u'b');
    gate.required = 2;
    gate.requestedBy = u"alice"_s;
    gate.requestedAt = at(u"09:00"_s);
    gate.expiresAt = at(u"13:00"_s);
    return gate;
}

Decision decisionOf(const QString &name, Verdict verdict = Verdict::Approve)
{
    const GateRequest gate = openGate();
    const DecisionStatement statement{gate.run, gate.path, gate.revision, gate.planHash, verdict,
                                      name,     {},        u"sha256:c"_s, at(u"10:00"_s)};
    return {u"id of "_s + name, statement, u"key of "_s + name, "envelope of " + name.toUtf8(), {}};
}

WithdrawalStatement withdrawalBy(const QString &name)
{
    const GateRequest gate = openGate();
    return {gate.run,  gate.path,     gate.revision, gate.planHash, name, envelopeDigest(decisionOf(name)),
            u"wait"_s, at(u"11:00"_s)};
}

} // namespace

Q_DECLARE_METATYPE(engine::WithdrawalStatement)

class TestWithdrawal : public SchedulerFixture
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();

    // Judging.
    void acceptsOnesOwn();
    void refuses_data();
    void refuses();
    void refusesForTheGate_data();
    void refusesForTheGate();
    void refusesTheEnvelope_data();
    void refusesTheEnvelope();
    void statementsAreReadBack();

    // Recording.
    void waitsOnAfterAWithdrawal();
    void recordsWhatIsRefused();
    void doesNotCountTheSameStatementAgain();
    void knowsWithdrawalsAfterARestart();
    void ofAnEarlierRevisionIsRefused();

private:
    Result<Decision> judge(const WithdrawalStatement &statement, const QString &keyName,
                           const GateRequest &gate = openGate(), Timestamp now = at(u"11:00"_s)) const;
    QByteArray envelopeOf(const QByteArray &payload, const QString &keyName,
                          const QString &type = approvalWithdrawalPayloadType) const
    {
        return signDsse(type, payload, m_signers.find(keyName).value())->toJson();
    }

    QMap<QString, SigningKey> m_signers;
    TrustStore m_judges;
    QList<Decision> m_decisions;
};

void TestWithdrawal::initTestCase()
{
    for (const QString &name : {u"anna"_s, u"anna's second"_s, u"ben"_s, u"carl"_s, u"dora"_s, u"mallory"_s})
        m_signers.insert(name, *SigningKey::generate());
    const auto trust = [this](const QString &keyName, const QString &name) {
        m_judges.add({m_signers.find(keyName)->publicKey(), name, {u"approver"_s}, {}, {}, {}, {}});
    };
    for (const QString &name : {u"anna"_s, u"ben"_s, u"carl"_s, u"dora"_s})
        trust(name, name);
    trust(u"anna's second"_s, u"anna"_s);
    Decision back = decisionOf(u"carl"_s);
    back.withdrawal = Withdrawal{withdrawalBy(u"carl"_s), u"key of carl"_s, "envelope"};
    m_decisions = {decisionOf(u"anna"_s), back, decisionOf(u"dora"_s, Verdict::Reject)};
}

Result<Decision> TestWithdrawal::judge(const WithdrawalStatement &statement, const QString &keyName,
                                       const GateRequest &gate, Timestamp now) const
{
    return judgeWithdrawal(gate, m_decisions, envelopeOf(canonicalJsonOf(toJson(statement)), keyName),
                           m_judges, now);
}

void TestWithdrawal::acceptsOnesOwn()
{
    for (const QString &keyName : {u"anna"_s, u"anna's second"_s}) {
        const QByteArray envelope = envelopeOf(canonicalJsonOf(toJson(withdrawalBy(u"anna"_s))), keyName);
        const auto judged = judgeWithdrawal(openGate(), m_decisions, envelope, m_judges, at(u"12:59"_s));
        QVERIFY2(judged, judged ? "" : qPrintable(judged.error().message));
        Decision expected = m_decisions.first();
        expected.withdrawal =
            Withdrawal{withdrawalBy(u"anna"_s), m_signers.find(keyName)->publicKey().keyId(), envelope};
        QCOMPARE(*judged, expected);
        QVERIFY(isStandingApproval(m_decisions.first()));
        QVERIFY(!isStandingApproval(*judged));
        QCOMPARE(approvalsOf(openGate(), {*judged}), 0);
    }
}

void TestWithdrawal::refuses_data()
{
    QTest::addColumn<WithdrawalStatement>("statement");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("message");

    const QString none = u"\"%1\" has no approval at this gate to take back"_s;
    QTest::newRow("never decided") << withdrawalBy(u"ben"_s) << u"ben"_s << u"not-own-decision"_s
                                   << none.arg(u"ben"_s);
    WithdrawalStatement wrong = withdrawalBy(u"ben"_s);
    wrong.decisionDigest = envelopeDigest(decisionOf(u"anna"_s));
    QTest::newRow("somebody else's") << wrong << u"ben"_s << u"not-own-decision"_s
                                     << u"\"ben\" may not take back what \"anna\" decided"_s;
    QTest::newRow("a rejection") << withdrawalBy(u"dora"_s) << u"dora"_s << u"not-own-decision"_s
                                 << none.arg(u"dora"_s);
    QTest::newRow("twice") << withdrawalBy(u"carl"_s) << u"carl"_s << u"already-withdrawn"_s
                           << u"\"carl\" has taken this approval back already"_s;
    QTest::newRow("in another's name")
        << withdrawalBy(u"anna"_s) << u"ben"_s << u"untrusted-key"_s
        << u"the withdrawal names \"anna\" but is signed by the key of \"ben\""_s;
    QTest::newRow("stranger's key") << withdrawalBy(u"anna"_s) << u"mallory"_s << u"untrusted-key"_s
                                    << u"the withdrawal is not signed by a trusted approver's key"_s;
    wrong = withdrawalBy(u"anna"_s);
    wrong.path = u"release"_s;
    QTest::newRow("another gate") << wrong << u"anna"_s << u"not-found"_s
                                  << u"the withdrawal is for gate \"release\" of %1"_s.arg(
                                         openGate().run.value);
    wrong = withdrawalBy(u"anna"_s);
    wrong.planHash = u"sha256:d"_s;
    QTest::newRow("another plan") << wrong << u"anna"_s << u"plan-hash-mismatch"_s
                                  << u"the withdrawal is for plan sha256:d, the run's plan is %1"_s.arg(
                                         openGate().planHash);
    wrong = withdrawalBy(u"anna"_s);
    wrong.revision = 1;
    QTest::newRow("another revision") << wrong << u"anna"_s << u"gate-revision-mismatch"_s
                                      << u"the withdrawal is for revision 1, the gate is at revision 2"_s;
}

void TestWithdrawal::refuses()
{
    QFETCH(WithdrawalStatement, statement);
    QFETCH(QString, key);
    QFETCH(QString, code);
    QFETCH(QString, message);
    const auto judged = judge(statement, key);
    QVERIFY(!judged);
    QCOMPARE(toString(judged.error().code), code);
    QCOMPARE(judged.error().message, message);
}

void TestWithdrawal::refusesForTheGate_data()
{
    QTest::addColumn<GateState>("state");
    QTest::addColumn<QString>("now");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("message");
    const QString expired = u"gate \"review\" expired at 2026-01-31T13:00:00.000Z"_s;
    QTest::newRow("at the minute") << GateState::Open << u"13:00"_s << u"gate-expired"_s << expired;
    QTest::newRow("expired") << GateState::Expired << u"11:00"_s << u"gate-expired"_s << expired;
    QTest::newRow("approved") << GateState::Approved << u"11:00"_s << u"gate-closed"_s
                              << u"gate \"review\" is approved already"_s;
    QTest::newRow("rejected") << GateState::Rejected << u"11:00"_s << u"gate-closed"_s
                              << u"gate \"review\" is rejected already"_s;
    QTest::newRow("cancelled") << GateState::Cancelled << u"11:00"_s << u"gate-closed"_s
                               << u"gate \"review\" is cancelled already"_s;
}

void TestWithdrawal::refusesForTheGate()
{
    QFETCH(GateState, state);
    QFETCH(QString, now);
    QFETCH(QString, code);
    QFETCH(QString, message);
    GateRequest gate = openGate();
    gate.state = state;
    const auto judged = judge(withdrawalBy(u"anna"_s), u"anna"_s, gate, at(now));
    QVERIFY(!judged);
    QCOMPARE(toString(judged.error().code), code);
    QCOMPARE(judged.error().message, message);
}

void TestWithdrawal::refusesTheEnvelope_data()
{
    QTest::addColumn<QByteArray>("envelope");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("message");
    const QByteArray good = canonicalJsonOf(toJson(withdrawalBy(u"anna"_s)));
    QTest::newRow("a decision's type")
        << envelopeOf(good, u"anna"_s, approvalResponsePayloadType) << u"invalid-input"_s
        << u"payload type \"application/vnd.stellaops.approval-response+json\" is not a withdrawal"_s;
    DsseEnvelope changed = *DsseEnvelope::parse(envelopeOf(good, u"anna"_s));
    changed.payload.replace("wait", "gone");
    QTest::newRow("changed after signing") << changed.toJson() << u"untrusted-key"_s
                                           << u"the withdrawal is not signed by a trusted approver's key"_s;
    QTest::newRow("no withdrawal") << envelopeOf("{}", u"anna"_s) << u"invalid-input"_s
                                   << u"a withdrawal needs a text \"schema\""_s;
    QJsonObject json = toJson(withdrawalBy(u"anna"_s));
    json.insert(u"verdict"_s, u"approve"_s);
    QTest::newRow("more than a withdrawal")
        << envelopeOf(canonicalJsonOf(json), u"anna"_s) << u"invalid-input"_s
        << u"a withdrawal has no member \"verdict\""_s;
}

void TestWithdrawal::refusesTheEnvelope()
{
    QFETCH(QByteArray, envelope);
    QFETCH(QString, code);
    QFETCH(QString, message);
    const auto judged = judgeWithdrawal(openGate(), m_decisions, envelope, m_judges, at(u"11:00"_s));
    QVERIFY(!judged);
    QCOMPARE(toString(judged.error().code), code);
    QCOMPARE(judged.error().message, message);
}

void TestWithdrawal::statementsAreReadBack()
{
    const WithdrawalStatement statement = withdrawalBy(u"anna"_s);
    QCOMPARE(*withdrawalStatementFromJson(toJson(statement)), statement);
    const auto error = [&statement](const QString &name, const QJsonValue &value) {
        QJsonObject json = toJson(statement);
        json.insert(name, value);
        const auto read = withdrawalStatementFromJson(json);
        return read ? QString() : read.error().message;
    };
    QCOMPARE(error(u"schema"_s, u"stellaops.approval-response/v1"_s),
             u"unknown withdrawal schema \"stellaops.approval-response/v1\""_s);
    QCOMPARE(error(u"revision"_s, 0), u"a withdrawal needs a \"revision\" from 1"_s);
    QCOMPARE(error(u"runId"_s, u"1"_s), parseRunId(u"1"_s).error().message);
    QCOMPARE(error(u"withdrawnAt"_s, u"today"_s), parseIso(u"today"_s).error().message);
    QCOMPARE(error(u"reason"_s, 1), u"a withdrawal needs a text \"reason\""_s);
}

void TestWithdrawal::waitsOnAfterAWithdrawal()
{
    const RunId run = start(gatePack);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    QVERIFY(decide(run, u"anna"_s, Verdict::Approve));
    QSignalSpy told(m_engine.get(), &Engine::gateChanged);
    QVERIFY(withdraw(run, u"anna"_s));
    QCOMPARE(told.size(), 1);
    QVERIFY(decide(run, u"ben"_s, Verdict::Approve));
    QCOMPARE(gateOf(run), u"open"_s);
    QCOMPARE(stateOf(run), u"waiting"_s);
    m_clock->advance(1s);
    QVERIFY(decide(run, u"anna"_s, Verdict::Approve));
    QCOMPARE(gateOf(run), u"approved"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);

    QCOMPARE(
        trace(run, decisionEvents),
        (QStringList{u"decision-accepted gate"_s, u"decision-withdrawn gate"_s, u"decision-accepted gate"_s,
                     u"decision-accepted gate"_s, u"gate-approved gate"_s}));
    const Decision first = m_reader->decisions(run)->first();
    const auto events = *m_reader->events(run);
    const auto event = std::ranges::find(events, u"decision-withdrawn"_s, &RunEvent::type);
    QCOMPARE(event->data, (QJsonObject{{u"decisionId"_s, first.id},
                                       {u"approver"_s, u"anna"_s},
                                       {u"keyId"_s, first.withdrawal->keyId},
                                       {u"revision"_s, 1},
                                       {u"decisionDigest"_s, envelopeDigest(first)},
                                       {u"envelopeSha256"_s, sha256Hex(first.withdrawal->envelope)}}));
    const auto opened = std::ranges::find(events, u"gate-approved"_s, &RunEvent::type);
    QCOMPARE(opened->data.value(u"approvals"_s).toInt(), 2);
    QVERIFY(checkChain(events));
}

void TestWithdrawal::recordsWhatIsRefused()
{
    const RunId run = start(gatePack + exec("after"));
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    QVERIFY(decide(run, u"anna"_s, Verdict::Approve));
    QVERIFY(!decide(run, u"sue"_s, Verdict::Approve)); // Makes her key.
    QCOMPARE(toString(withdraw(run, u"sue"_s).error().code), u"not-own-decision"_s);
    QCOMPARE(toString(withdraw(run, u"sue"_s, u"anna"_s).error().code), u"not-own-decision"_s);
    QVERIFY(withdraw(run, u"anna"_s));
    QCOMPARE(toString(withdraw(run, u"anna"_s).error().code), u"already-withdrawn"_s);
    m_clock->advance(1s);
    QVERIFY(decide(run, u"anna"_s, Verdict::Approve));
    QVERIFY(decide(run, u"ben"_s, Verdict::Approve));
    QTRY_COMPARE(m_launcher->running(), QStringList{u"after"_s});
    QCOMPARE(toString(withdraw(run, u"anna"_s).error().code), u"gate-closed"_s);
    m_launcher->finish(u"after"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QStringList refused;
    const auto events = *m_reader->events(run);
    for (const RunEvent &event : events) {
        if (event.type == u"withdrawal-refused"_s)
            refused += event.data.value(u"code"_s).toString();
    }
    QCOMPARE(refused, (QStringList{u"not-own-decision"_s, u"not-own-decision"_s, u"already-withdrawn"_s,
                                   u"gate-closed"_s}));
    QVERIFY(logOf(run).contains(
        u"warn gate: a withdrawal was refused: \"sue\" has no approval at this gate to take back"_s));
    const auto file = Connection::open(m_dir->filePath(u"store.sqlite"_s), Connection::Access::ReadOnly);
    QCOMPARE(*(*file)->number(u"SELECT count(*) FROM audit_log WHERE action = 'withdrawal-refused'"_s), 4);
    QVERIFY(m_reader->checkAuditLog());
}

void TestWithdrawal::doesNotCountTheSameStatementAgain()
{
    const RunId run = start(gatePack);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    QVERIFY(decide(run, u"anna"_s, Verdict::Approve));
    const QByteArray used = m_reader->decisions(run)->first().envelope;
    QVERIFY(withdraw(run, u"anna"_s));
    const auto again = m_engine->decide(run, u"gate"_s, used, m_trust);
    QVERIFY(!again);
    QCOMPARE(toString(again.error().code), u"already-decided"_s);
    QCOMPARE(again.error().message, u"\"anna\" has taken this decision back; only a new one counts"_s);
    // Nor with another signature over it.
    QCOMPARE(toString(decide(run, u"anna"_s, Verdict::Approve).error().code), u"already-decided"_s);
}

void TestWithdrawal::knowsWithdrawalsAfterARestart()
{
    const RunId run = start(gatePack);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    QVERIFY(decide(run, u"anna"_s, Verdict::Approve));
    QVERIFY(withdraw(run, u"anna"_s));
    crashEngine();
    QCOMPARE(stateOf(run), u"waiting"_s);
    QCOMPARE(toString(withdraw(run, u"anna"_s).error().code), u"already-withdrawn"_s);
    QVERIFY(decide(run, u"ben"_s, Verdict::Approve));
    QCOMPARE(gateOf(run), u"open"_s);
    m_clock->advance(1s);
    QVERIFY(decide(run, u"anna"_s, Verdict::Approve));
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
}

void TestWithdrawal::ofAnEarlierRevisionIsRefused()
{
    const RunId run = start(gatePack);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    QVERIFY(decide(run, u"anna"_s, Verdict::Approve));
    QVERIFY(decide(run, u"ben"_s, Verdict::Reject));
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QTRY_VERIFY(m_engine->activeRuns().isEmpty());
    QVERIFY(m_engine->resumeFromFailed(run, u"sue"_s));
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    QCOMPARE(toString(withdraw(run, u"anna"_s).error().code), u"not-own-decision"_s);
}

QTEST_GUILESS_MAIN(TestWithdrawal)
#include "tst_withdrawal.moc"
