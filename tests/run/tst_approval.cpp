#include "engine/base/json.h"
#include "engine/evidence/dsse.h"
#include "engine/run/approval.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

namespace {

Timestamp at(const QString &time)
{
    return *parseIso(u"2026-01-31T%1:00.000Z"_s.arg(time));
}

const QString shown = u"sha256:"_s + QString(64, u'c');
const QString planHash = u"sha256:"_s + QString(64, u'b');

RunId runId(int number)
{
    return *parseRunId(u"run_01KG%1"_s.arg(number, 22, 10, QLatin1Char('0')));
}

GateRequest openGate()
{
    GateRequest gate;
    gate.run = runId(1);
    gate.path = u"review"_s;
    gate.revision = 2;
    gate.planHash = planHash;
    gate.required = 2;
    gate.approvers = {u"user:bob"_s, u"role:security"_s};
    gate.requestedBy = u"alice"_s;
    gate.requestedAt = at(u"09:00"_s);
    gate.expiresAt = at(u"13:00"_s);
    return gate;
}

DecisionStatement approvalBy(const QString &name)
{
    DecisionStatement statement;
    statement.run = runId(1);
    statement.path = u"review"_s;
    statement.revision = 2;
    statement.planHash = planHash;
    statement.verdict = Verdict::Approve;
    statement.approver = name;
    statement.reason = u"looks right"_s;
    statement.shownDigest = shown;
    statement.decidedAt = at(u"10:00"_s);
    return statement;
}

QByteArray envelopeOf(const QByteArray &payload, const SigningKey &key,
                      const QString &type = approvalResponsePayloadType)
{
    return signDsse(type, payload, key)->toJson();
}

QByteArray signedBy(const SigningKey &key, const DecisionStatement &statement)
{
    return envelopeOf(canonicalJsonOf(toJson(statement)), key);
}

} // namespace

class TestApproval : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void accepts_data();
    void accepts();
    void leavesUnknownMembersAside();
    void refusesForTheGate_data();
    void refusesForTheGate();
    void refusesForTheStatement_data();
    void refusesForTheStatement();
    void refusesTheApprover_data();
    void refusesTheApprover();
    void refusesTheKey_data();
    void refusesTheKey();
    void refusesTheEnvelope_data();
    void refusesTheEnvelope();
    void refusesToDecideTwice();
    void wantsAReasonWhereAsked();
    void countsApprovals();

private:
    const SigningKey &key(const QString &name) const { return m_keys.find(name).value(); }
    TrustStore trust() const;

    QMap<QString, SigningKey> m_keys;
};

void TestApproval::initTestCase()
{
    for (const QString &name :
         {u"alice"_s, u"bob"_s, u"bob's second"_s, u"carol"_s, u"dave"_s, u"mallory"_s}) {
        auto made = SigningKey::generate(name == u"carol"_s ? SigningKey::Algorithm::Ed25519
                                                            : SigningKey::Algorithm::EcdsaP256);
        QVERIFY(made);
        m_keys.insert(name, *made);
    }
}

/// Bob by name, with two keys; Carol in the role "security"; Alice, who asks, in it too; Dave an approver who
/// is not asked; nobody knows Mallory.
TrustStore TestApproval::trust() const
{
    const auto entry = [this](const QString &keyName, const QString &name, const QStringList &roles) {
        return TrustedKey{key(keyName).publicKey(), name, roles, {}, {}, {}, {}};
    };
    TrustStore store;
    store.add(entry(u"alice"_s, u"alice"_s, {u"approver"_s, u"security"_s}));
    store.add(entry(u"bob"_s, u"bob"_s, {u"approver"_s}));
    store.add(entry(u"bob's second"_s, u"bob"_s, {u"approver"_s}));
    store.add(entry(u"carol"_s, u"carol"_s, {u"security"_s, u"approver"_s}));
    store.add(entry(u"dave"_s, u"dave"_s, {u"approver"_s, u"operations"_s}));
    return store;
}

void TestApproval::accepts_data()
{
    QTest::addColumn<QString>("approver");
    QTest::addColumn<QStringList>("approvers");
    QTest::addColumn<bool>("self");
    QTest::addColumn<QString>("now");

    const QStringList asked = openGate().approvers;
    QTest::newRow("by name") << u"bob"_s << asked << false << u"10:00"_s;
    QTest::newRow("by role") << u"carol"_s << asked << false << u"10:00"_s;
    QTest::newRow("anybody") << u"dave"_s << QStringList{} << false << u"10:00"_s;
    QTest::newRow("oneself where allowed") << u"alice"_s << asked << true << u"10:00"_s;
    QTest::newRow("in the last minute") << u"bob"_s << asked << false << u"12:59"_s;
}

