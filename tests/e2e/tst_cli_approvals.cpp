#include "engine/evidence/approval/approval_response.h"
#include "engine/evidence/trust.h"
#include "tests/support/taskrunner_program.h"

#include <QJsonArray>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QtTest>

using namespace Qt::StringLiterals;
using namespace engine;
using tests::Outcome;

/// Gates that are decided on another workstation, through the real program: two data directories, and files
/// that go between them.
class TestCliApprovals : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void decidesElsewhere_data();
    void decidesElsewhere();
    void collectsAQuorum();
    void showsWhatAGateShows();
    void asksOnATerminal_data();
    void asksOnATerminal();
    void importIsRefused_data();
    void importIsRefused();
    void signingIsRefused_data();
    void signingIsRefused();
    void exportIsRefused();

private:
    using Change = std::function<void(ApprovalResponse &)>;

    /// Beside the engine.
    Outcome here(const QStringList &arguments, const QString &who = u"olga"_s) const
    {
        return tests::runTaskrunner(QStringList{u"--data-dir"_s, file(u"here"_s), u"--as"_s, who} + arguments,
                                    m_dir->path());
    }
    /// At the other workstation.
    Outcome elsewhere(const QStringList &arguments, const QString &who = u"anna"_s) const
    {
        return tests::runTaskrunner(
            QStringList{u"--data-dir"_s, file(u"elsewhere"_s), u"--as"_s, who} + arguments, m_dir->path());
    }
    QString file(const QString &name) const { return m_dir->filePath(name); }
    QByteArray contentOf(const QString &name) const;
    void write(const QString &name, const QByteArray &bytes) const;
    QString pack(const QString &name, const QByteArray &spec) const;
    /// An owner of the data directory here, which stays until letGo().
    void hold();
    void letGo();
    /// Starts a run that waits at the gate "ask", and exports a request for it.
    void ask(const QByteArray &rules, const QString &request = u"request.json"_s) const;
    /// Changes the trust file of one place.
    void changeTrust(const QString &place, const std::function<void(TrustStore &)> &change) const;
    void trustTheEngine() const;                   ///< Elsewhere.
    void trustApprover(const QString &name) const; ///< Here.
    void sign(const QString &who, const QString &response, const QString &request = u"request.json"_s) const;
    /// A response as somebody with a key can write it, whatever it says.
    void forge(const QString &who, const QString &response, const Change &change) const;
    void tamper(const QString &sql) const;

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<QProcess> m_owner;
};

static QString codeOf(const Outcome &outcome)
{
    const QString code = outcome.firstJson()[u"error"_s][u"code"_s].toString();
    return (QString::number(outcome.exitCode) + u' ' + code).trimmed();
}

void TestCliApprovals::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
}

void TestCliApprovals::cleanup()
{
    if (m_owner)
        letGo();
    m_dir.reset();
}

QByteArray TestCliApprovals::contentOf(const QString &name) const
{
    QFile content(file(name));
    return content.open(QIODevice::ReadOnly) ? content.readAll() : QByteArray();
}

void TestCliApprovals::write(const QString &name, const QByteArray &bytes) const
{
    QFile content(file(name));
    QVERIFY(content.open(QIODevice::WriteOnly));
    QCOMPARE(content.write(bytes), bytes.size());
}

QString TestCliApprovals::pack(const QString &name, const QByteArray &spec) const
{
    QDir().mkpath(file(name));
    write(name + u"/pack.yaml"_s, "apiVersion: stellaops.io/pack.v1\nkind: TaskPack\nmetadata: { name: "
                                      + name.toUtf8() + ", version: 1.0.0 }\nspec:\n" + spec);
    return file(name);
}

void TestCliApprovals::hold()
{
    const QString holding =
        pack(u"holding"_s, "  steps:\n  - id: hold\n    run:\n      uses: builtin:script\n      with:\n"
                           "        shell: bash\n        script: until [ -e '"
                               + file(u"go"_s).toUtf8() + "' ]; do sleep 0.05; done\n");
    m_owner = tests::startTaskrunner(
        {u"--data-dir"_s, file(u"here"_s), u"--as"_s, u"otto"_s, u"run"_s, holding}, m_dir->path());
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file(u"here/link"_s)), 20'000);
}

