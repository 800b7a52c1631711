#include "engine/base/digest.h"
#include "engine/evidence/approval/approval_response.h"
#include "tests/run/scheduler_fixture.h"

#include <QSqlDatabase>
#include <QSqlQuery>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace engine;

/// Gates that are decided on elsewhere: requests that are exported and responses that are imported.
class TestOfflineApproval : public SchedulerFixture
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();

    void aResponseIsADecision_data();
    void aResponseIsADecision();
    void theRequestSaysWhatAGateShows();
    void aQuorumComesFromFilesExportedAtOnce();
    void decisionsHereAndElsewhereCountTogether();
    void aRequestOutlivesTheEngine();
    void refuses_data();
    void refuses();
    void countsOnce();
    void refusesAnotherAnswerToTheSameRequest();
    void refusesWhatComesTooLate_data();
    void refusesWhatComesTooLate();
    void refusesWhenTheStoreIsAnother_data();
    void refusesWhenTheStoreIsAnother();
    void refusesWhatCameOfTheGateSince();
    void isNoDecisionByItself();
    void exportIsRefused();

private:
    using Change = std::function<void(ApprovalResponse &)>;
    OpenedRequest exported(const RunId &run);
    /// Answers with the key of that name, which is made and trusted; a stranger's is not.
    QByteArray respond(const OpenedRequest &request, const QString &name, Verdict verdict = Verdict::Approve,
                       const Change &change = {});
    Result<ImportedResponse> import(const QByteArray &file)
    {
        return m_engine->importResponse(file, u"otto"_s, m_engineKey->publicKey().keyId(), m_trust);
    }
    QStringList auditLog() const; ///< "ACTOR ACTION CODE" in order.
    QJsonObject lastAudited() const
    {
        const auto rows = *m_reader->auditLog(1);
        return rows.first()[u"data"_s].toObject();
    }
    void tamper(const QString &sql) const;

    std::unique_ptr<SigningKey> m_engineKey;
};

static QByteArray gated(const QByteArray &rules)
{
    return "  approvals:\n  - { id: review, expiresAfter: PT1H" + rules
           + " }\n  steps:\n  - { id: gate, gate: { approval: review } }\n" + exec("after");
}

static QString codeOf(const Result<ImportedResponse> &result)
{
    return result ? u"accepted"_s : toString(result.error().code);
}

void TestOfflineApproval::initTestCase()
{
    m_engineKey = std::make_unique<SigningKey>(*SigningKey::generate());
}

OpenedRequest TestOfflineApproval::exported(const RunId &run)
{
    const auto request = m_engine->exportRequest(run, u"gate"_s, u"otto"_s, *m_engineKey);
    if (!request)
        qFatal("%s", qPrintable(request.error().toString()));
    auto opened = readApprovalRequest(request->envelope.toJson());
    if (!opened)
        qFatal("%s", qPrintable(opened.error().toString()));
    return *std::move(opened);
}

QByteArray TestOfflineApproval::respond(const OpenedRequest &request, const QString &name, Verdict verdict,
                                        const Change &change)
{
    if (!m_keys.contains(name))
        m_keys.insert(name, std::make_shared<SigningKey>(*SigningKey::generate()));
    const SigningKey &key = *m_keys.value(name);
    if (name != u"stranger"_s && !m_trust.find(key.publicKey().keyId()))
        m_trust.add({key.publicKey(), name, {u"approver"_s}, {}, {}, {}, {}});
    ApprovalResponse response = answerTo(request, verdict, name, u"seen"_s, m_clock->now());
    if (change)
        change(response);
    return signApprovalResponse(response, key)->toJson();
}

QStringList TestOfflineApproval::auditLog() const
{
    QStringList rows;
    const auto log = *m_reader->auditLog(100);
    for (const QJsonObject &row : log)
        rows += u"%1 %2 %3"_s
                    .arg(row[u"actor"_s].toString(), row[u"action"_s].toString(),
                         row[u"data"_s][u"code"_s].toString())
                    .trimmed();
    return rows;
}

void TestOfflineApproval::tamper(const QString &sql) const
{
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"tamper"_s);
        database.setDatabaseName(m_dir->filePath(u"store.sqlite"_s));
        QVERIFY(database.open());
        QSqlQuery query(database);
        QVERIFY2(query.exec(sql), qPrintable(sql));
        QCOMPARE(query.numRowsAffected(), 1);
    }
    QSqlDatabase::removeDatabase(u"tamper"_s);
}

