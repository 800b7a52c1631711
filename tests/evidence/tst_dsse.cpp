#include "engine/evidence/dsse.h"

#include <QFile>
#include <QJsonArray>
#include <QTest>

using namespace Qt::StringLiterals;
using engine::DsseEnvelope;
using engine::ErrorCode;
using engine::PublicKey;
using engine::SigningKey;

namespace {

const QString vectorFolder = QStringLiteral(SOURCE_DIR "/../shared/vectors/dsse/");

/// A published file of cases; empty when it is not on this machine.
QJsonObject vectors(const QString &name)
{
    QFile file(vectorFolder + name);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const auto json = engine::parseJsonObject(file.readAll(), name);
    if (!json)
        qFatal("%s", qPrintable(json.error().toString()));
    return *json;
}

PublicKey publicKey(const QByteArray &pem)
{
    auto key = PublicKey::fromPem(pem);
    if (!key)
        qFatal("%s", qPrintable(key.error().message));
    return *key;
}

PublicKey fromRaw(const QByteArray &derPrefixHex, const QByteArray &raw)
{
    return publicKey("-----BEGIN PUBLIC KEY-----\n" + (QByteArray::fromHex(derPrefixHex) + raw).toBase64()
                     + "\n-----END PUBLIC KEY-----\n");
}

SigningKey newKey(SigningKey::Algorithm algorithm = SigningKey::Algorithm::Ed25519)
{
    auto key = SigningKey::generate(algorithm);
    if (!key)
        qFatal("%s", qPrintable(key.error().message));
    return *key;
}

const QString type = QStringLiteral("application/example+json");

/// An envelope of "{}" with these members instead of the right ones.
QByteArray envelopeWith(const QByteArray &payload, const QByteArray &signatures)
{
    return R"({"payload":)" + payload + R"(,"payloadType":"t","signatures":)" + signatures + "}";
}

} // namespace

class TestDsse : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void encodesBeforeSigning_data();
    void encodesBeforeSigning();
    void signsAndOpens_data();
    void signsAndOpens();
    void signsThroughAnySigner();
    void writesCanonically();
    void signRefusesTypes_data();
    void signRefusesTypes();
    void parseAccepts_data();
    void parseAccepts();
    void parseRefuses_data();
    void parseRefuses();
    void countsDistinctKeys();
    void checksTypeAfterSignature();
    void protocolExample();
    void publishedVectors_data();
    void publishedVectors();
    void vendorCases_data();
    void vendorCases();
};

