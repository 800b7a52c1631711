#include "engine/base/digest.h"
#include "engine/evidence/approval/approval_response.h"
#include "tests/support/sample_run.h"

#include <QJsonArray>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

/// Requests for an approval elsewhere and the responses to them, as files.
class TestApprovalRequest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void requestIsReadBack();
    void requestSaysWhatTheDesignSays();
    void requestMayHaveMore();
    void requestIsRefused_data();
    void requestIsRefused();
    void requestEnvelopeIsRefused_data();
    void requestEnvelopeIsRefused();
    void responseIsReadBack();
    void responseIsADecision();
    void responseIsRefused_data();
    void responseIsRefused();
    void responseEnvelopeIsRefused_data();
    void responseEnvelopeIsRefused();
    void noncesDiffer();

private:
    ApprovalRequest request() const;
    DsseEnvelope signedRequest() const { return *signApprovalRequest(request(), m_sample->engineKey); }
    QJsonObject payload() const { return *parseJsonObject(signedRequest().payload); }
    QByteArray signedAs(const QJsonObject &payload, const QString &type = approvalRequestPayloadType) const
    {
        return signDsse(type, canonicalJsonOf(payload), m_sample->engineKey)->toJson();
    }
    ApprovalResponse response() const;

    std::unique_ptr<test::SampleRun> m_sample;
};

static Timestamp at(const QString &time)
{
    return *parseIso(u"2026-01-31T%1:00.000Z"_s.arg(time));
}

void TestApprovalRequest::initTestCase()
{
    m_sample = std::make_unique<test::SampleRun>();
}

ApprovalRequest TestApprovalRequest::request() const
{
    GateRequest gate;
    gate.run = m_sample->input.run.id;
    gate.path = u"review"_s;
    gate.revision = 2;
    gate.approvalId = u"review"_s;
    gate.message = u"Look \"twice\"\nplease"_s;
    gate.planHash = m_sample->input.run.planHash;
    gate.required = 2;
    gate.reasonSuggestion = u"because …"_s;
    gate.requestedBy = u"carol"_s;
    gate.requestedAt = at(u"09:00"_s);
    gate.expiresAt = at(u"13:00"_s);
    const Plan plan = *Plan::parse(m_sample->input.plan);
    ApprovalRequest request{.plan = plan, .engineKey = m_sample->engineKey.publicKey()};
    request.id = u"01KG0000000000000000000007"_s;
    request.nonce = u"00112233445566778899aabbccddeeff"_s;
    request.view = gateViewOf(gate, m_sample->input.run, plan);
    request.attempt = 2;
    request.createdAt = at(u"09:30"_s);
    request.head = {7, QString(64, u'a')};

    Decision decision;
    decision.statement = {gate.run,   gate.path, gate.revision, gate.planHash, Verdict::Approve, u"anna"_s,
                          u"Fine."_s, {},        at(u"09:10"_s)};
    request.decisions = {decision, decision};
    request.decisions[1].statement.approver = u"ben"_s;
    WithdrawalStatement back;
    back.run = gate.run;
    back.path = gate.path;
    back.revision = gate.revision;
    back.planHash = gate.planHash;
    back.approver = u"ben"_s;
    back.withdrawnAt = at(u"09:20"_s);
    request.decisions[1].withdrawal = Withdrawal{back, {}, {}};
    return request;
}

void TestApprovalRequest::requestIsReadBack()
{
    const ApprovalRequest before = request();
    const DsseEnvelope envelope = signedRequest();

    const auto opened = readApprovalRequest(envelope.toJson() + '\n', u"r.json"_s);

    QVERIFY2(opened, opened ? "" : qPrintable(opened.error().toString()));
    const ApprovalRequest &after = opened->request;
    QCOMPARE(after.id, before.id);
    QCOMPARE(after.nonce, before.nonce);
    QCOMPARE(after.engineKey.keyId(), before.engineKey.keyId());
    QVERIFY(after.plan == before.plan);
    QVERIFY(after.view == before.view);
    QCOMPARE(after.attempt, 2);
    QVERIFY(after.decisions == before.decisions);
    QVERIFY(after.head == before.head);
    QVERIFY(after.createdAt == before.createdAt);
    QCOMPARE(opened->digest, u"sha256:"_s + sha256Hex(envelope.payload));
    QCOMPARE(shownDigest(after.view), shownDigest(before.view));
}