void TestApproval::accepts()
{
    QFETCH(QString, approver);
    QFETCH(QStringList, approvers);
    QFETCH(bool, self);
    QFETCH(QString, now);

    GateRequest gate = openGate();
    gate.approvers = approvers;
    gate.allowSelfApproval = self;
    for (const Verdict verdict : {Verdict::Approve, Verdict::Reject}) {
        DecisionStatement statement = approvalBy(approver);
        statement.verdict = verdict;
        const QByteArray envelope = signedBy(key(approver), statement);
        const auto decision = judgeDecision(gate, {}, envelope, trust(), shown, at(now));
        QVERIFY2(decision, decision ? "" : qPrintable(decision.error().message));
        QCOMPARE(*decision, (Decision{{}, statement, key(approver).publicKey().keyId(), envelope}));
    }
}

void TestApproval::leavesUnknownMembersAside()
{
    QJsonObject more = toJson(approvalBy(u"bob"_s));
    more.insert(u"quorum"_s, true);
    const QByteArray envelope = envelopeOf(canonicalJsonOf(more), key(u"bob"_s));
    const auto decision = judgeDecision(openGate(), {}, envelope, trust(), shown, at(u"10:00"_s));
    QVERIFY2(decision, decision ? "" : qPrintable(decision.error().message));
    QCOMPARE(decision->statement, approvalBy(u"bob"_s));
}

void TestApproval::refusesForTheGate_data()
{
    QTest::addColumn<int>("state");
    QTest::addColumn<QString>("now");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("message");

    const QString expired = u"gate \"review\" expired at 2026-01-31T13:00:00.000Z"_s;
    QTest::newRow("open, at the minute")
        << int(GateState::Open) << u"13:00"_s << int(ErrorCode::GateExpired) << expired;
    QTest::newRow("open, later") << int(GateState::Open) << u"23:59"_s << int(ErrorCode::GateExpired)
                                 << expired;
    QTest::newRow("expired") << int(GateState::Expired) << u"13:01"_s << int(ErrorCode::GateExpired)
                             << expired;
    // A clock that was set back opens nothing again.
    QTest::newRow("expired, clock set back")
        << int(GateState::Expired) << u"10:00"_s << int(ErrorCode::GateExpired) << expired;
    QTest::newRow("approved") << int(GateState::Approved) << u"10:00"_s << int(ErrorCode::GateClosed)
                              << u"gate \"review\" is approved already"_s;
    QTest::newRow("approved long ago") << int(GateState::Approved) << u"23:59"_s << int(ErrorCode::GateClosed)
                                       << u"gate \"review\" is approved already"_s;
    QTest::newRow("rejected") << int(GateState::Rejected) << u"10:00"_s << int(ErrorCode::GateClosed)
                              << u"gate \"review\" is rejected already"_s;
    QTest::newRow("cancelled") << int(GateState::Cancelled) << u"10:00"_s << int(ErrorCode::GateClosed)
                               << u"gate \"review\" is cancelled already"_s;
}

void TestApproval::refusesForTheGate()
{
    QFETCH(int, state);
    QFETCH(QString, now);
    QFETCH(int, code);
    QFETCH(QString, message);

    GateRequest gate = openGate();
    gate.state = GateState(state);
    const auto decision =
        judgeDecision(gate, {}, signedBy(key(u"bob"_s), approvalBy(u"bob"_s)), trust(), shown, at(now));
    QVERIFY(!decision);
    QCOMPARE(toString(decision.error().code), toString(ErrorCode(code)));
    QCOMPARE(decision.error().message, message);
}