void TestOfflineApproval::aResponseIsADecision_data()
{
    QTest::addColumn<Verdict>("verdict");
    QTest::addColumn<QString>("gate");
    QTest::addColumn<QStringList>("events");
    QTest::newRow("approve") << Verdict::Approve << u"approved"_s
                             << QStringList{u"approval-request-exported gate"_s, u"decision-accepted gate"_s,
                                            u"gate-approved gate"_s};
    QTest::newRow("reject") << Verdict::Reject << u"rejected"_s
                            << QStringList{u"approval-request-exported gate"_s, u"decision-accepted gate"_s,
                                           u"gate-rejected gate"_s};
}

void TestOfflineApproval::aResponseIsADecision()
{
    QFETCH(Verdict, verdict);
    QFETCH(QString, gate);
    QFETCH(QStringList, events);
    const RunId run = start(gated(""));
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    const OpenedRequest request = exported(run);
    const QByteArray file = respond(request, u"anna"_s, verdict);
    m_clock->advance(10min);

    const auto imported = import(file);

    QVERIFY2(imported, imported ? "" : qPrintable(imported.error().toString()));
    QCOMPARE(*imported, (ImportedResponse{run, u"gate"_s, verdict, u"anna"_s, request.request.id}));
    QCOMPARE(gateOf(run), gate);
    QCOMPARE(trace(run, {u"approval-request-exported"_s, u"decision-accepted"_s, u"gate-approved"_s,
                         u"gate-rejected"_s}),
             events);
    const auto decisions = *m_reader->decisions(run);
    QCOMPARE(decisions.size(), 1);
    QCOMPARE(decisions.first().envelope, file); // It stands in the evidence as it was signed.
    QCOMPARE(toString(decisions.first().statement.verdict), toString(verdict));
    QCOMPARE(decisions.first().keyId, m_keys.value(u"anna"_s)->publicKey().keyId());
    const auto kept = *m_reader->approvalRequest(request.request.id);
    QVERIFY(kept);
    QCOMPARE(kept->decisionId, decisions.first().id);
    QCOMPARE(kept->exportedBy, u"otto"_s);
    QCOMPARE(auditLog(), (QStringList{u"otto approval-exported"_s, u"otto approval-imported"_s}));
    QCOMPARE(lastAudited(), (QJsonObject{{u"responseSha256"_s, sha256Hex(file)},
                                         {u"requestId"_s, request.request.id},
                                         {u"runId"_s, run.value},
                                         {u"gate"_s, u"gate"_s},
                                         {u"approver"_s, u"anna"_s},
                                         {u"decision"_s, toString(verdict)},
                                         {u"keyId"_s, decisions.first().keyId}}));
    if (verdict == Verdict::Approve)
        QTRY_COMPARE(m_launcher->running(), QStringList{u"after"_s});
    else
        QTRY_COMPARE(stateOf(run), u"failed"_s);
    QVERIFY(m_reader->checkAuditLog());
}

void TestOfflineApproval::theRequestSaysWhatAGateShows()
{
    const RunId run = start(gated(", required: 2, approvers: ['user:anna', 'user:ben']"));
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    QVERIFY(decide(run, u"ben"_s, Verdict::Approve));
    const auto last = m_reader->events(run)->last();

    const ApprovalRequest request = exported(run).request;

    const GateRequest gate = m_reader->gates(run)->first();
    const auto plan = Plan::parse(*m_reader->plan(run));
    QVERIFY(request.view == gateViewOf(gate, *m_reader->run(run), *plan));
    QCOMPARE(request.head, (JournalHead{last.sequence, last.hash}));
    QCOMPARE(request.decisions.size(), 1);
    QCOMPARE(request.decisions.first().statement.approver, u"ben"_s);
    QCOMPARE(request.decisions.first().envelope, QByteArray());
    QVERIFY(request.createdAt == m_clock->now());
    const auto event = m_reader->events(run)->last();
    const auto kept = *m_reader->approvalRequest(request.id);
    QCOMPARE(event.data, (QJsonObject{{u"requestId"_s, request.id},
                                      {u"revision"_s, 1},
                                      {u"requestDigest"_s, kept->requestDigest},
                                      {u"by"_s, u"otto"_s},
                                      {u"expiresAt"_s, toIso(gate.expiresAt)}}));
    QCOMPARE(kept->nonceDigest, nonceDigest(request.nonce));
    QCOMPARE(kept->head, request.head);
}