void TestCliApprovals::letGo()
{
    write(u"go"_s, {});
    QCOMPARE(tests::endOf(*m_owner).exitCode, 0);
    m_owner.reset();
}

void TestCliApprovals::ask(const QByteArray &rules, const QString &request) const
{
    const QString gated =
        pack(u"gated"_s,
             "  approvals: [{ id: people" + rules
                 + " }]\n  steps:\n  - { id: ask, gate: { approval: people, message: 'Look \"twice\"' } "
                   "}\n  - { id: go, run: { uses: 'builtin:exec', with: { command: [echo, gone] } } }\n");
    const Outcome started = here({u"run"_s, gated});
    QVERIFY2(started.exitCode == 3, qPrintable(started.errors));
    const Outcome exported =
        here({u"approvals"_s, u"export"_s, u"last"_s, u"-o"_s, file(request)}, u"otto"_s);
    QVERIFY2(exported.exitCode == 0, qPrintable(exported.errors));
}

void TestCliApprovals::changeTrust(const QString &place,
                                   const std::function<void(TrustStore &)> &change) const
{
    const QString path = file(place + u"/trust.json"_s);
    QDir().mkpath(file(place));
    auto trust = TrustStore::load(path);
    QVERIFY(trust);
    change(*trust);
    QVERIFY(trust->save(path));
}

void TestCliApprovals::trustTheEngine() const
{
    const auto known = *TrustStore::load(file(u"here/trust.json"_s));
    changeTrust(u"elsewhere"_s, [&known](TrustStore &trust) {
        for (const TrustedKey &key : known.keys()) {
            if (key.roles.contains(u"engine"_s))
                trust.add(key);
        }
    });
}

void TestCliApprovals::trustApprover(const QString &name) const
{
    const auto known = *TrustStore::load(file(u"elsewhere/trust.json"_s));
    changeTrust(u"here"_s, [&known, &name](TrustStore &trust) {
        for (const TrustedKey &key : known.keys()) {
            if (key.name == name)
                trust.add(key);
        }
    });
}

void TestCliApprovals::sign(const QString &who, const QString &response, const QString &request) const
{
    const Outcome done = elsewhere({u"approvals"_s, u"sign"_s, file(request), u"--approve"_s, u"--reason"_s,
                                    u"Fine."_s, u"-o"_s, file(response)},
                                   who);
    QVERIFY2(done.exitCode == 0, qPrintable(done.errors));
}

void TestCliApprovals::forge(const QString &who, const QString &response, const Change &change) const
{
    sign(who, response); // Makes the key, too.
    const auto key = SigningKey::load(file(u"elsewhere/keys/operators/%1.pem"_s.arg(who)));
    QVERIFY(key);
    const auto envelope = DsseEnvelope::parse(contentOf(response));
    auto answer = approvalResponseFromJson(*parseJsonObject(envelope->payload));
    QVERIFY(answer);
    change(*answer);
    write(response, signApprovalResponse(*answer, *key)->toJson());
}

void TestCliApprovals::tamper(const QString &sql) const
{
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"tamper"_s);
        database.setDatabaseName(file(u"here/taskrunner.sqlite"_s));
        QVERIFY(database.open());
        QSqlQuery query(database);
        QVERIFY2(query.exec(sql), qPrintable(sql));
        QCOMPARE(query.numRowsAffected(), 1);
    }
    QSqlDatabase::removeDatabase(u"tamper"_s);
}

void TestCliApprovals::decidesElsewhere_data()
{
    QTest::addColumn<bool>("isLinked");
    QTest::addColumn<QString>("verdict");
    QTest::newRow("approve alone") << false << u"approve"_s;
    QTest::newRow("approve beside an owner") << true << u"approve"_s;
    QTest::newRow("reject alone") << false << u"reject"_s;
}

