#include "engine/net/http_call.h"
#include "tests/support/fake_clock.h"
#include "tests/support/test_certificate.h"
#include "tests/support/test_http_server.h"

#include <QEventLoop>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace engine;

/// Requests over real sockets, to a server that does what it likes.
class TestHttpCall : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_server.reset(); }

    void answers_data();
    void answers();
    void sendsOnce_data();
    void sendsOnce();
    void fails_data();
    void fails();
    void readsALargeBody();
    void timesOut_data();
    void timesOut();
    void sendsALargeBody();
    void findsNobody();
    void findsNoHost();
    void findsAName();
    void goesToNoProxy();
    void isEndedAtOnce();
    void holdsToTheList();
    void trustsNoStranger();
    void verifiesTheName();
    void speaksTls();
    void findsNoTls();

private:
    HttpOutcome call(const QString &url, const HttpOptions &options = {}, const QByteArray &method = "GET",
                     const QByteArray &body = {});
    static QString messageOf(const HttpOutcome &outcome)
    {
        const auto *failure = std::get_if<HttpFailure>(&outcome);
        return failure ? failure->message : u"(an answer)"_s;
    }
    static HttpFailure::Kind kindOf(const HttpOutcome &outcome)
    {
        return std::get<HttpFailure>(outcome).kind;
    }

    std::unique_ptr<TestHttpServer> m_server;
    std::unique_ptr<FakeClock> m_clock;
};

void TestHttpCall::init()
{
    m_server = std::make_unique<TestHttpServer>();
    m_clock = std::make_unique<FakeClock>();
}

HttpOutcome TestHttpCall::call(const QString &url, const HttpOptions &options, const QByteArray &method,
                               const QByteArray &body)
{
    HttpCall call({method, *parseHttpAddress(url), {}, body}, options, *m_clock);
    std::optional<HttpOutcome> result;
    QEventLoop loop; // Not QTRY_...: that sleeps between the reads of a large body.
    connect(&call, &HttpCall::finished, &loop, [&](const HttpOutcome &outcome) {
        result = outcome;
        loop.quit();
    });
    call.start();
    loop.exec();
    return *result;
}

void TestHttpCall::answers_data()
{
    QTest::addColumn<TestHttpServer::Answer>("answer");
    QTest::addColumn<HttpResponse>("response");

    using Server = TestHttpServer;
    QTest::newRow("text") << Server::ok("hello")
                          << HttpResponse{200,
                                          u"OK"_s,
                                          {{"content-type", "text/plain"}, {"content-length", "5"}},
                                          "hello"};
    QTest::newRow("chunks") << Server::chunked({"he", "llo"})
                            << HttpResponse{200, u"OK"_s, {{"transfer-encoding", "chunked"}}, "hello"};
    QTest::newRow("up to the end") << Server::Answer{"HTTP/1.0 200 OK\r\n\r\nhello"}
                                   << HttpResponse{200, u"OK"_s, {}, "hello"};
    QTest::newRow("a connection that stays")
        << Server::Answer{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", Server::Answer::Hold}
        << HttpResponse{200, u"OK"_s, {{"content-length", "5"}}, "hello"};
    QTest::newRow("an error of the server")
        << Server::status("500 Oh no", "why")
        << HttpResponse{500, u"Oh no"_s, {{"content-length", "3"}}, "why"};
    QTest::newRow("who are you")
        << Server::Answer{"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"}
        << HttpResponse{401, u"Unauthorized"_s, {{"www-authenticate", "Basic"}, {"content-length", "0"}}, {}};
    QTest::newRow("a redirect")
        << Server::redirect(u"http://127.0.0.1:1/"_s)
        << HttpResponse{302, u"Found"_s, {{"location", "http://127.0.0.1:1/"}, {"content-length", "0"}}, {}};
}

void TestHttpCall::answers()
{
    QFETCH(TestHttpServer::Answer, answer);
    m_server->answer = [&answer](const auto &) { return answer; };

    const HttpOutcome outcome = call(m_server->url(u"/a?b"_s));

    QVERIFY2(std::holds_alternative<HttpResponse>(outcome), qPrintable(messageOf(outcome)));
    QFETCH(HttpResponse, response);
    QVERIFY(std::get<HttpResponse>(outcome) == response);
    QCOMPARE(m_server->requests().size(), 1);
    QCOMPARE(m_server->requests().first().bytes,
             "GET /a?b HTTP/1.1\r\nHost: " + m_server->place().toLatin1()
                 + "\r\nAccept: */*\r\nAccept-Encoding: identity\r\nUser-Agent: TaskRunner\r\n"
                   "Connection: close\r\n\r\n");
    QTRY_COMPARE(m_server->openConnections(), 0);
}

/// A request may have done its work although the answer was lost.
void TestHttpCall::sendsOnce_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<int>("end");

    for (const char *method : {"GET", "POST", "DELETE"}) {
        QTest::addRow("%s, closed", method) << QByteArray(method) << int(TestHttpServer::Answer::Close);
        QTest::addRow("%s, reset", method) << QByteArray(method) << int(TestHttpServer::Answer::Reset);
    }
}