void TestApproval::refusesForTheStatement_data()
{
    QTest::addColumn<DecisionStatement>("statement");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("message");

    const DecisionStatement good = approvalBy(u"bob"_s);
    DecisionStatement wrong = good;
    wrong.run = runId(2);
    QTest::newRow("another run") << wrong << int(ErrorCode::NotFound)
                                 << u"the decision is for gate \"review\" of %1"_s.arg(runId(2).value);
    wrong = good;
    wrong.path = u"release"_s;
    QTest::newRow("another gate") << wrong << int(ErrorCode::NotFound)
                                  << u"the decision is for gate \"release\" of %1"_s.arg(runId(1).value);
    wrong = good;
    wrong.planHash = u"sha256:"_s + QString(64, u'd');
    QTest::newRow("another plan") << wrong << int(ErrorCode::PlanHashMismatch)
                                  << u"the decision is for plan %1, the run's plan is %2"_s.arg(
                                         wrong.planHash, planHash);
    wrong.planHash.clear();
    QTest::newRow("no plan") << wrong << int(ErrorCode::PlanHashMismatch)
                             << u"the decision is for plan , the run's plan is %1"_s.arg(planHash);
    for (const int revision : {1, 3}) {
        wrong = good;
        wrong.revision = revision;
        QTest::addRow("revision %d", revision)
            << wrong << int(ErrorCode::GateRevisionMismatch)
            << u"the decision is for revision %1, the gate is at revision 2"_s.arg(revision);
    }
    wrong = good;
    wrong.shownDigest = u"sha256:"_s + QString(64, u'e');
    QTest::newRow("something else was shown")
        << wrong << int(ErrorCode::GateRevisionMismatch) << u"what was shown is not what the gate asks now"_s;
    wrong = good;
    wrong.approver = u"carol"_s;
    QTest::newRow("in another's name")
        << wrong << int(ErrorCode::UntrustedKey)
        << u"the decision names \"carol\" but is signed by the key of \"bob\""_s;
}

void TestApproval::refusesForTheStatement()
{
    QFETCH(DecisionStatement, statement);
    QFETCH(int, code);
    QFETCH(QString, message);

    const auto decision =
        judgeDecision(openGate(), {}, signedBy(key(u"bob"_s), statement), trust(), shown, at(u"10:00"_s));
    QVERIFY(!decision);
    QCOMPARE(toString(decision.error().code), toString(ErrorCode(code)));
    QCOMPARE(decision.error().message, message);
}

void TestApproval::refusesTheApprover_data()
{
    QTest::addColumn<QString>("approver");
    QTest::addColumn<QStringList>("approvers");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("message");

    QTest::newRow("not asked") << u"dave"_s << QStringList{u"user:bob"_s, u"role:security"_s}
                               << int(ErrorCode::NotAnApprover)
                               << u"\"dave\" may not decide here; asked are user:bob, role:security"_s;
    // A user's name is no role and a role's name is no user.
    QTest::newRow("a role of one's name")
        << u"bob"_s << QStringList{u"role:bob"_s} << int(ErrorCode::NotAnApprover)
        << u"\"bob\" may not decide here; asked are role:bob"_s;
    QTest::newRow("a user of one's role")
        << u"carol"_s << QStringList{u"user:security"_s} << int(ErrorCode::NotAnApprover)
        << u"\"carol\" may not decide here; asked are user:security"_s;
    QTest::newRow("no prefix") << u"bob"_s << QStringList{u"bob"_s} << int(ErrorCode::NotAnApprover)
                               << u"\"bob\" may not decide here; asked are bob"_s;
    QTest::newRow("part of a name") << u"bob"_s << QStringList{u"user:bobby"_s, u"user:Bob"_s}
                                    << int(ErrorCode::NotAnApprover)
                                    << u"\"bob\" may not decide here; asked are user:bobby, user:Bob"_s;
    QTest::newRow("oneself by role") << u"alice"_s << QStringList{u"role:security"_s}
                                     << int(ErrorCode::SelfApproval)
                                     << u"\"alice\" submitted the run and may not decide on it"_s;
    QTest::newRow("oneself by name") << u"alice"_s << QStringList{u"user:alice"_s}
                                     << int(ErrorCode::SelfApproval)
                                     << u"\"alice\" submitted the run and may not decide on it"_s;
    QTest::newRow("oneself where anybody may") << u"alice"_s << QStringList{} << int(ErrorCode::SelfApproval)
                                               << u"\"alice\" submitted the run and may not decide on it"_s;
}

void TestApproval::refusesTheApprover()
{
    QFETCH(QString, approver);
    QFETCH(QStringList, approvers);
    QFETCH(int, code);
    QFETCH(QString, message);

    GateRequest gate = openGate();
    gate.approvers = approvers;
    const auto decision = judgeDecision(gate, {}, signedBy(key(approver), approvalBy(approver)), trust(),
                                        shown, at(u"10:00"_s));
    QVERIFY(!decision);
    QCOMPARE(toString(decision.error().code), toString(ErrorCode(code)));
    QCOMPARE(decision.error().message, message);
}

