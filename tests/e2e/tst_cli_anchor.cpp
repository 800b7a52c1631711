#include "engine/evidence/trust.h"
#include "tests/support/taskrunner_program.h"
#include "tests/support/test_log_server.h"
#include "tests/support/test_timestamper.h"

#include <QJsonArray>
#include <QtTest>

using namespace Qt::StringLiterals;
using test::TestLog;
using tests::Outcome;

/// Witnesses to evidence through the real program: a log and a timestamp authority that live in this test.
class TestCliAnchor : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void anchorsByHand_data();
    void anchorsByHand();
    void aRunNeitherWaitsNorFails();
    void asksWhenTheNextCommandRuns();
    void refuses_data();
    void refuses();

private:
    Outcome run(const QStringList &arguments, const QString &log = {}, const QString &authority = {}) const;
    QString file(const QString &name) const { return m_dir->filePath(name); }
    void trust(const engine::PublicKey &key, const QString &name, const QString &role) const;
    QString stateOf(const Outcome &outcome, int kind = 0) const
    {
        return outcome.json()[u"anchors"_s][kind][u"state"_s].toString();
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<TestLog> m_log;
    std::unique_ptr<TestLogServer> m_logServer;
    test::TestTimestamper m_stamper;
    std::unique_ptr<TestHttpServer> m_stampServer;
};

void TestCliAnchor::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_log = std::make_unique<TestLog>(u"log.example"_s, *engine::SigningKey::generate(), TestLog::First);
    m_logServer = std::make_unique<TestLogServer>(*m_log);
    m_stampServer = std::make_unique<TestHttpServer>();
    m_stampServer->answer = [this](const auto &request) { // While its certificate is valid.
        return TestHttpServer::ok(
            m_stamper.answer(request.body, *engine::parseIso(u"2026-02-01T12:00:00.000Z"_s)));
    };
    QVERIFY(QDir().mkpath(file(u"pack"_s)));
    QFile manifest(file(u"pack/pack.yaml"_s));
    QVERIFY(manifest.open(QIODevice::WriteOnly));
    manifest.write("apiVersion: stellaops.io/pack.v1\nkind: TaskPack\n"
                   "metadata: { name: proven, version: 1.0.0 }\nspec:\n  steps:\n"
                   "  - id: print\n    run: { uses: 'builtin:exec', with: { command: [echo, hello] } }\n");
}

void TestCliAnchor::cleanup()
{
    m_logServer.reset();
    m_stampServer.reset();
    m_dir.reset();
}

/// The servers of the test live in this thread, so they go on while the program runs.
Outcome TestCliAnchor::run(const QStringList &arguments, const QString &log, const QString &authority) const
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"TASKRUNNER_REKOR"_s, log);
    environment.insert(u"TASKRUNNER_TIMESTAMP_AUTHORITY"_s, authority);
    return tests::runTaskrunner(QStringList{u"--data-dir"_s, file(u"data"_s)} + arguments, m_dir->path(),
                                environment);
}

void TestCliAnchor::trust(const engine::PublicKey &key, const QString &name, const QString &role) const
{
    auto store = engine::TrustStore::load(file(u"data/trust.json"_s));
    QVERIFY(store);
    store->add({key, name, {role}, {}, {}, {}, {}});
    QVERIFY(store->save(file(u"data/trust.json"_s)));
}

void TestCliAnchor::anchorsByHand_data()
{
    QTest::addColumn<bool>("byOption");
    QTest::newRow("option, second generation") << true;
    QTest::newRow("environment, first generation") << false;
}

void TestCliAnchor::anchorsByHand()
{
    QFETCH(bool, byOption);
    QCOMPARE(run({u"run"_s, u"pack"_s}).exitCode, 0);
    QCOMPARE(run({u"evidence"_s, u"status"_s, u"last"_s}).output,
             u"transparency-log: deferred: none is configured\n"
             u"timestamp-authority: deferred: none is configured\n"_s);
    QCOMPARE(m_logServer->http.connections(), 0); // Off by default.

    if (byOption) {
        m_logServer.reset();
        m_log = std::make_unique<TestLog>(u"log.example"_s, *engine::SigningKey::generate(), TestLog::Second);
        m_logServer = std::make_unique<TestLogServer>(*m_log);
    }
    const QStringList anchor{u"evidence"_s, u"anchor"_s, u"last"_s};
    const QStringList options{u"--rekor"_s, m_logServer->url(),         u"--rekor-version"_s,
                              u"2"_s,       u"--timestamp-authority"_s, m_stampServer->url()};
    const auto anchored = [&] {
        return byOption ? run(options + anchor) : run(anchor, m_logServer->url(), m_stampServer->url());
    };
    const Outcome strange = anchored();
    QVERIFY2(strange.exitCode == 0, qPrintable(strange.output + strange.errors));
    QVERIFY2(strange.output.startsWith(u"transparency-log: anchored: the log \"log.example"_s)
                 && strange.output.endsWith(
                     u"timestamp-authority: anchored: its authority is not in the trust file\n"_s),
             qPrintable(strange.output));

    trust(m_log->key.publicKey(), u"log.example"_s, u"transparency-log"_s);
    trust(m_stamper.publicKey(), u"stamper"_s, u"timestamp-authority"_s);
    const Outcome known = anchored();
    QCOMPARE(known.exitCode, 0);
    const Outcome status = run({u"--json"_s, u"evidence"_s, u"status"_s, u"last"_s});
    QCOMPARE(stateOf(status, 0), u"verified"_s);
    QCOMPARE(stateOf(status, 1), u"verified"_s);
    QCOMPARE(status.json()[u"anchors"_s][0][u"service"_s].toString(), m_logServer->http.place());
    QCOMPARE(m_logServer->http.requests().size(), 1); // It was only judged again.

    QCOMPARE(run({u"evidence"_s, u"last"_s, u"-o"_s, file(u"e.tar"_s)}).exitCode, 0);
    const Outcome verified = run({u"verify"_s, file(u"e.tar"_s)});
    QVERIFY2(verified.exitCode == 0, qPrintable(verified.output));
    QVERIFY2(verified.output.contains(u"2026-02-01T12:00:00.000Z by \"stamper\""_s)
                 && verified.output.contains(u" of \"log.example\""_s),
             qPrintable(verified.output));
}

