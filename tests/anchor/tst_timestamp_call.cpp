#include "engine/anchor/timestamp_call.h"
#include "engine/evidence/log/proof_check.h"
#include "tests/support/fake_clock.h"
#include "tests/support/test_http_server.h"
#include "tests/support/test_timestamper.h"

#include <QCryptographicHash>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace engine;
using Server = TestHttpServer;
using test::TestTimestamper;

/// Timestamps of an authority that answers over HTTP, or does not.
class TestTimestampCall : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_server.reset(); }

    void asks();
    void everyRequestHasANonceOfItsOwn();
    void fails_data();
    void fails();
    void takesNoAnswerToAnother_data();
    void takesNoAnswerToAnother();
    void waitsNoLongerThanItMay();
    void holdsToTheEgressList();

private:
    std::unique_ptr<TimestampCall> call(const Egress &egress = {});
    QString failure() const;

    const QByteArray m_sha256 = QCryptographicHash::hash("signature", QCryptographicHash::Sha256);
    TestTimestamper m_stamper;
    std::unique_ptr<Server> m_server;
    std::unique_ptr<FakeClock> m_clock;
    QList<AnchorOutcome> m_outcomes;
};

static Server::Answer reply(const QByteArray &der)
{
    return Server::ok(der, "application/timestamp-reply");
}

void TestTimestampCall::init()
{
    m_server = std::make_unique<Server>();
    m_clock = std::make_unique<FakeClock>(*parseIso(u"2026-02-01T12:00:00.000Z"_s));
    m_outcomes.clear();
    m_server->answer = [this](const Server::Request &request) {
        return reply(m_stamper.answer(request.body, m_clock->now()));
    };
}

std::unique_ptr<TimestampCall> TestTimestampCall::call(const Egress &egress)
{
    const auto server = parseTimestampServer(m_server->url(u"/tsa?policy=1"_s));
    auto call = std::make_unique<TimestampCall>(*server, m_sha256, egress, *m_clock);
    connect(call.get(), &TimestampCall::finished, this,
            [this](const AnchorOutcome &one) { m_outcomes += one; });
    call->start();
    return call;
}

/// "KIND: ..."; empty when there is a timestamp.
QString TestTimestampCall::failure() const
{
    const auto *failure = std::get_if<AnchorFailure>(&m_outcomes.last());
    static const QStringList kinds{u"forbidden"_s, u"offline"_s, u"busy"_s, u"refused"_s, u"wrong"_s};
    return failure ? kinds.at(failure->kind) + u": "_s + failure->message : QString();
}

void TestTimestampCall::asks()
{
    const auto one = call();
    QTRY_COMPARE(m_outcomes.size(), 1);
    QCOMPARE(failure(), QString());
    const auto token = TimestampToken::parse(std::get<QByteArray>(m_outcomes.first()));
    QVERIFY(token);
    TrustStore trust;
    const auto unknown = judgeTimestamp(*token, m_sha256, u"it"_s, trust, m_clock->now());
    QVERIFY(unknown && !unknown->by);
    QCOMPARE(unknown->text, u"its authority is not in the trust file"_s);
    trust.add({m_stamper.publicKey(), u"stamper"_s, {timestampAuthorityRole}, {}, {}, {}, {}});
    const auto known = judgeTimestamp(*token, m_sha256, u"it"_s, trust, m_clock->now());
    QVERIFY(known && known->by);
    QCOMPARE(known->text, u"2026-02-01T12:00:00.000Z by \"stamper\""_s);

    const Server::Request &request = m_server->requests().first();
    QCOMPARE(request.method + ' ' + request.target, "POST /tsa?policy=1");
    QCOMPARE(request.fields.value("content-type"), "application/timestamp-query");
    QCOMPARE(m_clock->pending(), 0);
}