void TestDsse::encodesBeforeSigning_data()
{
    QTest::addColumn<QString>("payloadType");
    QTest::addColumn<QByteArray>("payload");
    QTest::addColumn<QByteArray>("encoded");

    QTest::newRow("protocol example") << u"http://example.com/HelloWorld"_s << QByteArray("hello world")
                                      << QByteArray("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    QTest::newRow("empty payload") << u"t"_s << QByteArray() << QByteArray("DSSEv1 1 t 0 ");
    QTest::newRow("both empty") << QString() << QByteArray() << QByteArray("DSSEv1 0  0 ");
    QTest::newRow("bytes, not characters")
        << u"ä"_s << QByteArray("\xff\x00\n", 3) << QByteArray("DSSEv1 2 \xc3\xa4 3 \xff\x00\n", 17);
}

void TestDsse::encodesBeforeSigning()
{
    QFETCH(QString, payloadType);
    QFETCH(QByteArray, payload);
    QFETCH(QByteArray, encoded);
    QCOMPARE(engine::preAuthEncoding(payloadType, payload), encoded);
}

void TestDsse::signsAndOpens_data()
{
    QTest::addColumn<SigningKey::Algorithm>("algorithm");
    QTest::newRow("P-256") << SigningKey::Algorithm::EcdsaP256;
    QTest::newRow("Ed25519") << SigningKey::Algorithm::Ed25519;
}

void TestDsse::signsAndOpens()
{
    QFETCH(SigningKey::Algorithm, algorithm);
    const SigningKey key = newKey(algorithm);
    const SigningKey other = newKey(algorithm);

    const auto envelope = engine::signDsse(type, "{\"a\":1}", key);
    QVERIFY(envelope);
    const auto reread = DsseEnvelope::parse(envelope->toJson());
    QVERIFY(reread);
    QCOMPARE(*reread, *envelope);

    const auto opened = engine::openDsse(envelope->toJson(), {other.publicKey(), key.publicKey()}, {type});
    QVERIFY(opened);
    QCOMPARE(opened->payload, QByteArray("{\"a\":1}"));
    QCOMPARE(opened->keyIds, QStringList{key.publicKey().keyId()});

    const auto unknown = engine::openDsse(envelope->toJson(), {other.publicKey()}, {type});
    QVERIFY(!unknown);
    QCOMPARE(toString(unknown.error().code), toString(ErrorCode::UntrustedKey));
    QCOMPARE(unknown.error().message, u"0 of 1 needed trusted keys signed this envelope"_s);
}

namespace {

/// A key that somebody else keeps, such as a token: it is asked, and it may be gone.
class TokenSigner : public engine::Signer
{
public:
    explicit TokenSigner(SigningKey key)
        : m_key(std::move(key))
    {
    }
    const PublicKey &publicKey() const override { return m_key.publicKey(); }
    engine::Result<QByteArray> sign(const QByteArray &message) const override
    {
        asked += message;
        if (isGone)
            return engine::Error{ErrorCode::Crypto, u"the token was removed"_s, {}, {}};
        return m_key.sign(message);
    }

    bool isGone = false;
    mutable QByteArrayList asked{};

private:
    const SigningKey m_key;
};

} // namespace

void TestDsse::signsThroughAnySigner()
{
    TokenSigner token(newKey());

    const auto envelope = engine::signDsse(type, "{}", token);

    QVERIFY(envelope);
    QCOMPARE(token.asked, QByteArrayList{engine::preAuthEncoding(type, "{}")});
    QCOMPARE(engine::verifyDsse(*envelope, {token.publicKey()}), QStringList{token.publicKey().keyId()});

    token.isGone = true;
    const auto refused = engine::signDsse(type, "{}", token);
    QVERIFY(!refused);
    QCOMPARE(refused.error().message, u"the token was removed"_s);
}

void TestDsse::writesCanonically()
{
    const DsseEnvelope envelope{u"t"_s, "\xfb\xff", {{u"id"_s, "\xff"}, {QString(), "s"}}};

    QCOMPARE(
        envelope.toJson(),
        QByteArray(
            R"({"payload":"+/8=","payloadType":"t","signatures":[{"keyid":"id","sig":"/w=="},{"sig":"cw=="}]})"));
}

void TestDsse::signRefusesTypes_data()
{
    QTest::addColumn<QString>("payloadType");
    for (const QString &bad : {QString(), u"ä"_s, u"a b"_s, u"a\n"_s, u"\u007f"_s})
        QTest::newRow(qPrintable(u"<"_s + bad + u">"_s)) << bad;
}

void TestDsse::signRefusesTypes()
{
    QFETCH(QString, payloadType);

    const auto envelope = engine::signDsse(payloadType, "{}", newKey());

    QVERIFY(!envelope);
    QCOMPARE(envelope.error().message, u"the payload type \"%1\" is not printable ASCII"_s.arg(payloadType));
}

void TestDsse::parseAccepts_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<DsseEnvelope>("envelope");

    QTest::newRow("no signatures") << envelopeWith(R"("e30=")", "[]") << DsseEnvelope{u"t"_s, "{}", {}};
    QTest::newRow("key id is null") << envelopeWith(R"("e30=")", R"([{"keyid":null,"sig":"cw=="}])")
                                    << DsseEnvelope{u"t"_s, "{}", {{QString(), "s"}}};
    QTest::newRow("unknown members") << envelopeWith(R"("e30=","x":[{}])", R"([{"y":1,"sig":""}])")
                                     << DsseEnvelope{u"t"_s, "{}", {{QString(), QByteArray()}}};
    QTest::newRow("URL-safe") << envelopeWith(R"("-_8=")", R"([{"sig":"+/8="}])")
                              << DsseEnvelope{u"t"_s, "\xfb\xff", {{QString(), "\xfb\xff"}}};
}

void TestDsse::parseAccepts()
{
    QFETCH(QByteArray, json);
    QFETCH(DsseEnvelope, envelope);

    const auto parsed = DsseEnvelope::parse(json);

    QVERIFY2(parsed, parsed ? "" : qPrintable(parsed.error().toString()));
    QCOMPARE(*parsed, envelope);
}