void TestApproval::refusesTheKey_data()
{
    QTest::addColumn<QString>("change"); // Of Bob's entry in the trust store.

    for (const char *change :
         {"none of ours", "revoked", "revoked later than now", "not yet", "no longer", "not for decisions"})
        QTest::newRow(change) << QString::fromLatin1(change);
}

void TestApproval::refusesTheKey()
{
    QFETCH(QString, change);

    TrustStore store = trust();
    TrustedKey bob = *store.find(key(u"bob"_s).publicKey().keyId());
    const QByteArray envelope =
        signedBy(key(change == u"none of ours"_s ? u"mallory"_s : u"bob"_s), approvalBy(u"bob"_s));
    if (change == u"revoked"_s)
        bob.revokedAt = at(u"08:00"_s);
    else if (change == u"revoked later than now"_s)
        bob.revokedAt = at(u"11:00"_s);
    else if (change == u"not yet"_s)
        bob.notBefore = at(u"10:01"_s);
    else if (change == u"no longer"_s)
        bob.notAfter = at(u"10:00"_s);
    else if (change == u"not for decisions"_s)
        bob.roles = {u"engine"_s};
    store.add(bob);

    const auto decision = judgeDecision(openGate(), {}, envelope, store, shown, at(u"10:00"_s));
    QVERIFY(!decision);
    const bool isRevoked = change.startsWith(u"revoked"_s);
    QCOMPARE(toString(decision.error().code), isRevoked ? u"revoked-key"_s : u"untrusted-key"_s);
    QCOMPARE(decision.error().message,
             isRevoked ? u"the decision is signed by a key of \"bob\" that was revoked at %1"_s.arg(
                 toIso(*bob.revokedAt))
                       : u"the decision is not signed by a trusted approver's key"_s);

    // The times that are just right.
    bob = *trust().find(bob.key.keyId());
    bob.notBefore = at(u"10:00"_s);
    bob.notAfter = at(u"10:01"_s);
    store.add(bob);
    QVERIFY(judgeDecision(openGate(), {}, signedBy(key(u"bob"_s), approvalBy(u"bob"_s)), store, shown,
                          at(u"10:00"_s)));
}

void TestApproval::refusesTheEnvelope_data()
{
    QTest::addColumn<QByteArray>("envelope");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("message");

    const SigningKey &bob = key(u"bob"_s);
    const QByteArray good = canonicalJsonOf(toJson(approvalBy(u"bob"_s)));
    const QString untrusted = u"the decision is not signed by a trusted approver's key"_s;

    DsseEnvelope changed = *DsseEnvelope::parse(envelopeOf(good, bob));
    changed.payload = canonicalJsonOf(toJson(approvalBy(u"carol"_s)));
    QTest::newRow("payload changed after signing")
        << changed.toJson() << int(ErrorCode::UntrustedKey) << untrusted;
    changed = *DsseEnvelope::parse(envelopeOf(good, bob, packRunPayloadType));
    changed.payloadType = approvalResponsePayloadType;
    QTest::newRow("type changed after signing")
        << changed.toJson() << int(ErrorCode::UntrustedKey) << untrusted;
    changed.signatures[0].signature = QByteArray(64, 'x');
    QTest::newRow("not a signature") << changed.toJson() << int(ErrorCode::UntrustedKey) << untrusted;
    changed = *DsseEnvelope::parse(envelopeOf(good, key(u"mallory"_s)));
    changed.signatures[0].keyId = bob.publicKey().keyId();
    QTest::newRow("another's key id") << changed.toJson() << int(ErrorCode::UntrustedKey) << untrusted;

    QTest::newRow("another type")
        << envelopeOf(good, bob, packRunPayloadType) << int(ErrorCode::InvalidInput)
        << u"payload type \"application/vnd.stellaops.pack-run+json\" is not a decision"_s;
    QTest::newRow("not a decision") << envelopeOf("{}", bob) << int(ErrorCode::InvalidInput)
                                    << u"a decision needs a text \"schema\""_s;
    QJsonObject more = toJson(approvalBy(u"bob"_s));
    more.insert(u"requestId"_s, u"01KG0000000000000000000007"_s);
    QTest::newRow("answer to a request")
        << envelopeOf(canonicalJsonOf(more), bob) << int(ErrorCode::RequestMismatch)
        << u"the decision answers a request that was exported; import it as a response"_s;
    for (const char *text : {"", "no JSON", "[]", "{}"}) {
        const QByteArray bytes(text);
        const auto parsed = DsseEnvelope::parse(bytes);
        QVERIFY(!parsed);
        QTest::addRow("envelope \"%s\"", text) << bytes << int(parsed.error().code) << parsed.error().message;
    }
    const auto unreadable = parseJsonObject("{\"a\":1");
    QVERIFY(!unreadable);
    QTest::newRow("payload is not JSON")
        << envelopeOf("{\"a\":1", bob) << int(ErrorCode::InvalidInput) << unreadable.error().message;
}