void TestTimestampCall::everyRequestHasANonceOfItsOwn()
{
    const auto one = TimestampRequest::make(m_sha256);
    const auto other = TimestampRequest::make(m_sha256);
    QVERIFY(one && other);
    QCOMPARE(one->nonce.size(), 8);
    QVERIFY(one->nonce != other->nonce && one->der != other->der);
    const auto token = TimestampToken::parse(m_stamper.answer(one->der, m_clock->now()));
    QVERIFY(token);
    QCOMPARE(token->nonce(), one->nonce);
    QCOMPARE(token->sha256(), m_sha256);
    QVERIFY(!token->keys().isEmpty()); // The certificate was asked for.
    QVERIFY(one->checkAnswer(*token));
}

void TestTimestampCall::fails_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QString>("expected");

    QTest::newRow("503") << Server::status("503 Service Unavailable").bytes
                         << u"busy: the timestamp authority answers with status 503 Service Unavailable"_s;
    QTest::newRow("403") << Server::status("403 Forbidden").bytes
                         << u"refused: the timestamp authority answers with status 403 Forbidden"_s;
    QTest::newRow("redirect")
        << Server::redirect(u"http://127.0.0.1:1/"_s).bytes
        << u"refused: the timestamp authority answers with status 302 Found, which leads "
           u"elsewhere and is not followed"_s;
    QTest::newRow("rubbish")
        << reply("<html>").bytes
        << u"wrong: the answer of the timestamp authority: this is not the answer of a timestamp "
           u"authority (RFC 3161)"_s;
    // SEQUENCE { PKIStatusInfo { INTEGER 2 } }: rejection (RFC 3161 section 2.4.2).
    QTest::newRow("not granted")
        << reply(QByteArray::fromHex("30053003020102")).bytes
        << u"wrong: the answer of the timestamp authority: the timestamp was not granted: "
           u"status 2"_s;
}

void TestTimestampCall::fails()
{
    QFETCH(QByteArray, answer);
    m_server->answer = [answer](const auto &) { return Server::Answer{answer}; };
    const auto one = call();
    QTRY_COMPARE(m_outcomes.size(), 1);
    QTEST(failure(), "expected");
    QCOMPARE(m_server->connections(), 1);
}

void TestTimestampCall::takesNoAnswerToAnother_data()
{
    QTest::addColumn<QByteArray>("stamped");
    QTest::addColumn<QString>("expected");

    QTest::newRow("without a nonce")
        << QByteArray("signature")
        << u"wrong: the answer of the timestamp authority: the timestamp has another nonce "
           u"than was asked for"_s;
    QTest::newRow("of something else")
        << QByteArray("other")
        << u"wrong: the answer of the timestamp authority: the timestamp is of another "
           u"digest than was asked for"_s;
}

void TestTimestampCall::takesNoAnswerToAnother()
{
    QFETCH(QByteArray, stamped);
    m_server->answer = [this, stamped](const auto &) {
        return reply(
            m_stamper.stamp(QCryptographicHash::hash(stamped, QCryptographicHash::Sha256), m_clock->now()));
    };
    const auto one = call();
    QTRY_COMPARE(m_outcomes.size(), 1);
    QTEST(failure(), "expected");
}

void TestTimestampCall::waitsNoLongerThanItMay()
{
    m_server->answer = {};
    const auto one = call();
    QTRY_COMPARE(m_server->requests().size(), 1);
    m_clock->advance(30s);
    QTRY_COMPARE(m_outcomes.size(), 1);
    QVERIFY2(failure().startsWith(u"offline: the timestamp authority cannot be asked: "_s),
             qPrintable(failure()));
}

void TestTimestampCall::holdsToTheEgressList()
{
    const auto one = call(QList<EgressRule>{});
    QTRY_COMPARE(m_outcomes.size(), 1);
    QVERIFY2(failure().startsWith(u"forbidden: the timestamp authority cannot be asked: "_s),
             qPrintable(failure()));
    QCOMPARE(m_server->connections(), 0);
}

QTEST_GUILESS_MAIN(TestTimestampCall)
#include "tst_timestamp_call.moc"