void TestDsse::parseRefuses_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("error");
    const QString base64 = u": this is not strict base64"_s;
    const auto row = [](const char *name, const QByteArray &json, const QString &error) {
        QTest::newRow(name) << json << error;
    };

    row("no payload", R"({"payloadType":"t","signatures":[]})",
        u"/payload: the envelope has no such member"_s);
    row("payload is a number", envelopeWith("1", "[]"), u"/payload: this must be text"_s);
    row("no payload type", R"({"payload":"","signatures":[]})",
        u"/payloadType: an envelope needs a payload type"_s);
    row("no signatures", R"({"payload":"","payloadType":"t"})",
        u"/signatures: an envelope needs a list of signatures"_s);
    row("signatures is an object", envelopeWith(R"("")", "{}"),
        u"/signatures: an envelope needs a list of signatures"_s);
    row("a signature is text", envelopeWith(R"("")", R"(["x"])"),
        u"/signatures/0: a signature must be an object"_s);
    row("a signature without sig", envelopeWith(R"("")", R"([{"sig":""},{}])"),
        u"/signatures/1/sig: the envelope has no such member"_s);
    row("a key id is a number", envelopeWith(R"("")", R"([{"keyid":1,"sig":""}])"),
        u"/signatures/0/keyid: a key id must be text"_s);
    row("too many signatures",
        envelopeWith(R"("")", "[" + QByteArray(R"({"sig":""},)").repeated(64) + R"({"sig":""}])"),
        u"/signatures: there are 65 signatures, at most 64 are read"_s);
    row("both alphabets", envelopeWith(R"("+_8=")", "[]"), u"/payload"_s + base64);
    row("no padding", envelopeWith(R"("e30")", "[]"), u"/payload"_s + base64);
    row("too much padding", envelopeWith(R"("e30==")", "[]"), u"/payload"_s + base64);
    row("padding in the middle", envelopeWith(R"("e30=e30=")", "[]"), u"/payload"_s + base64);
    row("only padding", envelopeWith(R"("====")", "[]"), u"/payload"_s + base64);
    row("stray bits", envelopeWith(R"("e31=")", "[]"), u"/payload"_s + base64);
    row("space", envelopeWith(R"("e3 0=")", "[]"), u"/payload"_s + base64);
    row("line feed", envelopeWith(R"("e30=\n")", "[]"), u"/payload"_s + base64);
    row("not ASCII", envelopeWith(R"("ä30=")", "[]"), u"/payload"_s + base64);
    row("one letter", envelopeWith(R"("e")", "[]"), u"/payload"_s + base64);
}

void TestDsse::parseRefuses()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, error);

    const auto envelope = DsseEnvelope::parse(json);

    QVERIFY(!envelope);
    QCOMPARE(envelope.error().toString(), error);
}

void TestDsse::countsDistinctKeys()
{
    const SigningKey a = newKey();
    const SigningKey b = newKey(SigningKey::Algorithm::EcdsaP256); // Every signature of it has other bytes.
    const auto first = engine::signDsse(type, "{}", b);
    const auto second = engine::signDsse(type, "{}", b);
    QVERIFY(first && second);
    QVERIFY(first->signatures != second->signatures);
    DsseEnvelope envelope = *first;
    envelope.signatures += second->signatures;

    const QList<PublicKey> trusted{a.publicKey(), b.publicKey(), b.publicKey()};
    QCOMPARE(engine::verifyDsse(envelope, trusted), QStringList{b.publicKey().keyId()});
    QCOMPARE(engine::openDsse(envelope.toJson(), trusted, {type}, 2).error().message,
             u"1 of 2 needed trusted keys signed this envelope"_s);

    envelope.signatures += engine::signDsse(type, "{}", a)->signatures;
    for (auto &signature : envelope.signatures)
        signature.keyId = u"someone else"_s; // A hint; it changes nothing.
    QCOMPARE(engine::verifyDsse(envelope, trusted),
             (QStringList{a.publicKey().keyId(), b.publicKey().keyId()}));
    QVERIFY(engine::openDsse(envelope.toJson(), trusted, {type}, 2));
}

void TestDsse::checksTypeAfterSignature()
{
    const SigningKey key = newKey();
    const auto envelope = engine::signDsse(type, "{}", key);
    QVERIFY(envelope);

    const auto opened = engine::openDsse(envelope->toJson(), {key.publicKey()}, {u"application/other"_s});

    QVERIFY(!opened);
    QCOMPARE(opened.error().toString(),
             u"/payloadType: the payload type \"application/example+json\" is not expected here"_s);
}

