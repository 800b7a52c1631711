#include "engine/policy/opa_query.h"
#include "tests/support/fake_clock.h"
#include "tests/support/test_http_server.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace engine;

/// Questions to a server that answers, or does not.
class TestOpaQuery : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_server.reset(); }

    void readsAddresses_data();
    void readsAddresses();
    void asks_data();
    void asks();
    void asksAgain_data();
    void asksAgain();
    void takesALaterAnswer();
    void isDeniedAtOnce_data();
    void isDeniedAtOnce();
    void waitsNoLongerThanItMay();
    void findsNobody();
    void holdsToTheEgressList();
    void isEndedAtOnce();

private:
    using Server = TestHttpServer;
    std::unique_ptr<OpaQuery> query(const QString &url, const Egress &egress = {});
    std::unique_ptr<OpaQuery> query() { return query(m_server->url()); }

    std::unique_ptr<Server> m_server;
    std::unique_ptr<FakeClock> m_clock;
    QStringList m_denials; ///< "id: message".
    QStringList m_delays;
    int m_answers = 0;
};

static const QByteArray allowed = R"({"result":{"allow":true,"denials":[]}})";

void TestOpaQuery::init()
{
    m_server = std::make_unique<Server>();
    m_server->answer = [](const auto &) { return Server::json(allowed); };
    m_clock = std::make_unique<FakeClock>();
    m_denials.clear();
    m_delays.clear();
    m_answers = 0;
}

std::unique_ptr<OpaQuery> TestOpaQuery::query(const QString &url, const Egress &egress)
{
    auto query = std::make_unique<OpaQuery>(*parsePolicyServer(url), u"packs/release"_s, R"({"input":1})",
                                            egress, *m_clock);
    connect(query.get(), &OpaQuery::answered, this, [this](const QList<PolicyDenial> &denials) {
        ++m_answers;
        for (const PolicyDenial &denial : denials)
            m_denials += u"%1: %2"_s.arg(denial.id, denial.message);
    });
    connect(query.get(), &OpaQuery::delayed, this, [this](const QString &message) { m_delays += message; });
    query->start();
    return query;
}

void TestOpaQuery::readsAddresses_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("error");

    QTest::newRow("plain") << u"http://localhost:8181"_s << QString();
    QTest::newRow("below a path") << u"https://a.example/opa/"_s << QString();
    QTest::newRow("query")
        << u"http://a.example/?pretty=secret"_s
        << u"the address of a policy server holds no query, \"http://a.example/?...\" does"_s;
    QTest::newRow("no scheme")
        << u"localhost:8181"_s
        << u"\"localhost:8181\" is not an address of http or https; expected one such as "
           u"https://example.org/path"_s;
}

void TestOpaQuery::readsAddresses()
{
    QFETCH(QString, text);
    const auto server = parsePolicyServer(text);
    QTEST(server ? QString() : server.error().message, "error");
}

void TestOpaQuery::asks_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("target");

    QTest::newRow("root") << u""_s << QByteArray("/v1/data/packs/release");
    QTest::newRow("slash") << u"/"_s << QByteArray("/v1/data/packs/release");
    QTest::newRow("path") << u"/opa"_s << QByteArray("/opa/v1/data/packs/release");
    QTest::newRow("path and slash") << u"/opa/"_s << QByteArray("/opa/v1/data/packs/release");
}

void TestOpaQuery::asks()
{
    QFETCH(QString, path);
    const auto asked = query(m_server->url(path));
    QTRY_COMPARE(m_answers, 1);
    QCOMPARE(m_denials, QStringList());
    QCOMPARE(m_server->requests().size(), 1);
    const Server::Request &request = m_server->requests().first();
    QCOMPARE(request.method, QByteArray("POST"));
    QTEST(request.target, "target");
    QCOMPARE(request.fields.value("content-type"), QByteArray("application/json"));
    QCOMPARE(request.body, QByteArray(R"({"input":1})"));
    QCOMPARE(m_clock->pending(), 0);
}

void TestOpaQuery::asksAgain_data()
{
    QTest::addColumn<Server::Answer>("answer");
    QTest::addColumn<QString>("denial");

    QTest::newRow("500") << Server::status("500 Oh", allowed)
                         << u"error-status: the policy server answers with status 500 Oh"_s;
    QTest::newRow("503") << Server::status("503 Busy")
                         << u"error-status: the policy server answers with status 503 Busy"_s;
    QTest::newRow("429") << Server::status("429 Slowly")
                         << u"error-status: the policy server answers with status 429 Slowly"_s;
    QTest::newRow("closed")
        << Server::nothing()
        << u"no-answer: the policy server cannot be asked: %1 closed the connection without an "
           u"answer"_s;
    QTest::newRow("closed in the middle")
        << Server::Answer{"HTTP/1.1 200 OK\r\nContent-Length: 38\r\n\r\n{\"result\":"}
        << u"no-answer: the policy server cannot be asked: the answer of %1 was cut off after 10 bytes of its body"_s;
}