void TestApprovalRequest::requestSaysWhatTheDesignSays()
{
    const QJsonObject json = payload();
    const QStringList names{u"allowSelfApproval"_s,
                            u"approval"_s,
                            u"approvers"_s,
                            u"attempt"_s,
                            u"createdAt"_s,
                            u"decisions"_s,
                            u"engineId"_s,
                            u"engineKey"_s,
                            u"expiresAt"_s,
                            u"gate"_s,
                            u"inputs"_s,
                            u"journal"_s,
                            u"message"_s,
                            u"next"_s,
                            u"nonce"_s,
                            u"packDigest"_s,
                            u"packName"_s,
                            u"packVersion"_s,
                            u"plan"_s,
                            u"planHash"_s,
                            u"reasonSuggestion"_s,
                            u"requestId"_s,
                            u"requestedAt"_s,
                            u"requestedBy"_s,
                            u"requireReason"_s,
                            u"required"_s,
                            u"revision"_s,
                            u"runId"_s,
                            u"schema"_s};
    QStringList found = json.keys();
    found.sort();
    QStringList expected = names;
    expected.sort();
    QCOMPARE(found, expected);
    QCOMPARE(canonicalJsonOf(json[u"plan"_s]), m_sample->input.plan);
    QCOMPARE(json[u"inputs"_s].toObject(), (QJsonObject{{u"target"_s, u"redacted"_s}}));
    QCOMPARE(json[u"next"_s].toArray().size(), 1);
    QCOMPARE(json[u"next"_s][0][u"path"_s].toString(), u"promote"_s);
    QCOMPARE(json[u"journal"_s].toObject(),
             (QJsonObject{{u"sequence"_s, 7}, {u"hash"_s, QString(64, u'a')}}));
    QCOMPARE(json[u"engineId"_s].toString(), m_sample->engineKey.publicKey().keyId());
}

void TestApprovalRequest::requestMayHaveMore()
{
    QJsonObject json = payload();
    json.insert(u"mood"_s, u"sunny"_s);

    const auto opened = readApprovalRequest(signedAs(json));

    QVERIFY2(opened, opened ? "" : qPrintable(opened.error().toString()));
    QCOMPARE(opened->request.id, request().id);
}

