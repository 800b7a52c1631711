#include "engine/base/json.h"
#include "tests/run/scheduler_fixture.h"
#include "tests/support/test_certificate.h"
#include "tests/support/test_http_server.h"

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using engine::RunId;

/// Steps of builtin:http in whole runs, against a real server.
class TestRequests : public SchedulerFixture
{
    Q_OBJECT
private Q_SLOTS:
    void sendsARequest();
    void passesValuesOn();
    void failsByItsStatus();
    void fails_data();
    void fails();
    void failsWhereNobodyListens();
    void failsByTls();
    void failsUnsent_data();
    void failsUnsent();
    void timesOut();
    void triesAgain();
    void knowsNoExitCodes();
    void isCancelledAtOnce();
    void isCancelledByItsSiblings();
    void takesNoPlaceOfAProcess();
    void holdsTheLimitOfRequests();
    void holdsToTheEgressList();
    void isInterruptedByACrash();
    void isSentAgainWhereItMay();
    void isSentWhereItWasOnlyIntended();
    void endsWithTheEngine();

private:
    using Server = TestHttpServer;
    void prepare() override;
    RunId startAsking(const QByteArray &more = {}, const QByteArray &path = "/")
    {
        return start("  steps:\n" + ask("a", more, path));
    }
    /// A step of a list that sends a request; with: more members of it; run: of the step's run.
    QByteArray ask(const char *id, const QByteArray &with = {}, const QByteArray &path = "/",
                   const QByteArray &run = {}) const
    {
        return QByteArray("  - { id: ") + id + ", run: { uses: 'builtin:http', with: { url: '"
               + m_server->url(QString::fromLatin1(path)).toLatin1() + "'" + with + " }" + run + " } }\n";
    }

    std::unique_ptr<TestHttpServer> m_server;
};

void TestRequests::prepare()
{
    m_server = std::make_unique<TestHttpServer>();
    m_server->answer = [](const auto &) { return Server::ok("hello"); };
}

void TestRequests::sendsARequest()
{
    const RunId run =
        startAsking(", method: POST, headers: { X-A: b }, body: { a: '{{ 1 + 1 }}' }", "/x?token=secret");
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);

    QStringList types;
    const auto events = *m_reader->events(run);
    for (const engine::RunEvent &event : events)
        types +=
            (event.type + u' ' + event.stepPath + u' ' + event.data.value(u"state"_s).toString()).trimmed();
    QCOMPARE(types,
             (QStringList{u"run-created"_s, u"attempt-intent a"_s, u"step-state a running"_s,
                          u"run-state  running"_s, u"attempt-started a"_s, u"artifact-stored a"_s,
                          u"attempt-finished a"_s, u"step-state a succeeded"_s, u"run-state  succeeded"_s}));
    QVERIFY(engine::checkChain(events));
    QCOMPARE(engine::canonicalJsonOf(events[1].data), R"({"argv":["builtin:http","POST","http://)"
                                                          + m_server->place().toLatin1()
                                                          + R"(/x?..."],"attempt":1})");
    QCOMPARE(engine::canonicalJsonOf(events[4].data), R"({"attempt":1})");
    QCOMPARE(engine::canonicalJsonOf(events[6].data), R"({"attempt":1})");

    QCOMPARE(m_server->requests().size(), 1);
    QCOMPARE(
        m_server->requests().first().bytes,
        "POST /x?token=secret HTTP/1.1\r\nHost: " + m_server->place().toLatin1()
            + "\r\nX-A: b\r\nContent-Type: application/json\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
              "User-Agent: TaskRunner\r\nContent-Length: 7\r\nConnection: close\r\n\r\n{\"a\":2}");
    const engine::AttemptRecord attempt = m_reader->attempts(run)->first();
    QVERIFY(attempt.startedAt && attempt.finishedAt);
    QVERIFY(attempt.pid == 0 && !attempt.exitCode && !attempt.signal && !attempt.usage);
    QCOMPARE(logOf(run), (QStringList{u"info a: POST http://%1/x?..."_s.arg(m_server->place()),
                                      u"info a: status 200, 5 bytes in 0 ms"_s}));
    const engine::StepRecord step = m_reader->steps(run)->first();
    QCOMPARE(engine::canonicalJsonOf(step.outputs),
             R"({"body":"hello","headers":{"content-length":"5","content-type":"text/plain"},"status":200})");
    const engine::Artifact artifact = m_reader->artifacts(run)->first();
    QCOMPARE(artifact.name, u"response"_s);
    QCOMPARE(artifact.sizeBytes, 5);
    QCOMPARE(m_launcher->calls, QStringList());
}