void TestCliApprovals::decidesElsewhere()
{
    QFETCH(bool, isLinked);
    QFETCH(QString, verdict);
    if (isLinked)
        hold();
    ask("");
    const Outcome exported = here({u"approvals"_s, u"export"_s, u"last"_s, u"ask"_s, u"--json"_s});
    QVERIFY2(exported.exitCode == 0, qPrintable(exported.errors));
    const QJsonObject request = exported.firstJson();
    const QString name = request[u"file"_s].toString();
    QCOMPARE(name, u"ask.%1.approval-request.json"_s.arg(request[u"requestId"_s].toString()));
    QCOMPARE(request[u"event"_s].toString(), u"approval-request"_s);
    trustTheEngine();

    const Outcome written =
        elsewhere({u"approvals"_s, u"sign"_s, file(name), u"--"_s + verdict, u"--reason"_s, u"Seen."_s});
    QVERIFY2(written.exitCode == 0, qPrintable(written.errors));
    QVERIFY2(
        written.output.contains(u"\n                trusted here as \"this engine\"\n\nGate \"ask\" of "_s),
        qPrintable(written.output));
    const QString response = u"ask.%1.anna.approval-response.json"_s.arg(request[u"requestId"_s].toString());
    QVERIFY(QFile::exists(file(response)));
    QVERIFY(!QFile::exists(file(u"elsewhere/taskrunner.sqlite"_s))); // It needs no engine.

    QCOMPARE(codeOf(here({u"approvals"_s, u"import"_s, file(response), u"--json"_s})), u"4 untrusted-key"_s);
    trustApprover(u"anna"_s);
    const Outcome imported = here({u"approvals"_s, u"import"_s, file(response)});
    const bool isGood = verdict == u"approve"_s;
    QVERIFY2(imported.exitCode == (isGood ? 0 : 1), qPrintable(imported.output + imported.errors));
    QVERIFY2(imported.output.startsWith(u"Recorded: %1 of gate \"ask\" by anna.\n"_s.arg(verdict)),
             qPrintable(imported.output));
    QCOMPARE(imported.output.contains(u"gone"_s), isGood);

    const QString bundle = file(u"bundle.tar"_s);
    QCOMPARE(here({u"evidence"_s, u"last"_s, u"-o"_s, bundle}).exitCode, 0);
    const Outcome verified = here({u"verify"_s, bundle});
    QVERIFY2(verified.exitCode == 0 && verified.output.startsWith(u"GOOD"_s), qPrintable(verified.output));
    const Outcome checked = here({u"store"_s, u"check"_s});
    QVERIFY2(checked.exitCode == 0, qPrintable(checked.output));
    QCOMPARE(codeOf(here({u"approvals"_s, u"import"_s, file(response), u"--json"_s})),
             u"4 response-replayed"_s);
}

void TestCliApprovals::collectsAQuorum()
{
    ask(", required: 2");
    QCOMPARE(here({u"approvals"_s, u"export"_s, u"last"_s, u"-o"_s, file(u"second.json"_s)}).exitCode, 0);
    trustTheEngine();
    sign(u"anna"_s, u"anna.json"_s);
    sign(u"ben"_s, u"ben.json"_s, u"second.json"_s);
    trustApprover(u"anna"_s);
    trustApprover(u"ben"_s);

    const Outcome first = here({u"approvals"_s, u"import"_s, file(u"ben.json"_s), u"--json"_s});
    QCOMPARE(first.exitCode, 3);
    QCOMPARE(first.firstJson()[u"approver"_s].toString(), u"ben"_s);
    QCOMPARE(here({u"approvals"_s, u"import"_s, file(u"anna.json"_s)}).exitCode, 0);

    QCOMPARE(here({u"evidence"_s, u"last"_s, u"-o"_s, file(u"bundle.tar"_s)}).exitCode, 0);
    const Outcome verified = here({u"verify"_s, file(u"bundle.tar"_s)});
    QVERIFY2(verified.exitCode == 0 && verified.output.startsWith(u"GOOD"_s), qPrintable(verified.output));
}