void TestDsse::protocolExample()
{
    const QJsonObject example = vectors(u"dsse_protocol_example_p256.json"_s);
    if (example.isEmpty())
        QSKIP("the published DSSE vectors are not on this machine");
    const QByteArray payload = example[u"body_utf8"_s].toString().toUtf8();

    QCOMPARE(engine::preAuthEncoding(example[u"payloadType"_s].toString(), payload),
             example[u"pae_utf8"_s].toString().toUtf8());

    // Its signature is r || s, which we refuse; the same numbers in DER hold.
    const auto envelope = DsseEnvelope::parse(engine::canonicalJsonOf(example[u"envelope"_s]));
    QVERIFY(envelope);
    QCOMPARE(envelope->payload, payload);
    // Its key, which the vendor's cases call E.
    const PublicKey key = publicKey("-----BEGIN PUBLIC KEY-----\n"
                                    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZ805D3eqNZywjCI19lInBJOp7YMr\n"
                                    "CrzAH3CVTAOQ0jgMeCvVTiaRJaRPRDOv8UMs6U4SvKc6pnrIDOoSYI3fdA==\n"
                                    "-----END PUBLIC KEY-----\n");
    QCOMPARE(engine::verifyDsse(*envelope, {key}), QStringList());
    const QByteArray raw = envelope->signatures.first().signature;
    QCOMPARE(raw.size(), 64);
    DsseEnvelope der = *envelope;
    QByteArray numbers;
    for (const QByteArray &number : {raw.left(32), raw.mid(32)})
        numbers +=
            number.front() < 0 ? QByteArray("\x02\x21\x00", 3) + number : QByteArray("\x02\x20") + number;
    der.signatures.first().signature = '\x30' + QByteArray(1, char(numbers.size())) + numbers;
    QCOMPARE(engine::verifyDsse(der, {key}), QStringList{key.keyId()});
}

void TestDsse::publishedVectors_data()
{
    const QJsonObject file = vectors(u"dsse_testvectors_ed25519.json"_s);
    if (file.isEmpty())
        QSKIP("the published DSSE vectors are not on this machine");
    QTest::addColumn<QJsonObject>("keys");
    QTest::addColumn<QJsonObject>("vector");
    for (const QJsonValue vector : file[u"vectors"_s].toArray())
        QTest::newRow(qPrintable(vector[u"id"_s].toString()))
            << file[u"keys"_s].toObject() << vector.toObject();
}

void TestDsse::publishedVectors()
{
    QFETCH(QJsonObject, keys);
    QFETCH(QJsonObject, vector);
    QList<PublicKey> trusted;
    for (const QJsonValue name : vector[u"trustedKeys"_s].toArray()) {
        const QByteArray hex = keys[name.toString()][u"public"_s].toString().toLatin1();
        trusted += fromRaw("302a300506032b6570032100", QByteArray::fromHex(hex));
    }
    const auto allowed = vector[u"supportedPayloadTypes"_s].toVariant().toStringList();
    const QByteArray json = engine::canonicalJsonOf(vector[u"envelope"_s]);

    const auto opened = engine::openDsse(json, trusted, allowed, int(vector[u"threshold"_s].toInteger()));

    QCOMPARE(bool(opened), vector[u"expect"_s].toString() == u"accept"_s);
    if (opened)
        QCOMPARE(engine::preAuthEncoding(opened->payloadType, opened->payload).toHex(),
                 vector[u"pae"_s].toString().toLatin1());
}

void TestDsse::vendorCases_data()
{
    const QJsonObject file = vectors(u"dsse_vendor_derived_cases.json"_s);
    if (file.isEmpty())
        QSKIP("the vendor's DSSE cases are not on this machine");
    QTest::addColumn<QJsonObject>("file");
    QTest::addColumn<QJsonObject>("one");
    for (const QJsonValue one : file[u"cases"_s].toArray())
        QTest::newRow(qPrintable(one[u"id"_s].toString())) << file << one.toObject();
}

void TestDsse::vendorCases()
{
    QFETCH(QJsonObject, file);
    QFETCH(QJsonObject, one);
    const QString expect = one[u"expect"_s].toString();
    const QString name = expect.endsWith(u"-with-key-E"_s) ? u"E"_s : u"A"_s;
    const QJsonValue entry = file[u"keys"_s][name];
    const PublicKey key = publicKey(entry[u"pem"_s].toString().toLatin1());
    QCOMPARE(key.keyId(), entry[u"keyid"_s].toString());
    const QByteArray json = one.contains(u"envelope_raw"_s) ? one[u"envelope_raw"_s].toString().toUtf8()
                                                            : engine::canonicalJsonOf(one[u"envelope"_s]);

    const auto opened = engine::openDsse(json, {key}, {engine::packRunPayloadType});

    // "implementation-defined": a wrong key id is a hint that we ignore.
    QCOMPARE(bool(opened), expect.startsWith(u"accept"_s) || expect == u"implementation-defined"_s);
    if (opened)
        QCOMPARE(engine::preAuthEncoding(opened->payloadType, opened->payload).toHex(),
                 file[u"pae_hex"_s].toString().toLatin1());
}

QTEST_GUILESS_MAIN(TestDsse)
#include "tst_dsse.moc"