void TestOpaQuery::asksAgain()
{
    QFETCH(Server::Answer, answer);
    QFETCH(QString, denial);
    const QString expected = denial.contains(u"%1"_s) ? denial.arg(m_server->place()) : denial;
    m_server->answer = [&answer](const auto &) { return answer; };
    const auto asked = query();
    QTRY_COMPARE(m_delays.size(), 1);
    m_clock->advance(999ms);
    QCoreApplication::processEvents();
    QCOMPARE(m_server->requests().size(), 1);
    m_clock->advance(1ms);
    QTRY_COMPARE(m_delays.size(), 2);
    m_clock->advance(2s);
    QTRY_COMPARE(m_answers, 1);
    QCOMPARE(m_server->requests().size(), 3);
    QCOMPARE(m_denials, QStringList{expected + u", after 3 tries"_s});
    const QString message = expected.section(u": "_s, 1);
    QCOMPARE(m_delays, (QStringList{message + u"; it is asked again in 1 s"_s,
                                    message + u"; it is asked again in 2 s"_s}));
    m_clock->advance(1h);
    QCOMPARE(m_server->requests().size(), 3);
}

void TestOpaQuery::takesALaterAnswer()
{
    QList<Server::Answer> answers{Server::nothing(), Server::json(allowed)};
    m_server->answer = [&answers](const auto &) { return answers.takeFirst(); };
    const auto asked = query();
    QTRY_COMPARE(m_delays.size(), 1);
    m_clock->advance(1s);
    QTRY_COMPARE(m_answers, 1);
    QCOMPARE(m_denials, QStringList());
}

void TestOpaQuery::isDeniedAtOnce_data()
{
    QTest::addColumn<Server::Answer>("answer");
    QTest::addColumn<QString>("denial");

    QTest::newRow("denied") << Server::json(
        R"({"result":{"allow":false,"denials":[{"id":"a","message":"No."}]}})")
                            << u"a: No."_s;
    QTest::newRow("undefined") << Server::json("{}")
                               << u"undefined: the policy server has no value for packs/release"_s;
    QTest::newRow("a boolean")
        << Server::json(R"({"result":true})")
        << u"wrong-answer: the policy server's answer is no object of \"allow\" and \"denials\""_s;
    QTest::newRow("400") << Server::status("400 Bad Request", R"({"code":"x","message":"y"})")
                         << u"error-status: the policy server answers with status 400 Bad Request: y"_s;
    QTest::newRow("a redirect") << Server::redirect(u"http://127.0.0.1:1/"_s)
                                << u"error-status: the policy server answers with status 302 Found"_s;
    QTest::newRow("no HTTP")
        << Server::Answer{"hello\n"}
        << u"wrong-answer: the policy server cannot be asked: the answer of %1 is not HTTP/1.1: it "
           u"begins with \"hello\""_s;
    QTest::newRow("too large")
        << Server::Answer{"HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n"}
        << u"wrong-answer: the policy server cannot be asked: the answer of %1 has a body of more "
           u"than 1048576 bytes"_s;
}

void TestOpaQuery::isDeniedAtOnce()
{
    QFETCH(Server::Answer, answer);
    QFETCH(QString, denial);
    m_server->answer = [&answer](const auto &) { return answer; };
    const auto asked = query();
    QTRY_COMPARE(m_answers, 1);
    QCOMPARE(m_denials, QStringList{denial.contains(u"%1"_s) ? denial.arg(m_server->place()) : denial});
    QCOMPARE(m_server->requests().size(), 1);
    QCOMPARE(m_clock->pending(), 0);
}

void TestOpaQuery::waitsNoLongerThanItMay()
{
    m_server->answer = {};
    const auto asked = query();
    for (int tries = 1; tries <= 3; ++tries) {
        QTRY_COMPARE(m_server->requests().size(), tries);
        m_clock->advance(9999ms);
        QCoreApplication::processEvents();
        QCOMPARE(m_delays.size(), tries - 1);
        m_clock->advance(1ms);
        if (tries < 3)
            QTRY_COMPARE(m_delays.size(), tries);
        m_clock->advance(tries * 1s);
    }
    QTRY_COMPARE(m_answers, 1);
    QCOMPARE(
        m_denials,
        QStringList{u"timeout: the policy server cannot be asked: timed out after 10 s, after 3 tries"_s});
}

void TestOpaQuery::findsNobody()
{
    const QString url = m_server->url();
    const QString place = m_server->place();
    m_server->close();
    const auto asked = query(url);
    for (int tries = 1; tries < 3; ++tries) {
        QTRY_COMPARE(m_delays.size(), tries);
        m_clock->advance(tries * 1s);
    }
    QTRY_COMPARE(m_answers, 1);
    QCOMPARE(m_denials,
             QStringList{u"unreachable: the policy server cannot be asked: cannot connect to %1: Connection "
                         u"refused, after 3 tries"_s.arg(place)});
}

void TestOpaQuery::holdsToTheEgressList()
{
    const auto asked = query(m_server->url(), QList<EgressRule>{{u"a.example"_s, 443}});
    QTRY_COMPARE(m_answers, 1);
    QCOMPARE(m_denials,
             QStringList{u"egress: the policy server cannot be asked: %1 is not on the egress list"_s.arg(
                 m_server->place())});
    QCOMPARE(m_server->connections(), 0);
}

void TestOpaQuery::isEndedAtOnce()
{
    m_server->answer = {};
    auto asked = query();
    QTRY_COMPARE(m_server->requests().size(), 1);
    asked.reset();
    QTRY_COMPARE(m_server->openConnections(), 0);

    m_server->answer = [](const auto &) { return Server::nothing(); };
    asked = query();
    QTRY_COMPARE(m_delays.size(), 1);
    asked.reset();
    QCOMPARE(m_clock->pending(), 0);
    QCOMPARE(m_answers, 0);
}

QTEST_GUILESS_MAIN(TestOpaQuery)
#include "tst_opa_query.moc"
