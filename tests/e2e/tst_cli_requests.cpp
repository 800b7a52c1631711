#include "tests/support/taskrunner_program.h"
#include "tests/support/test_http_server.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

using namespace Qt::StringLiterals;
using tests::Outcome;

/// Requests and policies of a server through the real program, up to the evidence.
class TestCliRequests : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void asksAndProves_data();
    void asksAndProves();
    void provesADenial();
    void needsAPolicyServer();
    void refusesAWrongAddress();

private:
    Outcome run(const QStringList &arguments, const QString &policyServer = {}) const;
    QString file(const QString &name) const { return m_dir->filePath(name); }
    void proves(const QByteArray &member);

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<TestHttpServer> m_server;
};

void TestCliRequests::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_server = std::make_unique<TestHttpServer>();
    m_server->answer = [](const TestHttpServer::Request &request) {
        if (request.target == "/v1/data/packs/release")
            return TestHttpServer::json(R"({"result":{"allow":true,"denials":[]}})");
        return TestHttpServer::chunked({R"({"ticket":)", R"("T-1"})"});
    };
    QVERIFY(QDir().mkpath(file(u"pack"_s)));
    QFile manifest(file(u"pack/pack.yaml"_s));
    QVERIFY(manifest.open(QIODevice::WriteOnly));
    const QByteArray port = QByteArray::number(m_server->serverPort());
    manifest.write(
        "apiVersion: stellaops.io/pack.v1\nkind: TaskPack\nmetadata: { name: asking, version: 1.0.0 }\n"
        "spec:\n  sandbox: { egress: [{ host: 127.0.0.1, port: "
        + port
        + " }] }\n  policies: [{ id: release, engine: opa, path: packs/release }]\n  steps:\n"
          "  - id: ask\n    run:\n      uses: builtin:http\n      with: { method: POST, url: "
          "'http://127.0.0.1:"
        + port
        + "/tickets?key=hush', body: { open: true }, expectStatus: 200 }\n"
          "  - id: gate\n    gate: { policy: release, input: { ticket: '{{ "
          "fromJson(steps.ask.outputs.body).ticket }}' } }\n"
          "  - id: print\n    run: { uses: 'builtin:exec', with: { command: [echo, 'open:', '{{ "
          "fromJson(steps.ask.outputs.body).ticket }}'] } }\n"
          "  outputs:\n  - { name: answer, file: \"{{ steps.ask.artifacts['response'] }}\" }\n");
}

void TestCliRequests::cleanup()
{
    m_server.reset();
    m_dir.reset();
}

/// The server of the test lives in this thread, so it goes on while the program runs.
Outcome TestCliRequests::run(const QStringList &arguments, const QString &policyServer) const
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"http_proxy"_s, u"http://127.0.0.1:1"_s); // Nobody asks it.
    environment.insert(u"TASKRUNNER_POLICY_SERVER"_s, policyServer);
    return tests::runTaskrunner(QStringList{u"--data-dir"_s, file(u"data"_s)} + arguments, m_dir->path(),
                                environment);
}

/// The last run's evidence is good and holds this text.
void TestCliRequests::proves(const QByteArray &member)
{
    const QString bundle = file(u"e.tar"_s);
    QCOMPARE(run({u"evidence"_s, u"last"_s, u"-o"_s, bundle}).exitCode, 0);
    const Outcome verified = run({u"verify"_s, bundle});
    QVERIFY2(verified.exitCode == 0 && verified.output.startsWith(u"GOOD"_s), qPrintable(verified.output));
    QFile tar(bundle);
    QVERIFY(tar.open(QIODevice::ReadOnly));
    const QByteArray bytes = tar.readAll();
    QVERIFY2(bytes.contains(member), member.constData());
    const QByteArray argv =
        "[\"builtin:http\",\"POST\",\"http://" + m_server->place().toLatin1() + "/tickets?...\"]";
    QVERIFY2(bytes.contains(argv), argv.constData());
    QVERIFY(bytes.contains("{\"ticket\":\"T-1\"}")); // The artifact.
}