void TestRequests::passesValuesOn()
{
    m_server->answer = [](const auto &) { return Server::json(R"({"n":41})"); };
    const RunId run = start("  steps:\n" + ask("a")
                            + "  - { id: b, run: { uses: 'builtin:exec', with: { command: [echo, "
                              "'{{ fromJson(steps.a.outputs.body).n + 1 }}', '{{ steps.a.outputs.status }}', "
                              "\"{{ steps.a.outputs.headers['content-type'] }}\", "
                              "\"{{ steps.a.artifacts['response'].size }}\"] } } }\n");
    QTRY_COMPARE(m_launcher->running(), QStringList{u"b"_s});
    QCOMPARE(m_launcher->specs.first().argv,
             (QStringList{u"echo"_s, u"42"_s, u"200"_s, u"application/json"_s, u"8"_s}));
    m_launcher->finish(u"b"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
}

void TestRequests::failsByItsStatus()
{
    m_server->answer = [](const auto &) { return Server::status("404 Not Found", "no"); };
    const RunId run = startAsking();
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(reasonOf(run), u"step a: unexpected status 404 Not Found; expected 200 to 299"_s);
    QCOMPARE(m_reader->steps(run)->first().outputs.value(u"status"_s).toInt(), 404);
    QCOMPARE(m_reader->artifacts(run)->first().sizeBytes, 2);
    QCOMPARE(logOf(run), (QStringList{u"info a: GET http://%1/"_s.arg(m_server->place()),
                                      u"info a: status 404, 2 bytes in 0 ms"_s,
                                      u"error a: unexpected status 404 Not Found; expected 200 to 299"_s}));

    const RunId expected = startAsking(", expectStatus: [404]");
    QTRY_COMPARE(stateOf(expected), u"succeeded"_s);
}

void TestRequests::fails_data()
{
    QTest::addColumn<Server::Answer>("answer");
    QTest::addColumn<QString>("reason");

    QTest::newRow("closed") << Server::nothing() << u"%1 closed the connection without an answer"_s;
    QTest::newRow("closed in the middle") << Server::Answer{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"}
                                          << u"the answer of %1 was cut off after 3 bytes of its body"_s;
    QTest::newRow("no HTTP") << Server::Answer{"hello\n"}
                             << u"the answer of %1 is not HTTP/1.1: it begins with \"hello\""_s;
    QTest::newRow("too large") << Server::Answer{"HTTP/1.1 200 OK\r\nContent-Length: 16777217\r\n\r\n"}
                               << u"the answer of %1 has a body of more than 16777216 bytes"_s;
    QTest::newRow("redirect") << Server::redirect(u"http://127.0.0.1:1/"_s)
                              << u"unexpected status 302 Found; expected 200 to 299"_s;
}

void TestRequests::fails()
{
    QFETCH(Server::Answer, answer);
    QFETCH(QString, reason);
    m_server->answer = [&answer](const auto &) { return answer; };

    const RunId run = startAsking();

    QTRY_COMPARE(stateOf(run), u"failed"_s);
    const QString expected = reason.contains(u"%1"_s) ? reason.arg(m_server->place()) : reason;
    QCOMPARE(reasonOf(run), u"step a: "_s + expected);
    QCOMPARE(m_server->requests().size(), 1);
    const engine::AttemptRecord attempt = m_reader->attempts(run)->first();
    QVERIFY(attempt.startedAt && attempt.finishedAt && !attempt.exitCode);
}

void TestRequests::failsWhereNobodyListens()
{
    const QByteArray spec = "  steps:\n" + ask("a");
    m_server->close();
    const RunId run = start(spec);
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    const QString place = QString::fromLatin1(spec).section(u"http://"_s, 1).section(u'/', 0, 0);
    QCOMPARE(reasonOf(run), u"step a: cannot connect to %1: Connection refused"_s.arg(place));
}

void TestRequests::failsByTls()
{
    const TestCertificate certificate = TestCertificate::make("IP:127.0.0.1");
    m_server->useTls(certificate.certificate, certificate.key);
    const RunId run = startAsking();
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(reasonOf(run),
             u"step a: TLS with %1 failed: The certificate is self-signed, and untrusted"_s.arg(
                 m_server->place()));
    QCOMPARE(m_server->requests().size(), 0);
}

void TestRequests::failsUnsent_data()
{
    QTest::addColumn<QByteArray>("with");
    QTest::addColumn<QString>("reason");

    QTest::newRow("address") << QByteArray("url: '{{ inputs.x }}'")
                             << u"\"a\nb\" is not an address of http or https; expected one such as "
                                u"https://example.org/path"_s;
    QTest::newRow("user") << QByteArray("url: 'http://{{ 'u' }}@a.example'").replace("'u'", "\"u\"")
                          << u"an address holds no user or password; put them in \"headers\""_s;
    QTest::newRow("header") << QByteArray("url: 'http://a.example', headers: { X: '{{ inputs.x }}' }")
                            << u"header \"X\" holds a line end or another control character"_s;
}

/// What only the run knows is checked there.
void TestRequests::failsUnsent()
{
    QFETCH(QByteArray, with);
    QFETCH(QString, reason);
    const RunId run = start("  inputs:\n  - { name: x, type: string }\n  steps:\n"
                            "  - { id: a, run: { uses: 'builtin:http', retries: { maxAttempts: 3 }, with: { "
                                + with + " } } }\n",
                            {{u"x"_s, u"a\nb"_s}});
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(reasonOf(run), u"step a: "_s + reason);
    QCOMPARE(m_reader->attempts(run)->size(), 0);
}

void TestRequests::timesOut()
{
    m_server->answer = {};
    const RunId run = start("  steps:\n" + ask("a", {}, "/", ", timeout: PT5S"));
    const RunId patient = startAsking();
    QTRY_COMPARE(m_server->requests().size(), 2);
    m_clock->advance(4999ms);
    QCoreApplication::processEvents();
    QCOMPARE(stateOf(run), u"running"_s);
    m_clock->advance(1ms);
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(reasonOf(run), u"step a: timed out after 5 s"_s);
    QCOMPARE(states(run),
             (QStringList{u"a running"_s, u"run-state running"_s, u"a failed"_s, u"run-state failed"_s}));
    QTRY_COMPARE(m_server->openConnections(), 1);
    m_clock->advance(5min - 5s); // Without a timeout of its own.
    QTRY_COMPARE(stateOf(patient), u"failed"_s);
    QCOMPARE(reasonOf(patient), u"step a: timed out after 5 min"_s);
}

void TestRequests::triesAgain()
{
    QList<Server::Answer> answers{Server::status("503 Busy"), Server::nothing(), Server::ok("fine")};
    m_server->answer = [&answers](const auto &) { return answers.takeFirst(); };
    const RunId run = start("  steps:\n" + ask("a", {}, "/", ", retries: { maxAttempts: 3, backoff: PT2S }"));
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    QCOMPARE(m_server->requests().size(), 1);
    m_clock->advance(2s);
    QTRY_COMPARE(m_server->requests().size(), 2);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    m_clock->advance(4s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QCOMPARE(states(run), (QStringList{u"a running"_s, u"run-state running"_s, u"a backing-off"_s,
                                       u"run-state waiting"_s, u"a running"_s, u"run-state running"_s,
                                       u"a backing-off"_s, u"run-state waiting"_s, u"a running"_s,
                                       u"run-state running"_s, u"a succeeded"_s, u"run-state succeeded"_s}));
    QCOMPARE(m_reader->attempts(run)->size(), 3);
    QCOMPARE(m_reader->steps(run)->first().outputs.value(u"body"_s).toString(), u"fine"_s);
}

/// A request has none, so a list of them names none of its failures.
void TestRequests::knowsNoExitCodes()
{
    m_server->answer = [](const auto &) { return Server::status("503 Busy"); };
    const RunId run =
        start("  steps:\n" + ask("a", {}, "/", ", retries: { maxAttempts: 3, onExitCodes: [75] }"));
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(reasonOf(run),
             u"step a: unexpected status 503 Busy; expected 200 to 299, and that is not retried"_s);
    QCOMPARE(m_server->requests().size(), 1);
}

void TestRequests::isCancelledAtOnce()
{
    m_server->answer = {};
    const RunId run = start("  steps:\n" + ask("a", {}, "/", ", retries: { maxAttempts: 3 }") + exec("b"));
    QTRY_COMPARE(m_server->requests().size(), 1);
    QVERIFY(m_engine->cancel(run, u"olga"_s));
    QTRY_COMPARE(stateOf(run), u"cancelled"_s);
    QTRY_COMPARE(m_server->openConnections(), 0);
    QCOMPARE(states(run), (QStringList{u"a running"_s, u"run-state running"_s, u"a cancelled"_s,
                                       u"b cancelled"_s, u"run-state cancelled"_s}));
    QVERIFY(m_reader->attempts(run)->first().finishedAt);
    QVERIFY(engine::checkChain(*m_reader->events(run)));
}

void TestRequests::isCancelledByItsSiblings()
{
    m_server->answer = {};
    const RunId run =
        start("  steps:\n  - id: p\n    parallel:\n      failurePolicy: cancel-running\n      steps:\n    "
              + ask("a") + "    " + exec("b"));
    QTRY_COMPARE(m_server->requests().size(), 1);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"p/b"_s});
    m_launcher->finish(u"p/b"_s, 1);
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(reasonOf(run), u"step p: 1 of 2 failed, first p/b: exit code 1"_s);
    QTRY_COMPARE(m_server->openConnections(), 0);
    QVERIFY(states(run).contains(u"p/a cancelled"_s));
}

void TestRequests::takesNoPlaceOfAProcess()
{
    m_processes = 1;
    openEngine();
    m_server->answer = {};
    const RunId run = start("  steps:\n  - id: p\n    parallel:\n      steps:\n    " + exec("a") + "    "
                            + exec("b") + "    " + ask("c") + "    " + ask("d"));
    QTRY_COMPARE(m_server->requests().size(), 2);
    QCOMPARE(m_launcher->running(), QStringList{u"p/a"_s});
    m_launcher->finish(u"p/a"_s);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"p/b"_s});
    m_launcher->finish(u"p/b"_s);
    QCOMPARE(stateOf(run), u"running"_s);
    m_server->sendToAll("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QStringList starts = trace(run, {u"attempt-intent"_s});
    QCOMPARE(starts, (QStringList{u"p/a"_s, u"p/c"_s, u"p/d"_s, u"p/b"_s}));
}

