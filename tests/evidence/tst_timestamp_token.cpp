#include "engine/base/digest.h"
#include "engine/evidence/log/timestamp_token.h"
#include "tests/support/test_timestamper.h"

#include <QTest>

using namespace Qt::StringLiterals;
using engine::TimestampToken;
using test::TestTimestamper;

class TestTimestampToken : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void accepts_data();
    void accepts();
    void refusesSignatures_data();
    void refusesSignatures();
    void everyByteCounts();
    void parseRefuses_data();
    void parseRefuses();

private:
    const QByteArray m_digest = QByteArray::fromHex(engine::sha256Hex("data").toLatin1());
    const engine::Timestamp m_time = *engine::parseIso(u"2026-02-01T09:00:00.000Z"_s);
};

void TestTimestampToken::accepts_data()
{
    QTest::addColumn<QByteArray>("kind");
    QTest::addColumn<QString>("algorithm");
    QTest::newRow("P-256") << QByteArray("P-256") << u"ecdsa-p256"_s;
    QTest::newRow("P-384") << QByteArray("P-384") << u"ecdsa-p384"_s;
    QTest::newRow("RSA") << QByteArray("RSA") << u"rsa"_s;
}

void TestTimestampToken::accepts()
{
    QFETCH(QByteArray, kind);
    TestTimestamper stamper("critical,timeStamping", kind.constData());

    const auto token = TimestampToken::parse(stamper.stamp(m_digest, m_time));

    QVERIFY2(token, token ? "" : qPrintable(token.error().message));
    QCOMPARE(token->time(), m_time);
    QCOMPARE(token->sha256(), m_digest);
    QCOMPARE(token->nonce(), QByteArray());
    QCOMPARE(token->keys().size(), 1);
    QCOMPARE(token->keys().first().keyId(), stamper.publicKey().keyId());
    const auto checked = token->checkSignature(stamper.publicKey());
    QVERIFY2(checked, checked ? "" : qPrintable(checked.error().message));
    QTEST(stamper.publicKey().algorithm(), "algorithm");
    const TestTimestamper other("critical,timeStamping", kind.constData());
    QVERIFY(!token->checkSignature(other.publicKey()));
}

void TestTimestampToken::refusesSignatures_data()
{
    QTest::addColumn<QByteArray>("response");
    QTest::addColumn<engine::PublicKey>("key");
    QTest::addColumn<QString>("why");
    TestTimestamper stamper;
    TestTimestamper lax("timeStamping");
    const auto early = *engine::parseIso(u"2025-12-31T23:59:59.000Z"_s);

    QTest::newRow("another key") << stamper.stamp(m_digest, m_time) << lax.publicKey()
                                 << u"certificate verify error"_s;
    QTest::newRow("certificate of another time")
        << stamper.stamp(m_digest, early) << stamper.publicKey() << u"certificate verify error"_s;
    QTest::newRow("certificate of another time, beyond nanoseconds")
        << stamper.stamp(m_digest, *engine::parseIso(u"3026-02-01T09:00:00.000Z"_s)) << stamper.publicKey()
        << u"certificate verify error"_s;
    QTest::newRow("no certificate") << stamper.stamp(m_digest, m_time, "SHA256", false) << stamper.publicKey()
                                    << u"signer certificate not found"_s;
}

void TestTimestampToken::refusesSignatures()
{
    QFETCH(QByteArray, response);
    QFETCH(engine::PublicKey, key);
    QFETCH(QString, why);
    const auto token = TimestampToken::parse(response);
    QVERIFY2(token, token ? "" : qPrintable(token.error().message));
    const auto checked = token->checkSignature(key);
    QVERIFY(!checked);
    QCOMPARE(checked.error().message,
             u"the timestamp is not signed under the key %1: %2"_s.arg(key.keyId(), why));
}

void TestTimestampToken::everyByteCounts()
{
    TestTimestamper stamper;
    const QByteArray good = stamper.stamp(m_digest, m_time);
    int refusedByParser = 0;
    int refusedBySignature = 0;
    for (qsizetype at = 0; at < good.size(); ++at) {
        QByteArray bad = good;
        bad[at] = char(bad.at(at) ^ 1);
        const auto token = TimestampToken::parse(bad);
        if (!token)
            ++refusedByParser;
        else if (!token->checkSignature(stamper.publicKey()))
            ++refusedBySignature;
        else // What is outside of the signed part, such as an algorithm's parameters, may differ.
            QVERIFY2(token->time() == m_time && token->sha256() == m_digest, qPrintable(QString::number(at)));
    }
    QVERIFY(refusedByParser > 0);
    QVERIFY(refusedBySignature > 0);
    QVERIFY(refusedByParser + refusedBySignature > good.size() * 9 / 10);
}

void TestTimestampToken::parseRefuses_data()
{
    QTest::addColumn<QByteArray>("response");
    QTest::addColumn<QString>("error");
    TestTimestamper stamper;
    const QByteArray good = stamper.stamp(m_digest, m_time);
    const QString malformed = u"this is not the answer of a timestamp authority (RFC 3161)"_s;

    QTest::newRow("nothing") << QByteArray() << malformed;
    QTest::newRow("text") << QByteArray("tea") << malformed;
    QTest::newRow("cut off") << good.chopped(1) << malformed;
    QTest::newRow("something behind") << good + 'x' << malformed;
    QTest::newRow("too large") << QByteArray(65'537, 'x')
                               << u"the timestamp has 65537 bytes, at most 65536 are read"_s;
    QTest::newRow("refused") << QByteArray::fromHex("30053003020102")
                             << u"the timestamp was not granted: status 2"_s;
    QTest::newRow("granted, but nothing") << QByteArray::fromHex("30053003020100") << malformed;
    QTest::newRow("another algorithm") << stamper.stamp(QByteArray(64, 'd'), m_time, "SHA512")
                                       << u"the timestamp is not of a SHA-256 digest"_s;
}

void TestTimestampToken::parseRefuses()
{
    QFETCH(QByteArray, response);
    QFETCH(QString, error);
    const auto token = TimestampToken::parse(response);
    QVERIFY(!token);
    QCOMPARE(token.error().message, error);
}

QTEST_GUILESS_MAIN(TestTimestampToken)
#include "tst_timestamp_token.moc"