void TestHttpCall::sendsOnce()
{
    QFETCH(QByteArray, method);
    QFETCH(int, end);
    m_server->answer = [end](const auto &) {
        return TestHttpServer::Answer{{}, TestHttpServer::Answer::End(end)};
    };

    const HttpOutcome outcome = call(m_server->url(), {}, method);

    QCOMPARE(messageOf(outcome), m_server->place() + u" closed the connection without an answer"_s);
    QVERIFY(kindOf(outcome) == HttpFailure::Broken);
    QCOMPARE(m_server->requests().size(), 1);
    QCOMPARE(m_server->connections(), 1);
}

void TestHttpCall::fails_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("problem");
    QTest::addColumn<int>("kind");

    QTest::newRow("cut off in the header") << QByteArray("HTTP/1.1 200 OK\r\nA: b")
                                           << u"was cut off in its header"_s << int(HttpFailure::Broken);
    QTest::newRow("cut off in the body")
        << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        << u"was cut off after 3 bytes of its body"_s << int(HttpFailure::Broken);
    QTest::newRow("no HTTP") << QByteArray("220 mail.example ESMTP\r\n")
                             << u"is not HTTP/1.1: it begins with \"220 mail.example ESMTP\""_s
                             << int(HttpFailure::Malformed);
    QTest::newRow("a body too large")
        << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 16777217\r\n\r\nabc")
        << u"has a body of more than 16777216 bytes"_s << int(HttpFailure::TooLarge);
    QTest::newRow("a header too large")
        << "HTTP/1.1 200 OK\r\nA: " + QByteArray(65'536, 'x') << u"has a header of more than 65536 bytes"_s
        << int(HttpFailure::TooLarge);
    QTest::newRow("fields too many") << "HTTP/1.1 200 OK\r\n" + QByteArray("A: b\r\n").repeated(257)
                                     << u"has more than 256 header fields"_s << int(HttpFailure::TooLarge);
}

void TestHttpCall::fails()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, problem);
    m_server->answer = [&bytes](const auto &) { return TestHttpServer::Answer{bytes}; };

    const HttpOutcome outcome = call(m_server->url());

    QCOMPARE(messageOf(outcome), u"the answer of %1 %2"_s.arg(m_server->place(), problem));
    QTEST(int(kindOf(outcome)), "kind");
    QTRY_COMPARE(m_server->openConnections(), 0);
}

void TestHttpCall::readsALargeBody()
{
    const QByteArray body(16 * 1024 * 1024, 'x');
    m_server->answer = [&body](const auto &) { return TestHttpServer::ok(body); };

    const HttpOutcome outcome = call(m_server->url());

    QVERIFY2(std::holds_alternative<HttpResponse>(outcome), qPrintable(messageOf(outcome)));
    QVERIFY(std::get<HttpResponse>(outcome).body == body);

    m_server->answer = [&body](const auto &) {
        return TestHttpServer::Answer{"HTTP/1.1 200 OK\r\n\r\n" + body + 'x'};
    };
    QCOMPARE(messageOf(call(m_server->url())),
             u"the answer of %1 has a body of more than 16777216 bytes"_s.arg(m_server->place()));
}

