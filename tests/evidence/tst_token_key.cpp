#include "engine/evidence/token/token_key.h"

#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using engine::ErrorCode;
using engine::SigningKey;
using engine::TokenKey;

/// What is kept of a key in a token.
class TestTokenKey : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void savesAndLoads();
    void refuses_data();
    void refuses();
    void loadRefusesWhatOthersCanWrite();

private:
    static TokenKey newKey()
    {
        const auto key = SigningKey::generate();
        if (!key)
            qFatal("no key: %s", qPrintable(key.error().message));
        return {{u"desk"_s, u"ben"_s, {}}, u"/usr/lib/module.so"_s, key->publicKey()};
    }
};

void TestTokenKey::savesAndLoads()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"ben.token.json"_s);
    const TokenKey key = newKey();

    QVERIFY(key.save(path));
    const auto loaded = TokenKey::load(path);

    QVERIFY2(loaded, loaded ? "" : qPrintable(loaded.error().toString()));
    QVERIFY(loaded->uri == key.uri);
    QCOMPARE(loaded->module, key.module);
    QCOMPARE(loaded->publicKey.keyId(), key.publicKey.keyId());
    const auto again = key.save(path);
    QVERIFY(!again);
    QCOMPARE(toString(again.error().code), toString(ErrorCode::Conflict));
}

void TestTokenKey::refuses_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("error");
    const QByteArray pem = QByteArray(newKey().publicKey.pem()).replace('\n', "\\n");
    const QByteArray good =
        R"("schema":"stellaops.token-key/v1","uri":"pkcs11:token=desk;object=ben","module":"/m.so")";

    QTest::newRow("nothing") << QByteArray("{}") << u"t.json: a token's key needs \"schema\", as text"_s;
    QTest::newRow("list") << QByteArray("[]") << u"t.json:1:1: expected a JSON object"_s;
    QTest::newRow("unknown member") << "{" + good + R"(,"pin":"1"})"
                                    << u"t.json: /pin: unknown member \"pin\""_s;
    QTest::newRow("no key") << "{" + good + "}" << u"t.json: a token's key needs \"pem\", as text"_s;
    QTest::newRow("another schema")
        << R"({"schema":"v0","uri":"","module":"","pem":""})"_ba
        << u"t.json: /schema: \"v0\" is not known; expected \"stellaops.token-key/v1\""_s;
    QTest::newRow("module in the uri")
        << R"({"schema":"stellaops.token-key/v1","module":"","pem":"","uri":"pkcs11:token=a;object=b?module-path=/x"})"_ba
        << u"t.json: /uri: this is not a PKCS #11 URI of a key: it has a query; the module is given by an "
           u"option, and "
           "the PIN by its owner"_s;
    QTest::newRow("not a key") << "{" + good + R"(,"pem":"x"})"
                               << u"t.json: /pem: this is not a public key in PEM: it does not begin with "
                                  "\"-----BEGIN PUBLIC KEY-----\""_s;
    QTest::newRow("Ed25519")
        << "{" + good
               + R"(,"pem":"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n-----END PUBLIC KEY-----\n"})"
        << u"t.json: /pem: keys in tokens are ecdsa-p256, not ed25519"_s;
    QTest::newRow("good") << "{" + good + R"(,"pem":")" + pem + "\"}" << QString();
}

void TestTokenKey::refuses()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, error);

    const auto key = TokenKey::parse(json, u"t.json"_s);

    QCOMPARE(key ? QString() : key.error().toString(), error);
}

void TestTokenKey::loadRefusesWhatOthersCanWrite()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"ben.token.json"_s);
    QVERIFY(newKey().save(path));
    QVERIFY(QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::WriteGroup));

    const auto loaded = TokenKey::load(path);

    QVERIFY(!loaded);
    QCOMPARE(toString(loaded.error().code), toString(ErrorCode::Io));
}

QTEST_GUILESS_MAIN(TestTokenKey)
#include "tst_token_key.moc"