void TestApprovalRequest::requestIsRefused_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("error");

    const auto with = [this](const char *tag, const QString &name, const QJsonValue &value,
                             const QString &error, const QString &code = u"invalid-input"_s) {
        QJsonObject json = payload();
        value.isUndefined() ? json.remove(name) : void(json.insert(name, value));
        QTest::newRow(tag) << signedAs(json) << code << u"r.json: "_s + error;
    };
    const QJsonValue gone(QJsonValue::Undefined);
    const QJsonObject good = payload();
    for (const QString &name : good.keys()) {
        static const QStringList optional{u"message"_s, u"reasonSuggestion"_s};
        static const QStringList compared{u"packName"_s, u"packVersion"_s, u"packDigest"_s};
        if (optional.contains(name))
            continue;
        QString error = u"\"%1\" is missing"_s.arg(name);
        if (compared.contains(name))
            error = u"/%1: this is not the pack of the plan"_s.arg(name);
        else if (name == u"approvers"_s)
            continue; // None: anyone.
        else if (name == u"inputs"_s)
            error = u"/inputs: this is not what the plan has as inputs"_s;
        else if (name == u"next"_s)
            error = u"/next: this is not what the plan runs next"_s;
        with(qPrintable(u"no "_s + name), name, gone, error);
    }
    with("another schema", u"schema"_s, u"stellaops.approval-request/v2"_s,
         u"/schema: unknown request schema \"stellaops.approval-request/v2\""_s);
    with("request id", u"requestId"_s, u"7"_s, u"/requestId: \"7\" is not an id of 26 letters and digits"_s);
    with("nonce too short", u"nonce"_s, u"00ff"_s, u"/nonce: \"00ff\" is not a nonce of 32 hex digits"_s);
    with("nonce of another type", u"nonce"_s, 7, u"/nonce: expected a string, found the integer 7"_s);
    with("engine id of another key", u"engineId"_s, m_sample->anna.publicKey().keyId(),
         u"/engineId: the engine's key has the id %1"_s.arg(m_sample->engineKey.publicKey().keyId()));
    with("no key", u"engineKey"_s, u"-"_s, u"/engineKey: "_s + PublicKey::fromPem("-").error().message);
    with("another engine's key", u"engineKey"_s, QString::fromLatin1(m_sample->anna.publicKey().pem()),
         u"/engineId: the engine's key has the id %1"_s.arg(m_sample->anna.publicKey().keyId()));
    with("run", u"runId"_s, u"run_1"_s,
         u"/runId: \"run_1\" is not a run id; expected run_ and 26 letters or digits"_s);
    with("revision 0", u"revision"_s, 0,
         u"/revision: expected an integer from 1 to 1000000, found the integer 0"_s);
    with("time", u"expiresAt"_s, u"tomorrow"_s, u"/expiresAt: "_s + parseIso(u"tomorrow"_s).error().message);
    with("journal hash", u"journal"_s, QJsonObject{{u"sequence"_s, 1}, {u"hash"_s, u"a"_s}},
         u"/journal/hash: \"a\" is not 64 hex digits"_s);
    with("decision", u"decisions"_s, QJsonArray{QJsonObject{{u"approver"_s, u"x"_s}}},
         u"/decisions/0: \"reason\" is missing"_s);
    with("gate the plan has not", u"gate"_s, u"door"_s, u"/gate: the plan has no approval at \"door\""_s);
    with("gate that is a step", u"gate"_s, u"promote"_s, u"/gate: the plan has no approval at \"promote\""_s);
    with("another approval", u"approval"_s, u"boss"_s, u"/approval: the plan asks for \"review\" there"_s);
    with("fewer approvals", u"required"_s, 1, u"/required: this is not what the plan says"_s);
    with("other approvers", u"approvers"_s, QJsonArray{u"user:mallory"_s},
         u"/approvers: this is not what the plan says"_s);
    with("self-approval", u"allowSelfApproval"_s, true,
         u"/allowSelfApproval: this is not what the plan says"_s);
    with("a reason asked", u"requireReason"_s, true, u"/requireReason: this is not what the plan says"_s);
    with("another title", u"title"_s, u"Nothing to see"_s, u"/title: this is not what the plan says"_s);
    with("other next steps", u"next"_s, QJsonArray{}, u"/next: this is not what the plan runs next"_s);
    with("other inputs", u"inputs"_s, QJsonObject{}, u"/inputs: this is not what the plan has as inputs"_s);

    QJsonObject plan = good[u"plan"_s].toObject();
    plan.insert(u"inputs"_s, QJsonObject{{u"target"_s, u"production"_s}});
    const QString hash = u"sha256:"_s + sha256Hex(canonicalJsonOf(plan));
    with("another plan", u"plan"_s, plan,
         u"/planHash: the plan has the hash %1, not %2"_s.arg(hash, good[u"planHash"_s].toString()),
         u"plan-hash-mismatch"_s);
    with("no plan", u"plan"_s, QJsonObject{}, u"/plan: \"schema\" is missing"_s);
}