void TestRequests::holdsTheLimitOfRequests()
{
    m_requests = 2;
    openEngine();
    m_server->answer = {};
    const RunId run = start("  steps:\n  - id: m\n    map:\n      items: [1, 2, 3]\n      step: "
                            + ask("a", {}, "/{{ item }}").trimmed().sliced(2) + "\n");
    const RunId younger = startAsking({}, "/younger");
    QTRY_COMPARE(m_server->requests().size(), 2);
    QCoreApplication::processEvents();
    QCOMPARE(trace(run, {u"attempt-intent"_s}), (QStringList{u"m[0]::a"_s, u"m[1]::a"_s}));
    QCOMPARE(trace(younger, {u"attempt-intent"_s}), QStringList());
    m_server->answer = [](const auto &) { return Server::ok("x"); };
    m_server->sendToAll("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QTRY_COMPARE(stateOf(younger), u"succeeded"_s);
    QCOMPARE(m_server->requests().last().target, QByteArray("/younger"));
}

void TestRequests::holdsToTheEgressList()
{
    const QByteArray place = "host: 127.0.0.1, port: " + QByteArray::number(m_server->serverPort());
    const RunId listed = start("  sandbox: { egress: [{ " + place + " }] }\n  steps:\n" + ask("a"));
    QTRY_COMPARE(stateOf(listed), u"succeeded"_s);
    const RunId other = start("  sandbox: { egress: [{ host: 127.0.0.1, port: 1 }] }\n  steps:\n" + ask("a"));
    QTRY_COMPARE(stateOf(other), u"failed"_s);
    QCOMPARE(reasonOf(other), u"step a: %1 is not on the egress list"_s.arg(m_server->place()));
    QCOMPARE(m_server->connections(), 1);
}

void TestRequests::isInterruptedByACrash()
{
    m_server->answer = {};
    const RunId run = startAsking();
    QTRY_COMPARE(m_server->requests().size(), 1);
    crashEngine();
    QCOMPARE(stateOf(run), u"interrupted"_s);
    QCOMPARE(reasonOf(run), u"step a: the engine stopped while it ran; its outcome is unknown"_s);
    QCOMPARE(m_launcher->calls, QStringList()); // There is no process to end.
    m_server->answer = [](const auto &) { return Server::ok("x"); };
    QVERIFY(m_engine->resolve(run, u"a"_s, {engine::StepResolution::Retry, {}, u"olga"_s}));
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QCOMPARE(m_server->requests().size(), 2);
    QVERIFY(engine::checkChain(*m_reader->events(run)));
}

void TestRequests::isSentAgainWhereItMay()
{
    m_server->answer = {};
    const RunId run = start("  steps:\n" + ask("a", {}, "/", ", idempotent: true"));
    QTRY_COMPARE(m_server->requests().size(), 1);
    m_server->answer = [](const auto &) { return Server::ok("x"); };
    crashEngine();
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QCOMPARE(m_server->requests().size(), 2);
    QCOMPARE(m_reader->steps(run)->first().attempts, 2);
    QVERIFY(logOf(run).contains(u"warn a: the engine stopped while it ran; it is run again"_s));
}

void TestRequests::isSentWhereItWasOnlyIntended()
{
    m_server->answer = {};
    const RunId run = startAsking();
    connect(m_engine.get(), &engine::Engine::runChanged, this, [this](const engine::RunSummary &changed) {
        if (changed.state == engine::RunState::Running && !m_snapshot)
            takeSnapshot();
    });
    QTRY_COMPARE(m_server->requests().size(), 1);
    QVERIFY(m_snapshot);
    m_server->answer = [](const auto &) { return Server::ok("x"); };
    crashEngine();
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QCOMPARE(trace(run, {u"attempt-not-started"_s}), QStringList{u"a"_s});
    QCOMPARE(m_reader->steps(run)->first().attempts, 1);
}

void TestRequests::endsWithTheEngine()
{
    m_server->answer = {};
    const RunId run = startAsking();
    QTRY_COMPARE(m_server->requests().size(), 1);
    m_engine->shutdown();
    QTRY_COMPARE(m_server->openConnections(), 0);
    QCOMPARE(stateOf(run), u"interrupted"_s);
    QCOMPARE(reasonOf(run), u"the engine was stopped while it ran"_s);
    openEngine();
    QCOMPARE(stateOf(run), u"interrupted"_s);
    QCOMPARE(m_server->requests().size(), 1);
}

QTEST_GUILESS_MAIN(TestRequests)
#include "tst_requests.moc"