/// The description of a gate in what a command printed.
static QString gateIn(const QString &output)
{
    const QString end = u"does not run"_s;
    const qsizetype from = output.indexOf(u"Gate \"ask\" of "_s);
    return from < 0 ? QString() : output.mid(from, output.indexOf(end, from) + end.size() - from);
}

void TestCliApprovals::showsWhatAGateShows()
{
    ask(", required: 3, title: 'To production'");
    QCOMPARE(here({u"approve"_s, u"last"_s, u"--reason"_s, u"Mine."_s}, u"carl"_s).exitCode, 3);
    QCOMPARE(here({u"approvals"_s, u"export"_s, u"last"_s, u"-o"_s, file(u"later.json"_s)}).exitCode, 0);
    trustTheEngine();
    const Outcome shown =
        elsewhere({u"approvals"_s, u"sign"_s, file(u"later.json"_s), u"--approve"_s, u"-o"_s, file(u"r"_s)});
    const Outcome live = here({u"approve"_s, u"last"_s}, u"ben"_s);
    QCOMPARE(live.exitCode, 3);
    QVERIFY2(
        gateIn(live.output).contains(u"  Decided       approve by carl: Mine.\n  Quorum        1 of 3\n"_s),
        qPrintable(live.output));
    QCOMPARE(gateIn(shown.output), gateIn(live.output));
}

void TestCliApprovals::asksOnATerminal_data()
{
    QTest::addColumn<QByteArray>("typed");
    QTest::addColumn<int>("exitCode");
    QTest::addColumn<QString>("decision"); ///< Empty: nothing is written.
    QTest::newRow("approve") << "approve\nSeen.\n"_ba << 0 << u"approve Seen."_s;
    QTest::newRow("asked again") << "yes\nreject\nNo.\n"_ba << 0 << u"reject No."_s;
    QTest::newRow("later") << "later\n"_ba << 3 << QString();
    QTest::newRow("no reason where one is needed") << "approve\n\n"_ba << 4 << QString();
    QTest::newRow("gone") << "\4"_ba << 3 << QString(); // Ctrl+D.
}

void TestCliApprovals::asksOnATerminal()
{
    QFETCH(QByteArray, typed);
    QFETCH(int, exitCode);
    QFETCH(QString, decision);
    ask(", requireReason: true");
    trustTheEngine();
    const QString command =
        u"'%1/bin/taskrunner' --data-dir '%2' --as anna approvals sign '%3' -o '%4'"_s.arg(
            QStringLiteral(BINARY_DIR), file(u"elsewhere"_s), file(u"request.json"_s), file(u"r.json"_s));

    QProcess terminal; // script(1) gives the program a terminal.
    terminal.start(u"script"_s, {u"-qec"_s, command, u"/dev/null"_s});
    QVERIFY(terminal.waitForStarted());
    terminal.write(typed);
    terminal.closeWriteChannel();
    const Outcome outcome = tests::endOf(terminal);

    QVERIFY2(outcome.exitCode == exitCode, qPrintable(outcome.output + outcome.errors));
    QVERIFY2(outcome.output.contains(u"Type approve, reject or later: "_s), qPrintable(outcome.output));
    QVERIFY2(gateIn(outcome.output).startsWith(u"Gate \"ask\" of "_s), qPrintable(outcome.output));
    QCOMPARE(QFile::exists(file(u"r.json"_s)), !decision.isEmpty());
    if (decision.isEmpty())
        return;
    const auto envelope = DsseEnvelope::parse(contentOf(u"r.json"_s));
    const auto response = approvalResponseFromJson(*parseJsonObject(envelope->payload));
    QVERIFY(response);
    QCOMPARE(toString(response->statement.verdict) + u' ' + response->statement.reason, decision);
}