void TestApprovalRequest::requestIsRefused()
{
    QFETCH(QByteArray, file);
    QFETCH(QString, code);
    QFETCH(QString, error);

    const auto opened = readApprovalRequest(file, u"r.json"_s);

    QVERIFY(!opened);
    QCOMPARE(opened.error().toString(), error);
    QCOMPARE(toString(opened.error().code), code);
}

void TestApprovalRequest::requestEnvelopeIsRefused_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("error");

    const QString forged =
        u"r.json: the request is forged: its signature is not by the engine's key that it names"_s;
    DsseEnvelope envelope = signedRequest();
    envelope.signatures += envelope.signatures.first();
    QTest::newRow("two signatures") << envelope.toJson() << u"invalid-input"_s
                                    << u"r.json: /signatures: a request has one signature, not 2"_s;
    envelope.signatures.clear();
    QTest::newRow("no signature") << envelope.toJson() << u"invalid-input"_s
                                  << u"r.json: /signatures: a request has one signature, not 0"_s;
    QJsonObject changed = payload();
    changed.insert(u"message"_s, u"All is well."_s);
    envelope = signedRequest();
    envelope.payload = canonicalJsonOf(changed);
    QTest::newRow("changed after signing") << envelope.toJson() << u"untrusted-key"_s << forged;
    QTest::newRow("signed by somebody else")
        << signDsse(approvalRequestPayloadType, canonicalJsonOf(payload()), m_sample->anna)->toJson()
        << u"untrusted-key"_s << forged;
    QTest::newRow("of another type") << signedAs(payload(), approvalResponsePayloadType) << u"invalid-input"_s
                                     << u"r.json: payload type \"%1\" is not a request for an approval"_s.arg(
                                            approvalResponsePayloadType);
    QJsonObject mixed = *parseJsonObject(signedRequest().toJson());
    mixed.insert(u"payload"_s, u"-_+/"_s);
    QTest::newRow("two alphabets") << canonicalJsonOf(mixed) << u"invalid-input"_s
                                   << u"r.json: /payload: this is not strict base64"_s;
    QTest::newRow("nothing") << QByteArray() << u"invalid-input"_s
                             << u"r.json:1:1: expected a value, found the end of the text"_s;
}

void TestApprovalRequest::requestEnvelopeIsRefused()
{
    requestIsRefused();
}

ApprovalResponse TestApprovalRequest::response() const
{
    const auto opened = readApprovalRequest(signedRequest().toJson());
    return answerTo(*opened, Verdict::Reject, u"anna"_s, u"Not yet."_s, at(u"10:00"_s));
}

void TestApprovalRequest::responseIsReadBack()
{
    const ApprovalResponse before = response();
    const ApprovalRequest asked = request();
    QCOMPARE(before.requestId, asked.id);
    QCOMPARE(before.nonce, asked.nonce);
    QCOMPARE(before.audience, m_sample->engineKey.publicKey().keyId());
    QVERIFY(before.expiresAt == at(u"13:00"_s));
    QCOMPARE(before.statement.shownDigest, shownDigest(asked.view));

    const DsseEnvelope file = *signApprovalResponse(before, m_sample->anna);
    const auto envelope = parseResponseEnvelope(file.toJson());
    QVERIFY(envelope);
    QCOMPARE(envelope->payloadType, approvalResponsePayloadType);
    QJsonObject json = *parseJsonObject(envelope->payload);
    json.insert(u"mood"_s, u"sunny"_s);
    const auto after = approvalResponseFromJson(json);
    QVERIFY2(after, after ? "" : qPrintable(after.error().toString()));
    QVERIFY(*after == before);
}

void TestApprovalRequest::responseIsADecision()
{
    const ApprovalResponse answer = response();
    const auto statement = decisionStatementFromJson(toJson(answer));
    QVERIFY(statement);
    QVERIFY(*statement == answer.statement);
    QVERIFY(isApprovalResponse(toJson(answer)));
    QVERIFY(!isApprovalResponse(toJson(answer.statement)));
}

