#include "engine/anchor/rekor_format.h"
#include "engine/anchor/tiled_log.h"
#include "tests/support/test_log.h"

#include <QCryptographicHash>
#include <QFile>
#include <QJsonArray>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;
using rekor::Generation;
using test::TestLog;

/// What is said to a log and what it says, without a network.
class TestRekorFormat : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void asksTheFirstGeneration();
    void asksTheSecondGeneration();
    void secondGenerationTakesNoEd25519();
    void readsAPublishedEntry();
    void refusesOfTheFirst_data();
    void refusesOfTheFirst();
    void readsTheSecond();
    void refusesOfTheSecond_data();
    void refusesOfTheSecond();
    void findsIds_data();
    void findsIds();
    void readsTiles_data();
    void readsTiles();
    void namesFarTiles();
    void refusesTiles_data();
    void refusesTiles();
    void refusesWhatIsNotThere();

private:
    SigningKey m_signer = *SigningKey::generate();
    DsseEnvelope m_envelope;
};

static QByteArray publishedEntry()
{
    QFile file(QStringLiteral(SOURCE_DIR "/tests/anchor/vectors/rekor_v1_entry.json"));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void TestRekorFormat::init()
{
    m_envelope = *signDsse(packRunPayloadType, R"({"a":1})", m_signer);
}

void TestRekorFormat::asksTheFirstGeneration()
{
    const auto request = rekor::entryRequest(Generation::First, m_envelope, m_signer.publicKey());
    QVERIFY(request);
    const QJsonObject json = *parseJsonObject(*request);
    QCOMPARE(json.keys(), (QStringList{u"apiVersion"_s, u"kind"_s, u"spec"_s}));
    QCOMPARE(json[u"apiVersion"_s].toString(), u"0.0.1"_s);
    QCOMPARE(json[u"kind"_s].toString(), u"dsse"_s);
    const QJsonObject content = json[u"spec"_s][u"proposedContent"_s].toObject();
    QCOMPARE(content.keys(), (QStringList{u"envelope"_s, u"verifiers"_s}));
    QCOMPARE(*DsseEnvelope::parse(content[u"envelope"_s].toString().toUtf8()), m_envelope);
    QCOMPARE(content[u"verifiers"_s].toArray().size(), 1);
    QCOMPARE(QByteArray::fromBase64(content[u"verifiers"_s][0].toString().toLatin1()),
             m_signer.publicKey().pem());
}

void TestRekorFormat::asksTheSecondGeneration()
{
    const auto request = rekor::entryRequest(Generation::Second, m_envelope, m_signer.publicKey());
    QVERIFY(request);
    const auto base64 = [](const QByteArray &bytes) { return QString::fromLatin1(bytes.toBase64()); };
    const QByteArray digest = QCryptographicHash::hash(preAuthEncoding(packRunPayloadType, R"({"a":1})"),
                                                       QCryptographicHash::Sha256);
    const QJsonObject verifier{
        {u"keyDetails"_s, u"PKIX_ECDSA_P256_SHA_256"_s},
        {u"publicKey"_s, QJsonObject{{u"rawBytes"_s, base64(m_signer.publicKey().der())}}}};
    const QJsonObject signature{{u"content"_s, base64(m_envelope.signatures.first().signature)},
                                {u"verifier"_s, verifier}};
    const QJsonObject expected{{u"hashedRekordRequestV002"_s,
                                QJsonObject{{u"digest"_s, base64(digest)}, {u"signature"_s, signature}}}};
    QCOMPARE(*parseJsonObject(*request), expected);
}

void TestRekorFormat::secondGenerationTakesNoEd25519()
{
    const SigningKey signer = *SigningKey::generate(SigningKey::Algorithm::Ed25519);
    const auto envelope = signDsse(packRunPayloadType, "{}", signer);
    const auto request = rekor::entryRequest(Generation::Second, *envelope, signer.publicKey());
    QVERIFY(!request);
    QCOMPARE(request.error().message,
             u"a log of the second generation takes no signatures of the key %1, which is ed25519; it takes "
             u"those of ecdsa-p256"_s.arg(signer.publicKey().keyId()));
    QVERIFY(rekor::entryRequest(Generation::First, *envelope, signer.publicKey()));
}

void TestRekorFormat::readsAPublishedEntry()
{
    const auto entry = rekor::readFirstGeneration(publishedEntry());
    QVERIFY2(entry, entry ? "" : qPrintable(entry.error().toString()));
    QCOMPARE(entry->logIndex, quint64(59674396));
    QCOMPARE(entry->proofIndex, quint64(55510965));
    QCOMPARE(entry->tree.size, quint64(55510966));
    QCOMPARE(entry->integratedTimeSeconds, quint64(1703705039));
    QCOMPARE(entry->kind + u' ' + entry->version, u"hashedrekord 0.0.1"_s);
    QVERIFY(checkInclusion(*entry));
    const auto key = PublicKey::fromPem(R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2G2Y+2tabdTV5BcGiBIx0a9fAFwr
kBbmLSGtks4L3qX6yYY0zufBnhC8Ur/iy55GhWP/9A/bY2LhC30M9+RYtw==
-----END PUBLIC KEY-----
)");
    QVERIFY(key);
    const auto isSigned = checkLogSignatures(*entry, {u"rekor.sigstore.dev"_s, *key});
    QVERIFY2(isSigned, isSigned ? "" : qPrintable(isSigned.error().toString()));
    QCOMPARE(*LogEntry::parse(entry->toJson()), *entry);
}

void TestRekorFormat::refusesOfTheFirst_data()
{
    QTest::addColumn<QByteArray>("from"); // Nothing: all of it becomes to.
    QTest::addColumn<QByteArray>("to");
    QTest::addColumn<QString>("error");

    const QString id = u"/24296fb24b8ad77a"_s + QString::fromLatin1(publishedEntry().mid(18, 64));
    const auto row = [](const char *name, const QByteArray &from, const QByteArray &to,
                        const QString &error) { QTest::newRow(name) << from << to << error; };
    row("nothing", "", "", u"1:1: expected a value, found the end of the text"_s);
    row("a list", "", "[]", u"1:1: expected a JSON object"_s);
    row("no entry", "", "{}", u"there are 0 entries instead of one"_s);
    row("two entries", "", R"({"a":{},"b":{}})", u"there are 2 entries instead of one"_s);
    row("no members", "", R"({"a":{}})", u"/a/logID: this must be bytes in lower-case hex"_s);
    row("another id", "24296fb24b8ad77a", "24296fb24b8ad77a00", u"-"_s);
    row("log in base64", "c0d23d6ad406973f", "wNI9atQGlz+VWfO6",
        id + u"/logID: this must be bytes in lower-case hex"_s);
    row("root in capitals", "2428b53b9dd799", "2428B53B9DD799",
        id + u"/verification/inclusionProof/rootHash: this must be bytes in lower-case hex"_s);
    row("odd hash", "[\"fb77ee21", "[\"b77ee21",
        id + u"/verification/inclusionProof/hashes/0: this must be bytes in lower-case hex"_s);
    row("no checkpoint", "\"checkpoint\"", "\"other\"",
        u"/inclusionProof/checkpoint/envelope: \"envelope\" must be text that is not empty"_s);
    row("body that is no JSON", "\"body\":\"eyJh", "\"body\":\"AAAA",
        u"/kindVersion/kind: \"kind\" must be text that is not empty"_s);
    row("negative index", "\"logIndex\":59674396", "\"logIndex\":-1",
        u"/logIndex: \"logIndex\" must be a decimal number below 2^63"_s);
    row("timestamp that is no base64", "MEUCIQCG9PRI", "MEUCIQCG9PR?",
        u"/inclusionPromise/signedEntryTimestamp: this must be bytes in strict base64"_s);
}

void TestRekorFormat::refusesOfTheFirst()
{
    QFETCH(QByteArray, from);
    QFETCH(QByteArray, to);
    QFETCH(QString, error);
    QByteArray answer = publishedEntry();
    if (from.isEmpty())
        answer = to;
    else
        answer.replace(answer.indexOf(from), from.size(), to);
    const auto entry = rekor::readFirstGeneration(answer);
    if (error == u"-") { // Only the end of an id is that of the leaf.
        QVERIFY(entry);
        const qsizetype last = answer.indexOf("\":{") - 1;
        answer[last] = answer[last] == '0' ? '1' : '0';
        const auto other = rekor::readFirstGeneration(answer);
        QVERIFY(!other);
        QVERIFY(other.error().message.endsWith(u" has another body than its id says"_s));
        return;
    }
    QVERIFY(!entry);
    QCOMPARE(entry.error().toString(), error);
}

/// As protobuf writes it, with what is not there and what is not known.
static QJsonObject secondAnswer(const LogEntry &entry)
{
    QJsonObject json = *parseJsonObject(entry.toJson());
    json[u"inclusionPromise"_s] = QJsonValue::Null;
    json[u"tomorrow"_s] = 1;
    QJsonObject log = json[u"logId"_s].toObject();
    log[u"more"_s] = true;
    json[u"logId"_s] = log;
    return json;
}

void TestRekorFormat::readsTheSecond()
{
    TestLog log(u"log.example"_s, *SigningKey::generate(), TestLog::Second);
    for (const char *leaf : {"a", "b", "c"})
        log.append(leaf);
    const LogEntry made = log.add(m_envelope, m_signer.publicKey());
    const auto entry = rekor::readSecondGeneration(canonicalJsonOf(secondAnswer(made)));
    QVERIFY2(entry, entry ? "" : qPrintable(entry.error().toString()));
    QCOMPARE(*entry, made);
}

void TestRekorFormat::refusesOfTheSecond_data()
{
    QTest::addColumn<QString>("member");
    QTest::addColumn<QJsonValue>("value");
    QTest::addColumn<QString>("error");

    QTest::newRow("no body") << u"canonicalizedBody"_s << QJsonValue()
                             << u"/canonicalizedBody: this must be bytes in strict base64"_s;
    QTest::newRow("no proof") << u"inclusionProof"_s << QJsonValue()
                              << u"/inclusionProof: this must be an object"_s;
    QTest::newRow("no log") << u"logId"_s << QJsonValue(u"a"_s) << u"/logId: this must be an object"_s;
    QTest::newRow("index") << u"logIndex"_s << QJsonValue(u"01"_s)
                           << u"/logIndex: \"logIndex\" must be a decimal number below 2^63"_s;
}

void TestRekorFormat::refusesOfTheSecond()
{
    QFETCH(QString, member);
    QFETCH(QJsonValue, value);
    TestLog log(u"log.example"_s, *SigningKey::generate(), TestLog::Second);
    QJsonObject json = secondAnswer(log.add(m_envelope, m_signer.publicKey()));
    json[member] = value;
    const auto entry = rekor::readSecondGeneration(canonicalJsonOf(json));
    QVERIFY(!entry);
    QTEST(entry.error().toString(), "error");
}

void TestRekorFormat::findsIds_data()
{
    QTest::addColumn<QByteArray>("location");
    QTest::addColumn<QString>("id");

    const QByteArray leaf(64, 'a');
    const QByteArray whole = "24296fb24b8ad77a" + leaf;
    QTest::newRow("path") << "/api/v1/log/entries/" + whole << QString::fromLatin1(whole);
    QTest::newRow("without its tree") << "/api/v1/log/entries/" + leaf << QString::fromLatin1(leaf);
    QTest::newRow("elsewhere: only the id counts")
        << "https://evil.example/x/api/v1/log/entries/" + whole << QString::fromLatin1(whole);
    QTest::newRow("nothing") << QByteArray() << QString();
    QTest::newRow("too short") << "/api/v1/log/entries/" + leaf.chopped(1) << QString();
    QTest::newRow("something behind it") << "/api/v1/log/entries/" + whole + "/proof" << QString();
    QTest::newRow("a way out") << QByteArray("/api/v1/log/entries/../../x") << QString();
}

void TestRekorFormat::findsIds()
{
    QFETCH(QByteArray, location);
    QTEST(rekor::entryIdIn(location), "id");
}

void TestRekorFormat::readsTiles_data()
{
    QTest::addColumn<quint64>("index");
    QTest::addColumn<int>("size");
    QTest::addColumn<QStringList>("resources");

    const QString note = u"checkpoint"_s;
    QTest::newRow("alone") << quint64(0) << 1 << QStringList{note, u"tile/entries/000.p/1"_s};
    QTest::newRow("part of one tile")
        << quint64(3) << 7 << QStringList{note, u"tile/entries/000.p/7"_s, u"tile/0/000.p/7"_s};
    QTest::newRow("one whole tile") << quint64(255) << 256
                                    << QStringList{note, u"tile/entries/000"_s, u"tile/0/000"_s};
    QTest::newRow("the right edge of two")
        << quint64(2) << 300
        << QStringList{note, u"tile/entries/000"_s, u"tile/0/000"_s, u"tile/0/001.p/44"_s};
    QTest::newRow("three tiles") << quint64(600) << 700
                                 << QStringList{note, u"tile/entries/002.p/188"_s, u"tile/0/002.p/188"_s,
                                                u"tile/1/000.p/2"_s};
}

/// The tiles of a log, made from its leaves by the definition of RFC 6962.
static QByteArray resourceOf(const TestLog &log, const QString &name)
{
    if (name == u"checkpoint"_s)
        return log.checkpoint().toBytes();
    const QStringList parts = name.section(u".p/"_s, 0, 0).split(u'/');
    const quint64 number = parts.last().toULongLong();
    const quint64 leaves = parts[1] == u"1"_s ? 256 : 1;
    QByteArray bytes;
    for (quint64 i = number * 256; i < std::min((number + 1) * 256, log.size() / leaves); ++i) {
        const QByteArray leaf = log.leaves().value(qsizetype(i));
        bytes += parts[1] == u"entries"_s ? QByteArray(1, char(leaf.size() >> 8)) + char(leaf.size()) + leaf
                                          : log.rootOf(i * leaves, (i + 1) * leaves);
    }
    return bytes;
}

void TestRekorFormat::readsTiles()
{
    QFETCH(quint64, index);
    QFETCH(int, size);
    TestLog log(u"log.example"_s, *SigningKey::generate(), TestLog::Second);
    for (int i = 0; i < size; ++i)
        log.append(quint64(i) == index ? test::logBody(TestLog::Second, m_envelope, m_signer.publicKey())
                                       : "leaf " + QByteArray::number(i));
    TiledLog tiles(index);
    QStringList asked;
    for (QString next = tiles.next(); !next.isEmpty(); next = tiles.next()) {
        asked += next;
        const auto taken = tiles.take(resourceOf(log, next));
        QVERIFY2(taken, taken ? "" : qPrintable(taken.error().toString()));
    }
    QTEST(asked, "resources");
    const auto entry = tiles.entry();
    QVERIFY2(entry, entry ? "" : qPrintable(entry.error().toString()));
    LogEntry expected = log.prove(index);
    expected.logId = log.checkpoint().signatures.first().keyHash; // All that a checkpoint says of it.
    expected.checkpoint = entry->checkpoint;                      // Signed anew.
    QCOMPARE(*entry, expected);
    QVERIFY(checkInclusion(*entry));
    QVERIFY(checkSubject(*entry, m_envelope, m_signer.publicKey()));
    QVERIFY(checkLogSignatures(*entry, log.logKey()));
}

void TestRekorFormat::namesFarTiles()
{
    const TestLog log(u"log.example"_s, *SigningKey::generate(), TestLog::Second);
    const quint64 index = 1'234'067ULL * 256 + 5;
    TiledLog tiles(index);
    QVERIFY(tiles.take(log.note(log.origin(), {index + 1, QByteArray(32, 'r')}).toBytes()));
    QCOMPARE(tiles.next(), u"tile/entries/x001/x234/067.p/6"_s);
}

void TestRekorFormat::refusesTiles_data()
{
    QTest::addColumn<int>("step"); // Of the resources of entry 1 of 3.
    QTest::addColumn<QByteArray>("resource");
    QTest::addColumn<QString>("error");

    QTest::newRow("no note") << 0 << QByteArray("x")
                             << u"the checkpoint: a note is text, an empty line and signatures"_s;
    QTest::newRow("no checkpoint")
        << 0 << QByteArray("a\n\n\u2014 a AAAAAAAA\n")
        << u"the checkpoint: a checkpoint has three lines or more: origin, size and root"_s;
    QTest::newRow("no entries") << 1 << QByteArray() << u"tile/entries/000.p/3 ends before entry 1"_s;
    QTest::newRow("cut off") << 1 << QByteArray("\0\1a\0\2b", 6)
                             << u"tile/entries/000.p/3 is cut off or has an empty entry"_s;
    QTest::newRow("empty entry") << 1 << QByteArray("\0\0", 2)
                                 << u"tile/entries/000.p/3 is cut off or has an empty entry"_s;
    QTest::newRow("a hash too few") << 2 << QByteArray(64, 'h')
                                    << u"tile/0/000.p/3 has 64 bytes instead of 96"_s;
    QTest::newRow("too large") << 1 << QByteArray(TiledLog::maxResourceBytes + 1, 'h')
                               << u"tile/entries/000.p/3 has 16777217 bytes, at most 16777216 are read"_s;
}

void TestRekorFormat::refusesTiles()
{
    QFETCH(int, step);
    QFETCH(QByteArray, resource);
    TestLog log(u"log.example"_s, *SigningKey::generate(), TestLog::Second);
    for (const char *leaf : {"a", "b", "c"})
        log.append(leaf);
    TiledLog tiles(1);
    for (int i = 0; i < step; ++i)
        QVERIFY(tiles.take(resourceOf(log, tiles.next())));
    const auto taken = tiles.take(resource);
    QVERIFY(!taken);
    QTEST(taken.error().message, "error");
}

void TestRekorFormat::refusesWhatIsNotThere()
{
    TestLog log(u"log.example"_s, *SigningKey::generate(), TestLog::Second);
    log.append("no JSON");
    TiledLog later(1);
    QCOMPARE(later.take(log.checkpoint().toBytes()).error().message,
             u"the checkpoint is of 1 entries, number 1 is not yet among them"_s);
    TiledLog tiles(0);
    while (!tiles.next().isEmpty())
        QVERIFY(tiles.take(resourceOf(log, tiles.next())));
    QCOMPARE(tiles.entry().error().message, u"entry 0: 1:1: expected a value, found \"n\""_s);
}

QTEST_GUILESS_MAIN(TestRekorFormat)
#include "tst_rekor_format.moc"