void TestCliApprovals::importIsRefused_data()
{
    QTest::addColumn<QByteArray>("rules");
    QTest::addColumn<std::function<void()>>("prepare"); ///< Leaves what is imported in "response.json".
    QTest::addColumn<QString>("code");

    const QString response = u"response.json"_s;
    const auto row = [](const char *tag, const QString &code, std::function<void()> prepare,
                        const QByteArray &rules = ", required: 2") {
        QTest::newRow(tag) << rules << std::move(prepare) << code;
    };
    const auto forged = [this, row, response](const char *tag, const QString &code, const Change &change) {
        row(tag, code, [this, response, change] {
            forge(u"anna"_s, response, change);
            trustApprover(u"anna"_s);
        });
    };
    row("replay", u"4 response-replayed"_s, [this, response] {
        sign(u"anna"_s, response);
        trustApprover(u"anna"_s);
        QCOMPARE(here({u"approvals"_s, u"import"_s, file(response)}).exitCode, 3);
    });
    row("request used by another", u"4 request-used"_s, [this, response] {
        sign(u"ben"_s, u"ben.json"_s);
        sign(u"anna"_s, response);
        trustApprover(u"anna"_s);
        trustApprover(u"ben"_s);
        QCOMPARE(here({u"approvals"_s, u"import"_s, file(u"ben.json"_s)}).exitCode, 3);
    });
    row("decided already", u"4 already-decided"_s, [this, response] {
        QCOMPARE(here({u"approve"_s, u"last"_s}, u"anna"_s).exitCode, 3);
        sign(u"anna"_s, response);
        trustApprover(u"anna"_s);
    });
    const QString other = u"01KG0000000000000000000007"_s;
    const QString digest = u"sha256:"_s + QString(64, u'0');
    forged("another run", u"4 request-mismatch"_s,
           [other](ApprovalResponse &it) { it.statement.run = {u"run_"_s + other}; });
    forged("another gate", u"4 request-mismatch"_s,
           [](ApprovalResponse &it) { it.statement.path = u"go"_s; });
    forged("another revision", u"4 request-mismatch"_s,
           [](ApprovalResponse &it) { it.statement.revision = 2; });
    forged("another plan", u"4 request-mismatch"_s,
           [digest](ApprovalResponse &it) { it.statement.planHash = digest; });
    forged("another nonce", u"4 request-mismatch"_s,
           [](ApprovalResponse &it) { it.nonce = QString(32, u'0'); });
    forged("another request's digest", u"4 request-mismatch"_s,
           [digest](ApprovalResponse &it) { it.requestDigest = digest; });
    forged("unknown request", u"4 request-unknown"_s,
           [other](ApprovalResponse &it) { it.requestId = other; });
    forged("another engine", u"4 wrong-engine"_s,
           [](ApprovalResponse &it) { it.audience = QString(64, u'0'); });
    forged("expired", u"4 response-expired"_s,
           [](ApprovalResponse &it) { it.expiresAt = it.statement.decidedAt; });
    forged("something else shown", u"4 gate-revision-mismatch"_s,
           [digest](ApprovalResponse &it) { it.statement.shownDigest = digest; });
    forged("in somebody's name", u"4 untrusted-key"_s,
           [](ApprovalResponse &it) { it.statement.approver = u"ben"_s; });
    row("stranger", u"4 untrusted-key"_s, [this, response] { sign(u"anna"_s, response); });
    row("revoked key", u"4 revoked-key"_s, [this, response] {
        sign(u"anna"_s, response);
        trustApprover(u"anna"_s);
        changeTrust(u"here"_s, [](TrustStore &trust) {
            TrustedKey key = *std::ranges::find(trust.keys(), u"anna"_s, &TrustedKey::name);
            key.revokedAt = *parseIso(u"2026-01-31T09:05:00.000Z"_s);
            trust.add(key);
        });
    });
    row(
        "not an approver", u"4 not-an-approver"_s,
        [this, response] {
            forge(u"ben"_s, response, [](ApprovalResponse &it) { it.statement.approver = u"ben"_s; });
            trustApprover(u"ben"_s);
        },
        ", approvers: ['role:security']");
    row("the submitter", u"4 self-approval"_s, [this, response] {
        // Nobody helps to sign it: anna's answer in the submitter's name, whose key is made for another gate.
        forge(u"anna"_s, response, [](ApprovalResponse &it) { it.statement.approver = u"olga"_s; });
        trustApprover(u"anna"_s);
        changeTrust(u"here"_s, [](TrustStore &trust) {
            TrustedKey key = *std::ranges::find(trust.keys(), u"anna"_s, &TrustedKey::name);
            key.name = u"olga"_s;
            trust.add(key);
        });
    });
    row("gate closed, run over", u"4 conflict"_s, [this, response] {
        sign(u"anna"_s, response);
        trustApprover(u"anna"_s);
        QCOMPARE(here({u"reject"_s, u"last"_s}, u"ben"_s).exitCode, 1);
    });
    row("stale plan", u"4 plan-hash-mismatch"_s, [this, response] {
        sign(u"anna"_s, response);
        trustApprover(u"anna"_s);
        tamper(u"UPDATE pack_runs SET plan = CAST('{}' AS BLOB) WHERE packName = 'gated'"_s);
    });
    row("stale journal", u"4 stale-journal"_s, [this, response] {
        sign(u"anna"_s, response);
        trustApprover(u"anna"_s);
        tamper(u"UPDATE pack_run_approval_requests SET journalHash = '%1'"_s.arg(QString(64, u'0')));
    });
    row("malformed", u"2 invalid-input"_s, [this, response] { write(response, "{\"payload\":1}"); });
    row("two signatures", u"2 invalid-input"_s, [this, response] {
        sign(u"anna"_s, response);
        trustApprover(u"anna"_s);
        auto envelope = *DsseEnvelope::parse(contentOf(response));
        envelope.signatures += envelope.signatures.first();
        write(response, envelope.toJson());
    });
    row("no file", u"2 not-found"_s, [] {});
}