void TestHttpCall::timesOut_data()
{
    QTest::addColumn<QByteArray>("bytes");

    QTest::newRow("silence") << QByteArray();
    QTest::newRow("half a header") << QByteArray("HTTP/1.1 200 OK\r\nContent-");
    QTest::newRow("half a body") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    QTest::newRow("no end") << QByteArray("HTTP/1.1 200 OK\r\n\r\nabc");
}

void TestHttpCall::timesOut()
{
    QFETCH(QByteArray, bytes);
    m_server->answer = [&bytes](const auto &) {
        return TestHttpServer::Answer{bytes, TestHttpServer::Answer::Hold};
    };
    HttpOptions options;
    options.timeout = 90s;
    HttpCall call({"GET", *parseHttpAddress(m_server->url()), {}, {}}, options, *m_clock);
    QList<HttpOutcome> outcomes;
    connect(&call, &HttpCall::finished, this,
            [&outcomes](const HttpOutcome &outcome) { outcomes += outcome; });
    call.start();
    QTRY_COMPARE(m_server->requests().size(), 1);
    m_clock->advance(90s - 1ms);
    QCoreApplication::processEvents();
    QVERIFY(outcomes.isEmpty());
    m_clock->advance(1ms);
    QTRY_COMPARE(outcomes.size(), 1);
    QCOMPARE(messageOf(outcomes.first()), u"timed out after 1 min 30 s"_s);
    QVERIFY(kindOf(outcomes.first()) == HttpFailure::TimedOut);
    QTRY_COMPARE(m_server->openConnections(), 0);
    QCOMPARE(outcomes.size(), 1);
}

void TestHttpCall::sendsALargeBody()
{
    const QByteArray body(8 * 1024 * 1024, 'y');
    m_server->answer = [](const auto &request) {
        return TestHttpServer::ok(QByteArray::number(request.body.size()));
    };

    const HttpOutcome outcome = call(m_server->url(), {}, "PUT", body);

    QVERIFY2(std::holds_alternative<HttpResponse>(outcome), qPrintable(messageOf(outcome)));
    QCOMPARE(std::get<HttpResponse>(outcome).body, QByteArray("8388608"));
    QVERIFY(m_server->requests().first().body == body);
}

void TestHttpCall::findsNobody()
{
    const QString place = m_server->place();
    const QString url = m_server->url();
    m_server->close();

    const HttpOutcome outcome = call(url);

    QCOMPARE(messageOf(outcome), u"cannot connect to %1: Connection refused"_s.arg(place));
    QVERIFY(kindOf(outcome) == HttpFailure::Unreachable);
}

void TestHttpCall::findsNoHost()
{
    const HttpOutcome outcome = call(u"http://nowhere.invalid/"_s); // RFC 6761: never a host.
    QVERIFY(kindOf(outcome) == HttpFailure::Unreachable);
    QVERIFY2(messageOf(outcome).startsWith(u"cannot find the host \"nowhere.invalid\": "_s),
             qPrintable(messageOf(outcome)));
}

void TestHttpCall::findsAName()
{
    m_server->answer = [](const auto &) { return TestHttpServer::ok("x"); };
    const HttpOutcome outcome = call(u"http://localhost:%1/"_s.arg(m_server->serverPort()));
    QVERIFY2(std::holds_alternative<HttpResponse>(outcome), qPrintable(messageOf(outcome)));
    QCOMPARE(m_server->requests().first().fields.value("host"),
             "localhost:" + QByteArray::number(m_server->serverPort()));
}

void TestHttpCall::goesToNoProxy()
{
    TestHttpServer proxy;
    qputenv("http_proxy", proxy.url().toLatin1());
    qputenv("HTTP_PROXY", proxy.url().toLatin1());
    m_server->answer = [](const auto &) { return TestHttpServer::ok("x"); };
    const HttpOutcome outcome = call(m_server->url());
    qunsetenv("http_proxy");
    qunsetenv("HTTP_PROXY");
    QVERIFY2(std::holds_alternative<HttpResponse>(outcome), qPrintable(messageOf(outcome)));
    QCOMPARE(proxy.connections(), 0);
}