void TestOfflineApproval::aQuorumComesFromFilesExportedAtOnce()
{
    const RunId run = start(gated(", required: 2"));
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    const OpenedRequest first = exported(run);
    const OpenedRequest second = exported(run);
    QVERIFY(first.request.nonce != second.request.nonce);

    QCOMPARE(codeOf(import(respond(second, u"ben"_s))), u"accepted"_s);
    QCOMPARE(gateOf(run), u"open"_s);
    QCOMPARE(codeOf(import(respond(first, u"ben"_s))), u"already-decided"_s); // The quorum counts people.
    QCOMPARE(codeOf(import(respond(first, u"anna"_s))), u"accepted"_s);

    QCOMPARE(gateOf(run), u"approved"_s);
}

void TestOfflineApproval::decisionsHereAndElsewhereCountTogether()
{
    const RunId run = start(gated(", required: 3"));
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    const OpenedRequest request = exported(run);
    QVERIFY(decide(run, u"carl"_s, Verdict::Approve));
    QVERIFY(decide(run, u"ben"_s, Verdict::Approve));
    QVERIFY(withdraw(run, u"ben"_s)); // Others may change their minds meanwhile.
    QCOMPARE(codeOf(import(respond(request, u"anna"_s))), u"accepted"_s);
    QCOMPARE(gateOf(run), u"open"_s);
    QVERIFY(withdraw(run, u"anna"_s)); // What was said elsewhere can be taken back, too.
    m_clock->advance(1min);            // What they say now is new.
    QVERIFY(decide(run, u"ben"_s, Verdict::Approve));
    QCOMPARE(gateOf(run), u"open"_s);
    QVERIFY(decide(run, u"anna"_s, Verdict::Approve));
    QCOMPARE(gateOf(run), u"approved"_s);
}

void TestOfflineApproval::aRequestOutlivesTheEngine()
{
    const RunId run = start(gated(""));
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    const QByteArray file = respond(exported(run), u"anna"_s);
    openEngine();
    QCOMPARE(codeOf(import(file)), u"accepted"_s);
    QCOMPARE(gateOf(run), u"approved"_s);
    openEngine();
    QCOMPARE(codeOf(import(file)), u"response-replayed"_s);
}