void TestCliRequests::asksAndProves_data()
{
    QTest::addColumn<bool>("byOption");

    QTest::newRow("option") << true;
    QTest::newRow("environment") << false;
}

void TestCliRequests::asksAndProves()
{
    QFETCH(bool, byOption);
    const QStringList option =
        byOption ? QStringList{u"--policy-server"_s, m_server->url(u""_s)} : QStringList();

    const Outcome outcome =
        run(option + QStringList{u"run"_s, u"pack"_s}, byOption ? u"http://127.0.0.1:1"_s : m_server->url());

    QVERIFY2(outcome.exitCode == 0, qPrintable(outcome.output + outcome.errors));
    QCOMPARE(m_server->requests().size(), 2);
    QCOMPARE(m_server->requests().first().body, QByteArray(R"({"open":true})"));
    const QJsonObject question = QJsonDocument::fromJson(m_server->requests().last().body).object();
    QCOMPARE(question[u"input"_s][u"input"_s][u"ticket"_s].toString(), u"T-1"_s);
    QCOMPARE(question[u"input"_s][u"plan"_s][u"pack"_s][u"name"_s].toString(), u"asking"_s);
    const Outcome log = run({u"logs"_s, u"last"_s});
    QVERIFY2(log.output.contains(u"open: T-1"_s), qPrintable(log.output));
    QVERIFY2(!log.output.contains(u"hush"_s), qPrintable(log.output));
    QCOMPARE(run({u"artifacts"_s, u"last"_s, u"--save"_s, u"response"_s}).exitCode, 0);
    QFile saved(file(u"response"_s));
    QVERIFY(saved.open(QIODevice::ReadOnly));
    QCOMPARE(saved.readAll(), QByteArray(R"({"ticket":"T-1"})"));
    proves(R"("allow":true,"decidedAt")");
}

void TestCliRequests::provesADenial()
{
    m_server->answer = [ok = m_server->answer](const TestHttpServer::Request &request) {
        return request.target == "/v1/data/packs/release" ? TestHttpServer::json(
                   R"({"result":{"allow":false,"denials":[{"id":"frozen","message":"Not today."}]}})")
                                                          : ok(request);
    };
    const Outcome outcome = run({u"run"_s, u"pack"_s}, m_server->url());
    QCOMPARE(outcome.exitCode, 1);
    QVERIFY2(outcome.output.contains(u"denied by policy release: frozen: Not today."_s),
             qPrintable(outcome.output));
    proves(
        R"("denials":[{"id":"frozen","message":"Not today."}],"gate":"gate","input":{"ticket":"T-1"},"policy":"release")");
}

void TestCliRequests::needsAPolicyServer()
{
    const Outcome outcome = run({u"run"_s, u"pack"_s});
    QCOMPARE(outcome.exitCode, 4);
    QCOMPARE(outcome.errors,
             u"a policy server decides policy \"release\", and none is configured; name one with "
             u"--policy-server or in TASKRUNNER_POLICY_SERVER\n"_s);
    QCOMPARE(m_server->connections(), 0);
}

void TestCliRequests::refusesAWrongAddress()
{
    const Outcome outcome = run({u"--policy-server"_s, u"localhost:8181"_s, u"run"_s, u"pack"_s});
    QCOMPARE(outcome.exitCode, 2);
    QCOMPARE(outcome.errors,
             u"the policy server: \"localhost:8181\" is not an address of http or https; expected one "
             u"such as https://example.org/path\n"_s);
    QCOMPARE(run({u"--policy-server"_s, u"localhost:8181"_s, u"runs"_s}).exitCode, 0); // It only reads.
}

QTEST_GUILESS_MAIN(TestCliRequests)
#include "tst_cli_requests.moc"