void TestApprovalRequest::responseIsRefused_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QJsonValue>("value");
    QTest::addColumn<QString>("error");

    const auto row = [](const char *tag, const QString &name, const QJsonValue &value, const QString &error) {
        QTest::newRow(tag) << name << value << error;
    };
    const QJsonValue gone(QJsonValue::Undefined);
    for (const char *name : {"requestDigest", "requestId", "nonce", "audience", "expiresAt"})
        row(name, QString::fromLatin1(name), gone, u"\"%1\" is missing"_s.arg(QLatin1StringView(name)));
    row("no decision", u"decision"_s, gone, u"a decision needs a text \"decision\""_s);
    row("no plan", u"planHash"_s, gone, u"a decision needs a text \"planHash\""_s);
    row("another schema", u"schema"_s, u"x/v1"_s, u"unknown decision schema \"x/v1\""_s);
    row("digest", u"requestDigest"_s, u"sha256:AB"_s,
        u"/requestDigest: \"sha256:AB\" is not \"sha256:\" and 64 hex digits"_s);
    row("request id", u"requestId"_s, u"x"_s, u"/requestId: \"x\" is not an id of 26 letters and digits"_s);
    row("nonce", u"nonce"_s, QString(32, u'G'),
        u"/nonce: \"%1\" is not a nonce of 32 hex digits"_s.arg(QString(32, u'G')));
    row("audience", u"audience"_s, u"me"_s, u"/audience: \"me\" is not a key id of 64 hex digits"_s);
    row("audience of two", u"audience"_s, QJsonArray{u"a"_s},
        u"/audience: expected a string, found an array of 1 item"_s);
    row("time", u"expiresAt"_s, u"now"_s, u"/expiresAt: "_s + parseIso(u"now"_s).error().message);
}

void TestApprovalRequest::responseIsRefused()
{
    QFETCH(QString, name);
    QFETCH(QJsonValue, value);
    QFETCH(QString, error);
    QJsonObject json = toJson(response());
    value.isUndefined() ? json.remove(name) : void(json.insert(name, value));

    const auto read = approvalResponseFromJson(json);

    QVERIFY(!read);
    QCOMPARE(read.error().toString(), error);
    QCOMPARE(toString(read.error().code), u"invalid-input"_s);
}

void TestApprovalRequest::responseEnvelopeIsRefused_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QString>("error");

    DsseEnvelope envelope = *signApprovalResponse(response(), m_sample->anna);
    envelope.signatures += envelope.signatures.first();
    QTest::newRow("two signatures") << envelope.toJson()
                                    << u"r.json: /signatures: a response has one signature, not 2"_s;
    QTest::newRow("no list") << QByteArray(R"({"payload":"e30=","payloadType":"a"})")
                             << u"r.json: /signatures: an envelope needs a list of signatures"_s;
    const QByteArray large(maxApprovalResponseBytes + 1, ' ');
    QTest::newRow("too large") << large << u"r.json:1:1: text has 131073 bytes; at most 131072 are read"_s;
}

void TestApprovalRequest::responseEnvelopeIsRefused()
{
    QFETCH(QByteArray, file);
    QFETCH(QString, error);

    const auto envelope = parseResponseEnvelope(file, u"r.json"_s);

    QVERIFY(!envelope);
    QCOMPARE(envelope.error().toString(), error);
}

void TestApprovalRequest::noncesDiffer()
{
    QSet<QString> nonces;
    for (int i = 0; i < 1000; ++i) {
        const QString nonce = newNonce();
        QVERIFY(QRegularExpression(u"\\A[0-9a-f]{32}\\z"_s).match(nonce).hasMatch());
        nonces += nonce;
    }
    QCOMPARE(nonces.size(), 1000);
}

QTEST_GUILESS_MAIN(TestApprovalRequest)
#include "tst_approval_request.moc"