void TestOfflineApproval::refuses_data()
{
    QTest::addColumn<QString>("approver");
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("message");

    const auto row = [](const char *tag, const QString &approver, const Change &change, const QString &code,
                        const QString &message) {
        QTest::newRow(tag) << approver << change << code << message;
    };
    const QString other = u"01KG0000000000000000000007"_s;
    const QString run = u"run_"_s + other;
    const QString digest = u"sha256:"_s + QString(64, u'0');
    const QString mismatch = u"request-mismatch"_s;
    const QString unfit = u"the response does not fit request REQUEST: "_s;
    row(
        "unknown request", u"anna"_s, [=](ApprovalResponse &it) { it.requestId = other; },
        u"request-unknown"_s, u"this engine has no request \"%1\""_s.arg(other));
    row(
        "another engine", u"anna"_s, [](ApprovalResponse &it) { it.audience = QString(64, u'0'); },
        u"wrong-engine"_s, u"the response is for the engine %1, this is ENGINE"_s.arg(QString(64, u'0')));
    row(
        "another run", u"anna"_s, [=](ApprovalResponse &it) { it.statement.run = {run}; }, mismatch,
        unfit + u"its run is \"%1\", the request's is \"RUN\""_s.arg(run));
    row(
        "another gate", u"anna"_s, [](ApprovalResponse &it) { it.statement.path = u"after"_s; }, mismatch,
        unfit + u"its gate is \"after\", the request's is \"gate\""_s);
    row(
        "another revision", u"anna"_s, [](ApprovalResponse &it) { it.statement.revision = 2; }, mismatch,
        unfit + u"its revision is \"2\", the request's is \"1\""_s);
    row(
        "another plan", u"anna"_s, [=](ApprovalResponse &it) { it.statement.planHash = digest; }, mismatch,
        unfit + u"its planHash is \"%1\", the request's is \"PLAN\""_s.arg(digest));
    row(
        "another nonce", u"anna"_s, [](ApprovalResponse &it) { it.nonce = QString(32, u'0'); }, mismatch,
        unfit + u"its nonce is not the request's"_s);
    row(
        "another request", u"anna"_s, [=](ApprovalResponse &it) { it.requestDigest = digest; }, mismatch,
        unfit + u"its requestDigest is \"%1\", the request's is \"DIGEST\""_s.arg(digest));
    row(
        "longer than the request", u"anna"_s, [](ApprovalResponse &it) { it.expiresAt += 1ms; }, mismatch,
        unfit
            + u"it expires at 2026-01-31T10:05:00.001Z, after the request, which does at 2026-01-31T10:05:00.000Z"_s);
    row(
        "decided before it was asked", u"anna"_s,
        [](ApprovalResponse &it) { it.statement.decidedAt -= 5min + 1ms; }, mismatch,
        unfit
            + u"it was decided at 2026-01-31T08:59:59.999Z, before the request was made at 2026-01-31T09:05:00.000Z"_s);
    row(
        "decided in the future", u"anna"_s,
        [](ApprovalResponse &it) { it.statement.decidedAt += 5min + 1ms; }, mismatch,
        unfit + u"it was decided at 2026-01-31T09:10:00.001Z, and here it is 2026-01-31T09:05:00.000Z"_s);
    row(
        "expired", u"anna"_s, [](ApprovalResponse &it) { it.expiresAt = it.statement.decidedAt; },
        u"response-expired"_s, u"the response expired at 2026-01-31T09:05:00.000Z"_s);
    row(
        "something else was shown", u"anna"_s,
        [=](ApprovalResponse &it) { it.statement.shownDigest = digest; }, u"gate-revision-mismatch"_s,
        u"what was shown is not what the gate asks now"_s);
    row("a stranger", u"stranger"_s, {}, u"untrusted-key"_s,
        u"the response is not signed by a trusted approver's key"_s);
    row(
        "in somebody's name", u"anna"_s, [](ApprovalResponse &it) { it.statement.approver = u"ben"_s; },
        u"untrusted-key"_s, u"the decision names \"ben\" but is signed by the key of \"anna\""_s);
    row("not asked", u"carl"_s, {}, u"not-an-approver"_s,
        u"\"carl\" may not decide here; asked are user:anna, user:sue"_s);
    row("on one's own run", u"sue"_s, {}, u"self-approval"_s,
        u"\"sue\" submitted the run and may not decide on it"_s);
    row(
        "without a reason", u"anna"_s, [](ApprovalResponse &it) { it.statement.reason.clear(); },
        u"reason-required"_s, u"this gate asks for a reason"_s);
}

void TestOfflineApproval::refuses()
{
    QFETCH(QString, approver);
    QFETCH(Change, change);
    QFETCH(QString, code);
    QFETCH(QString, message);
    const RunId run = start(gated(", requireReason: true, approvers: ['user:anna', 'user:sue']"));
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    const OpenedRequest request = exported(run);
    message.replace(u"RUN"_s, run.value)
        .replace(u"PLAN"_s, m_reader->run(run)->planHash)
        .replace(u"ENGINE"_s, m_engineKey->publicKey().keyId())
        .replace(u"DIGEST"_s, request.digest)
        .replace(u"REQUEST"_s, request.request.id);
    const QByteArray file = respond(request, approver, Verdict::Approve, change);

    const auto imported = import(file);

    QVERIFY(!imported);
    QCOMPARE(imported.error().message, message);
    QCOMPARE(toString(imported.error().code), code);
    QCOMPARE(auditLog(),
             (QStringList{u"otto approval-exported"_s, u"otto approval-import-refused "_s + code}));
    QCOMPARE(lastAudited()[u"message"_s].toString(), message);
    QCOMPARE(lastAudited()[u"responseSha256"_s].toString(), sha256Hex(file));
    QCOMPARE(gateOf(run), u"open"_s);
    QVERIFY(m_reader->decisions(run)->isEmpty());
    QVERIFY(m_reader->approvalRequests(run)->first().decisionId.isEmpty());

    // A refusal uses nothing up.
    QCOMPARE(codeOf(import(respond(request, u"anna"_s))), u"accepted"_s);
}