void TestApproval::refusesTheEnvelope()
{
    QFETCH(QByteArray, envelope);
    QFETCH(int, code);
    QFETCH(QString, message);

    const auto decision = judgeDecision(openGate(), {}, envelope, trust(), shown, at(u"10:00"_s));
    QVERIFY(!decision);
    QCOMPARE(toString(decision.error().code), toString(ErrorCode(code)));
    QCOMPARE(decision.error().message, message);
}

void TestApproval::refusesToDecideTwice()
{
    const GateRequest gate = openGate();
    const auto judge = [&](const QList<Decision> &earlier, const QString &keyName, const QString &name) {
        return judgeDecision(gate, earlier, signedBy(key(keyName), approvalBy(name)), trust(), shown,
                             at(u"10:00"_s));
    };
    const auto first = judge({}, u"bob"_s, u"bob"_s);
    QVERIFY(first);
    // The same envelope once more, and the same person with another key.
    for (const QString &keyName : {u"bob"_s, u"bob's second"_s}) {
        const auto again = judge({*first}, keyName, u"bob"_s);
        QVERIFY(!again);
        QCOMPARE(toString(again.error().code), toString(ErrorCode::AlreadyDecided));
        QCOMPARE(again.error().message, u"\"bob\" has decided at this gate before"_s);
    }
    QVERIFY(judge({*first}, u"carol"_s, u"carol"_s));

    // The key was given to another person since.
    TrustStore store = trust();
    store.add(
        TrustedKey{key(u"bob"_s).publicKey(), u"erin"_s, {u"approver"_s, u"security"_s}, {}, {}, {}, {}});
    const auto renamed = judgeDecision(gate, {*first}, signedBy(key(u"bob"_s), approvalBy(u"erin"_s)), store,
                                       shown, at(u"10:00"_s));
    QVERIFY(!renamed);
    QCOMPARE(toString(renamed.error().code), toString(ErrorCode::AlreadyDecided));
    QCOMPARE(renamed.error().message, u"\"erin\" has decided at this gate before"_s);
}

void TestApproval::wantsAReasonWhereAsked()
{
    GateRequest gate = openGate();
    DecisionStatement statement = approvalBy(u"bob"_s);
    for (const QString &reason : {QString(), u" \t\n"_s}) {
        statement.reason = reason;
        const QByteArray envelope = signedBy(key(u"bob"_s), statement);
        gate.requireReason = true;
        const auto decision = judgeDecision(gate, {}, envelope, trust(), shown, at(u"10:00"_s));
        QVERIFY(!decision);
        QCOMPARE(toString(decision.error().code), toString(ErrorCode::ReasonRequired));
        QCOMPARE(decision.error().message, u"this gate asks for a reason"_s);
        gate.requireReason = false;
        QVERIFY(judgeDecision(gate, {}, envelope, trust(), shown, at(u"10:00"_s)));
    }
}

void TestApproval::countsApprovals()
{
    const GateRequest gate = openGate();
    const auto decision = [](const QString &name, Verdict verdict, const QString &path, int revision) {
        DecisionStatement statement = approvalBy(name);
        statement.verdict = verdict;
        statement.path = path;
        statement.revision = revision;
        return Decision{{}, statement, {}, {}};
    };
    QList<Decision> decisions;
    QCOMPARE(approvalsOf(gate, decisions), 0);
    decisions += decision(u"bob"_s, Verdict::Approve, u"review"_s, 2);
    QCOMPARE(approvalsOf(gate, decisions), 1);
    decisions += decision(u"carol"_s, Verdict::Reject, u"review"_s, 2);
    decisions += decision(u"carol"_s, Verdict::Approve, u"release"_s, 2);
    decisions += decision(u"carol"_s, Verdict::Approve, u"review"_s, 1);
    QCOMPARE(approvalsOf(gate, decisions), 1);
    decisions += decision(u"dave"_s, Verdict::Approve, u"review"_s, 2);
    QCOMPARE(approvalsOf(gate, decisions), 2);
}

QTEST_APPLESS_MAIN(TestApproval)
#include "tst_approval.moc"