void TestCliApprovals::importIsRefused()
{
    QFETCH(QByteArray, rules);
    QFETCH(std::function<void()>, prepare);
    QFETCH(QString, code);
    hold(); // So that the engine goes on while its files are changed, and answers quickly.
    ask(rules);
    trustTheEngine();
    prepare();

    const Outcome refused = here({u"approvals"_s, u"import"_s, file(u"response.json"_s), u"--json"_s});

    QCOMPARE(codeOf(refused), code);
    QVERIFY(!refused.firstJson()[u"error"_s][u"message"_s].toString().isEmpty());
}

void TestCliApprovals::signingIsRefused_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<std::function<void()>>("prepare");
    QTest::addColumn<QString>("who");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("message");

    const auto row = [](const char *tag, const QString &code, const QString &message,
                        const QStringList &arguments, const QString &who = u"anna"_s,
                        std::function<void()> prepare = {}) {
        QTest::newRow(tag) << arguments << std::move(prepare) << who << code << message;
    };
    const QString asking = u"the request is signed by the engine key ENGINE, "_s;
    row("unknown engine", u"4 untrusted-key"_s,
        asking
            + u"which is not in the trust file here; if the engine itself shows this fingerprint, say so with --engine-key"_s,
        {u"--approve"_s, u"--reason"_s, u"a"_s}, u"anna"_s,
        [this] { QVERIFY(QFile::remove(file(u"elsewhere/trust.json"_s))); });
    row("another fingerprint", u"4 untrusted-key"_s, asking + u"not by "_s + QString(64, u'0'),
        {u"--approve"_s, u"--engine-key"_s, QString(64, u'0')});
    row("no fingerprint", u"2 invalid-input"_s, u"\"7\" is not a fingerprint of 64 hex digits"_s,
        {u"--approve"_s, u"--engine-key"_s, u"7"_s});
    const auto revoke = [this] {
        changeTrust(u"elsewhere"_s, [](TrustStore &trust) {
            TrustedKey key = trust.keys().first();
            key.revokedAt = *parseIso(u"2026-01-31T09:05:00.000Z"_s);
            key.reason = u"stolen"_s;
            trust.add(key);
        });
    };
    const QString revoked = asking + u"which was revoked at 2026-01-31T09:05:00.000Z: stolen"_s;
    row("revoked engine", u"4 revoked-key"_s, revoked, {u"--approve"_s}, u"anna"_s, revoke);
    row("revoked engine, compared", u"4 revoked-key"_s, revoked,
        {u"--approve"_s, u"--engine-key"_s, u"ENGINE"_s}, u"anna"_s, revoke);
    row("nobody to ask", u"2 invalid-input"_s, u"nobody is there to ask: say --approve or --reject"_s, {});
    row("no reason", u"4 reason-required"_s, u"this gate asks for a reason"_s, {u"--approve"_s});
    row("own run", u"4 self-approval"_s, u"\"olga\" submitted the run and may not decide on it"_s,
        {u"--approve"_s, u"--reason"_s, u"a"_s}, u"olga"_s);
    row("not asked", u"4 not-an-approver"_s, u"\"ben\" may not decide here; asked are user:anna, user:olga"_s,
        {u"--reject"_s, u"--reason"_s, u"a"_s}, u"ben"_s);
    const auto change = [this](const QByteArray &from, const QByteArray &to) {
        auto envelope = *DsseEnvelope::parse(contentOf(u"request.json"_s));
        QVERIFY(envelope.payload.contains(from));
        envelope.payload.replace(from, to);
        write(u"request.json"_s, envelope.toJson());
    };
    row("request changed", u"4 untrusted-key"_s,
        u"the request is forged: its signature is not by the engine's key that it names"_s, {u"--approve"_s},
        u"anna"_s, [change] { change("twice", "never"); });
    row("no request", u"2 invalid-input"_s, {}, {u"--approve"_s}, u"anna"_s,
        [this] { write(u"request.json"_s, "{}"); });
    row("no file", u"2 not-found"_s, {}, {u"--approve"_s}, u"anna"_s,
        [this] { QVERIFY(QFile::remove(file(u"request.json"_s))); });
}