void TestHttpCall::isEndedAtOnce()
{
    bool hasFinished = false;
    {
        HttpCall call({"GET", *parseHttpAddress(m_server->url()), {}, {}}, {}, *m_clock);
        connect(&call, &HttpCall::finished, this, [&hasFinished] { hasFinished = true; });
        call.start();
        QTRY_COMPARE(m_server->requests().size(), 1);
    }
    QTRY_COMPARE(m_server->openConnections(), 0);
    QCOMPARE(m_clock->pending(), 0);
    QVERIFY(!hasFinished);
}

void TestHttpCall::holdsToTheList()
{
    m_server->answer = [](const auto &) { return TestHttpServer::ok("x"); };
    const int port = m_server->serverPort();
    HttpOptions options;
    options.egress = QList<EgressRule>{};
    HttpOutcome outcome = call(m_server->url(), options);
    QCOMPARE(messageOf(outcome), m_server->place() + u" is not on the egress list"_s);
    QVERIFY(kindOf(outcome) == HttpFailure::Forbidden);

    options.egress = QList<EgressRule>{{u"127.0.0.1"_s, port + 1}};
    QCOMPARE(messageOf(call(m_server->url(), options)), m_server->place() + u" is not on the egress list"_s);
    QCOMPARE(m_server->connections(), 0);

    options.egress = QList<EgressRule>{{u"127.0.0.1"_s, port}};
    outcome = call(m_server->url(), options);
    QVERIFY2(std::holds_alternative<HttpResponse>(outcome), qPrintable(messageOf(outcome)));
    QCOMPARE(m_server->connections(), 1);
}

static HttpOptions trusting(const TestCertificate &certificate)
{
    HttpOptions options;
    options.tls.setCaCertificates({certificate.certificate});
    return options;
}

void TestHttpCall::trustsNoStranger()
{
    const TestCertificate certificate = TestCertificate::make("IP:127.0.0.1");
    m_server->useTls(certificate.certificate, certificate.key);

    const HttpOutcome outcome = call(m_server->url());

    QCOMPARE(messageOf(outcome),
             u"TLS with %1 failed: The certificate is self-signed, and untrusted"_s.arg(m_server->place()));
    QVERIFY(kindOf(outcome) == HttpFailure::Unreachable);
    QCOMPARE(m_server->requests().size(), 0);
}

void TestHttpCall::verifiesTheName()
{
    const TestCertificate certificate = TestCertificate::make("DNS:other.example");
    m_server->useTls(certificate.certificate, certificate.key);

    const HttpOutcome outcome = call(m_server->url(), trusting(certificate));

    QCOMPARE(
        messageOf(outcome),
        u"TLS with %1 failed: The host name did not match any of the valid hosts for this certificate"_s.arg(
            m_server->place()));
    QCOMPARE(m_server->requests().size(), 0);
}

void TestHttpCall::speaksTls()
{
    const TestCertificate certificate = TestCertificate::make("DNS:localhost,IP:127.0.0.1");
    m_server->useTls(certificate.certificate, certificate.key);
    const QByteArray body(1024 * 1024, 'x');
    m_server->answer = [&body](const auto &) { return TestHttpServer::ok(body); };

    for (const QString &host : {u"127.0.0.1"_s, u"localhost"_s}) {
        const HttpOutcome outcome =
            call(u"https://%1:%2/"_s.arg(host).arg(m_server->serverPort()), trusting(certificate));
        QVERIFY2(std::holds_alternative<HttpResponse>(outcome), qPrintable(messageOf(outcome)));
        QVERIFY(std::get<HttpResponse>(outcome).body == body);
    }
}

void TestHttpCall::findsNoTls()
{
    TestHttpServer plain; // Answers to no greeting of TLS, for that has no empty line.
    HttpCall call({"GET", *parseHttpAddress(u"https://"_s + plain.place()), {}, {}}, {}, *m_clock);
    std::optional<HttpOutcome> result;
    connect(&call, &HttpCall::finished, this, [&result](const HttpOutcome &outcome) { result = outcome; });
    call.start();
    QTRY_COMPARE(plain.openConnections(), 1);
    plain.closeAll();
    QTRY_VERIFY(result.has_value());
    QCOMPARE(messageOf(*result), u"TLS with %1 failed: the connection was closed"_s.arg(plain.place()));
}

QTEST_GUILESS_MAIN(TestHttpCall)
#include "tst_http_call.moc"