void TestCliAnchor::aRunNeitherWaitsNorFails()
{
    const QString nobody = m_logServer->url();
    m_logServer->http.close();
    QCOMPARE(run({u"run"_s, u"pack"_s}, nobody).exitCode, 0);
    const Outcome status = run({u"--json"_s, u"evidence"_s, u"status"_s, u"last"_s});
    QCOMPARE(stateOf(status), u"pending"_s);
    const Outcome byHand = run({u"evidence"_s, u"anchor"_s, u"last"_s}, nobody);
    QCOMPARE(byHand.exitCode, 3);
    QVERIFY2(byHand.output.startsWith(
                 u"transparency-log: pending: the transparency log cannot be asked: cannot connect to "_s),
             qPrintable(byHand.output));
    QVERIFY2(byHand.output.contains(u"; asked again at "_s), qPrintable(byHand.output));
    QCOMPARE(run({u"evidence"_s, u"last"_s, u"-o"_s, file(u"e.tar"_s)}).exitCode, 0);
    QCOMPARE(run({u"verify"_s, file(u"e.tar"_s)}).exitCode, 0);
}

void TestCliAnchor::asksWhenTheNextCommandRuns()
{
    m_logServer->mode = TestLogServer::Mode::IsSilent; // The command ends before the answer.
    QCOMPARE(run({u"run"_s, u"pack"_s}, m_logServer->url()).exitCode, 0);
    const QString first =
        run({u"--json"_s, u"evidence"_s, u"status"_s, u"last"_s}).json()[u"runId"_s].toString();
    m_logServer->mode = TestLogServer::Mode::Works;
    QFile manifest(file(u"pack/pack.yaml"_s));
    QVERIFY(manifest.open(QIODevice::ReadWrite));
    const QByteArray text = manifest.readAll().replace("[echo, hello]", "[sleep, '600']");
    manifest.resize(0);
    manifest.seek(0);
    manifest.write(text);
    manifest.close();
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"TASKRUNNER_REKOR"_s, m_logServer->url());
    const auto second = tests::startTaskrunner({u"--data-dir"_s, file(u"data"_s), u"run"_s, u"pack"_s},
                                               m_dir->path(), environment);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(run({u"--json"_s, u"evidence"_s, u"status"_s, first})), u"anchored"_s,
                              60'000);
    second->terminate();
    tests::endOf(*second);
}

void TestCliAnchor::refuses_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("exitCode");
    QTest::addColumn<QString>("error");

    QTest::newRow("nobody to ask")
        << QStringList{u"evidence"_s, u"anchor"_s, u"last"_s} << 4
        << u"no transparency log and no timestamp authority is configured; name one with --rekor or "
           u"--timestamp-authority, or in TASKRUNNER_REKOR or TASKRUNNER_TIMESTAMP_AUTHORITY"_s;
    QTest::newRow("no address") << QStringList{u"--rekor"_s, u"rekor"_s, u"evidence"_s, u"anchor"_s,
                                               u"last"_s}
                                << 2
                                << u"the transparency log: \"rekor\" is not an address of http or https"_s;
    QTest::newRow("no version") << QStringList{u"--rekor-version"_s, u"3"_s, u"evidence"_s, u"status"_s,
                                               u"last"_s}
                                << 2 << u"--rekor-version: 3 not in {1,2}"_s;
    QTest::newRow("no authority") << QStringList{
        u"--timestamp-authority"_s, u"ftp://a"_s, u"run"_s,
        u"pack"_s} << 2 << u"the timestamp authority: \"ftp://a\" is not an address of http or https"_s;
    QTest::newRow("no run") << QStringList{u"evidence"_s} << 2 << u"run is required"_s;
    QTest::newRow("two runs") << QStringList{u"evidence"_s, u"status"_s, u"last"_s, u"run_2"_s} << 2
                              << u"The following argument was not expected: run_2"_s;
    QTest::newRow("no run to anchor") << QStringList{u"evidence"_s, u"anchor"_s} << 2 << u"run is required"_s;
}

void TestCliAnchor::refuses()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, exitCode);
    QFETCH(QString, error);
    QCOMPARE(run({u"run"_s, u"pack"_s}).exitCode, 0);
    const Outcome outcome = run(arguments);
    QVERIFY2(outcome.errors.contains(error), qPrintable(outcome.errors));
    QCOMPARE(outcome.exitCode, exitCode);
}

QTEST_GUILESS_MAIN(TestCliAnchor)
#include "tst_cli_anchor.moc"