void TestCliApprovals::signingIsRefused()
{
    QFETCH(QStringList, arguments);
    QFETCH(std::function<void()>, prepare);
    QFETCH(QString, who);
    QFETCH(QString, code);
    QFETCH(QString, message);
    ask(", requireReason: true, approvers: ['user:anna', 'user:olga']");
    trustTheEngine();
    const QString engine = TrustStore::load(file(u"elsewhere/trust.json"_s))->keys().first().key.keyId();
    if (prepare)
        prepare();
    arguments.replaceInStrings(u"ENGINE"_s, engine);
    const QStringList command{u"approvals"_s, u"sign"_s, file(u"request.json"_s),
                              u"--json"_s,    u"-o"_s,   file(u"response.json"_s)};

    const Outcome refused = elsewhere(command + arguments, who);

    QCOMPARE(codeOf(refused), code);
    if (!message.isEmpty())
        QCOMPARE(refused.firstJson()[u"error"_s][u"message"_s].toString(),
                 message.replace(u"ENGINE"_s, engine));
    QVERIFY(!QFile::exists(file(u"response.json"_s)));

    if (QString::fromLatin1(QTest::currentDataTag()) != u"unknown engine"_s)
        return;
    const QStringList compared{u"--engine-key"_s, engine.toUpper().insert(2, u':')};
    const Outcome written = elsewhere(command + arguments + compared, who);
    QVERIFY2(written.exitCode == 0, qPrintable(written.output));
    QCOMPARE(written.firstJson()[u"decision"_s].toString(), u"approve"_s);
}

void TestCliApprovals::exportIsRefused()
{
    ask("");
    const auto code = [this](const QString &gate) {
        return codeOf(here({u"approvals"_s, u"export"_s, u"last"_s, gate, u"--json"_s}));
    };
    QCOMPARE(code(u"door"_s), u"2 not-found"_s);
    QCOMPARE(here({u"reject"_s, u"last"_s}, u"anna"_s).exitCode, 1);
    QCOMPARE(code(u"ask"_s), u"4 conflict"_s); // The run is over.
}

QTEST_GUILESS_MAIN(TestCliApprovals)
#include "tst_cli_approvals.moc"