void TestOfflineApproval::countsOnce()
{
    const RunId run = start(gated(", required: 2"));
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    const QByteArray file = respond(exported(run), u"anna"_s);
    QCOMPARE(codeOf(import(file)), u"accepted"_s);
    QCOMPARE(codeOf(import(file)), u"response-replayed"_s);
    QVERIFY(withdraw(run, u"anna"_s));
    QCOMPARE(codeOf(import(file)), u"response-replayed"_s); // What was taken back stays so.
    QVERIFY(decide(run, u"ben"_s, Verdict::Approve));
    QVERIFY(decide(run, u"carl"_s, Verdict::Approve));
    QTRY_COMPARE(m_launcher->running(), QStringList{u"after"_s});
    m_launcher->finish(u"after"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QCOMPARE(codeOf(import(file)), u"response-replayed"_s);
    QCOMPARE(m_reader->decisions(run)->size(), 3);
}

void TestOfflineApproval::refusesAnotherAnswerToTheSameRequest()
{
    const RunId run = start(gated(", required: 2"));
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    const OpenedRequest request = exported(run);
    QCOMPARE(codeOf(import(respond(request, u"anna"_s))), u"accepted"_s);
    const auto second = import(respond(request, u"ben"_s));
    QCOMPARE(codeOf(second), u"request-used"_s);
    QCOMPARE(second.error().message, u"request %1 was answered already"_s.arg(request.request.id));
    QCOMPARE(gateOf(run), u"open"_s);
}

void TestOfflineApproval::refusesWhatComesTooLate_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("code");
    QTest::newRow("gate expired") << u"expiry"_s << u"gate-expired"_s;
    QTest::newRow("gate rejected") << u"reject"_s << u"gate-closed"_s;
    QTest::newRow("run over") << u"cancel"_s << u"conflict"_s;
    QTest::newRow("key revoked") << u"revoke"_s << u"revoked-key"_s;
    QTest::newRow("key expired") << u"outdate"_s << u"untrusted-key"_s;
}

void TestOfflineApproval::refusesWhatComesTooLate()
{
    QFETCH(QString, what);
    QFETCH(QString, code);
    // The step beside the gate keeps the run going when the gate is closed.
    const RunId run =
        start("  approvals: [{ id: review, expiresAfter: PT1H }]\n  steps:\n  - id: both\n"
              "    parallel:\n      steps:\n      - { id: gate, gate: { approval: review } }\n"
              "      - { id: b, run: { uses: 'builtin:exec', with: { command: ['true'] } } }\n");
    QTRY_COMPARE(m_launcher->running(), QStringList{u"both/b"_s});
    const auto request = m_engine->exportRequest(run, u"both/gate"_s, u"otto"_s, *m_engineKey);
    QVERIFY(request);
    const QByteArray file = respond(*readApprovalRequest(request->envelope.toJson()), u"anna"_s);
    TrustedKey anna = m_trust.keys().first();
    if (what == u"expiry"_s) {
        m_clock->advance(1h);
    } else if (what == u"reject"_s) {
        QVERIFY(decide(run, u"ben"_s, Verdict::Reject));
    } else if (what == u"cancel"_s) {
        QVERIFY(m_engine->cancel(run, u"sue"_s));
        m_launcher->finish(u"both/b"_s, 1);
        QTRY_COMPARE(stateOf(run), u"cancelled"_s);
    } else if (what == u"revoke"_s) {
        anna.revokedAt = m_clock->now();
        anna.reason = u"lost"_s;
        m_trust.add(anna);
    } else {
        anna.notAfter = m_clock->now() + 1min;
        m_trust.add(anna);
        m_clock->advance(1min);
    }

    const auto imported = import(file);

    QCOMPARE(codeOf(imported), code);
    if (what == u"revoke"_s)
        QCOMPARE(
            imported.error().message,
            u"the response is signed by a key of \"anna\" that was revoked at 2026-01-31T09:05:00.000Z: lost"_s);
    QCOMPARE(auditLog().last(), u"otto approval-import-refused "_s + code);
    QVERIFY(m_reader->approvalRequests(run)->first().decisionId.isEmpty());
}

void TestOfflineApproval::refusesWhenTheStoreIsAnother_data()
{
    QTest::addColumn<QString>("sql");
    QTest::addColumn<QString>("code");
    QTest::newRow("stale plan") << u"UPDATE pack_runs SET plan = CAST('{}' AS BLOB)"_s
                                << u"plan-hash-mismatch"_s;
    // As when the data directory was brought back from a copy, and the run went another way since.
    QTest::newRow("another journal") << u"UPDATE pack_run_approval_requests SET journalHash = '%1'"_s.arg(
        QString(64, u'0')) << u"stale-journal"_s;
    QTest::newRow("a shorter journal")
        << u"UPDATE pack_run_approval_requests SET journalSequence = 1000"_s << u"stale-journal"_s;
    QTest::newRow("request gone") << u"DELETE FROM pack_run_approval_requests"_s << u"request-unknown"_s;
}

void TestOfflineApproval::refusesWhenTheStoreIsAnother()
{
    QFETCH(QString, sql);
    QFETCH(QString, code);
    const RunId run = start(gated(""));
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    const QByteArray file = respond(exported(run), u"anna"_s);
    tamper(sql);

    QCOMPARE(codeOf(import(file)), code);
    QCOMPARE(auditLog().last(), u"otto approval-import-refused "_s + code);
    QVERIFY(m_reader->decisions(run)->isEmpty());
}

void TestOfflineApproval::refusesWhatCameOfTheGateSince()
{
    ExportedRequest request;
    request.id = u"R"_s;
    request.path = u"gate"_s;
    request.head = {7, u"h"_s};
    RunEvent head;
    head.sequence = 7;
    head.hash = u"h"_s;
    const auto after = [&head](const QString &type, const QString &path) {
        RunEvent event;
        event.sequence = 8;
        event.type = type;
        event.stepPath = path;
        return QList{head, event};
    };
    for (const QString &type : {u"approval-request-exported"_s, u"request-refused"_s, u"decision-accepted"_s,
                                u"decision-refused"_s, u"decision-withdrawn"_s, u"withdrawal-refused"_s})
        QVERIFY2(checkJournalSince(request, after(type, u"gate"_s)), qPrintable(type));
    QVERIFY(checkJournalSince(request, after(u"step-state"_s, u"other"_s)));
    QVERIFY(checkJournalSince(request, after(u"cancel-requested"_s, {})));
    const auto stale = checkJournalSince(request, after(u"gate-requested"_s, u"gate"_s));
    QVERIFY(!stale);
    QCOMPARE(toString(stale.error().code), u"stale-journal"_s);
    QCOMPARE(stale.error().message,
             u"\"gate-requested\" happened to gate \"gate\" after request R was made"_s);
    QCOMPARE(checkJournalSince(request, {}).error().message,
             u"event 7 of the run's journal is not the one that request R was made after"_s);
}

void TestOfflineApproval::isNoDecisionByItself()
{
    const RunId run = start(gated(""));
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    const QByteArray file = respond(exported(run), u"anna"_s);
    const auto decided = m_engine->decide(run, u"gate"_s, file, m_trust);
    QVERIFY(!decided);
    QCOMPARE(toString(decided.error().code), u"request-mismatch"_s);
    QCOMPARE(decided.error().message,
             u"the decision answers a request that was exported; import it as a response"_s);
    QCOMPARE(gateOf(run), u"open"_s);
}

void TestOfflineApproval::exportIsRefused()
{
    const RunId run = start(gated(""));
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    const auto code = [this, &run](const QString &gate) {
        const auto request = m_engine->exportRequest(run, gate, u"otto"_s, *m_engineKey);
        return request ? u"exported"_s : toString(request.error().code);
    };
    QCOMPARE(code(u"door"_s), u"not-found"_s);
    QVERIFY(decide(run, u"anna"_s, Verdict::Approve));
    QCOMPARE(code(u"gate"_s), u"gate-closed"_s);
    QCOMPARE(auditLog(), (QStringList{u"otto approval-export-refused not-found"_s,
                                      u"otto approval-export-refused gate-closed"_s}));
    QVERIFY(m_reader->approvalRequests(run)->isEmpty());
}

QTEST_GUILESS_MAIN(TestOfflineApproval)
#include "tst_offline_approval.moc"
