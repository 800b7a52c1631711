#include "tests/support/test_log.h"

#include <QTest>

using namespace Qt::StringLiterals;
using engine::Checkpoint;
using engine::SignedNote;
using engine::SigningKey;
using test::TestLog;

class TestSignedNote : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void publishedExample();
    void roundTrips_data();
    void roundTrips();
    void parseRefuses_data();
    void parseRefuses();
    void refusesCheckpoints_data();
    void refusesCheckpoints();
    void limits();
};

namespace {

const QByteArray dash = "\xe2\x80\x94 ";

} // namespace

void TestSignedNote::publishedExample()
{
    // The example of golang.org/x/mod/sumdb/note, whose key is
    // PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW
    const QByteArray raw = QByteArray::fromBase64("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").mid(1);
    const QByteArray pem = "-----BEGIN PUBLIC KEY-----\n"
                           + (QByteArray::fromHex("302a300506032b6570032100") + raw).toBase64()
                           + "\n-----END PUBLIC KEY-----\n";
    const auto key = engine::PublicKey::fromPem(pem);
    QVERIFY(key);
    QByteArray bytes =
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n\n"
        + dash
        + "PeterNeumann "
          "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    const auto note = SignedNote::parse(bytes);

    QVERIFY(note);
    QCOMPARE(note->toBytes(), bytes);
    QCOMPARE(note->signatures.first().keyHash.toHex(), QByteArray("c74f20a3"));
    QCOMPARE(engine::noteKeyHashes(u"PeterNeumann"_s, *key).first().toHex(), QByteArray("c74f20a3"));
    QVERIFY(engine::isSignedBy(*note, u"PeterNeumann"_s, *key));
    QVERIFY(!engine::namesKey(*note, u"EnochRoot"_s, *key));
    bytes.replace("know", "KNOW");
    QVERIFY(engine::namesKey(*SignedNote::parse(bytes), u"PeterNeumann"_s, *key));
    QVERIFY(!engine::isSignedBy(*SignedNote::parse(bytes), u"PeterNeumann"_s, *key));
}

void TestSignedNote::roundTrips_data()
{
    QTest::addColumn<SigningKey::Algorithm>("algorithm");
    QTest::addColumn<bool>("isFirst");
    QTest::newRow("first generation, P-256") << SigningKey::Algorithm::EcdsaP256 << true;
    QTest::newRow("first generation, Ed25519") << SigningKey::Algorithm::Ed25519 << true;
    QTest::newRow("second generation, P-256") << SigningKey::Algorithm::EcdsaP256 << false;
    QTest::newRow("second generation, Ed25519") << SigningKey::Algorithm::Ed25519 << false;
}

void TestSignedNote::roundTrips()
{
    QFETCH(SigningKey::Algorithm, algorithm);
    QFETCH(bool, isFirst);
    TestLog log(u"log.example"_s, *SigningKey::generate(algorithm),
                isFirst ? TestLog::First : TestLog::Second);
    log.append("a");
    log.append("b");
    SignedNote note = log.checkpoint();
    note.signatures.prepend({u"witness"_s, "abcd", "e"}); // Somebody else signed, too.

    const auto parsed = SignedNote::parse(note.toBytes());

    QVERIFY(parsed);
    QCOMPARE(*parsed, note);
    QVERIFY(engine::isSignedBy(*parsed, log.name, log.key.publicKey()));
    QVERIFY(!engine::isSignedBy(*parsed, log.name, SigningKey::generate(algorithm)->publicKey()));
    const auto checkpoint = Checkpoint::parse(parsed->text);
    QVERIFY(checkpoint);
    QCOMPARE(*checkpoint, (Checkpoint{log.origin(), log.head()}));
}

void TestSignedNote::parseRefuses_data()
{
    QTest::addColumn<QByteArray>("note");
    QTest::addColumn<QString>("error");
    const QByteArray good = "text\n\n" + dash + "name YWJjZGU=\n";
    QVERIFY(SignedNote::parse(good));
    const auto row = [](const char *name, const QByteArray &note, const QString &error) {
        QTest::newRow(name) << note << error;
    };
    const QString parts = u"a note is text, an empty line and signatures"_s;

    row("nothing", {}, parts);
    row("no text", "\n\n" + dash + "name YWJjZGU=\n", parts);
    row("no empty line", "text\n" + dash + "name YWJjZGU=\n", parts);
    row("no signatures", "text\n\n", u"the note ends before its signatures do"_s);
    row("cut off", good.chopped(1), u"the note ends before its signatures do"_s);
    row("carriage return", "text\r\n\n" + good.mid(6),
        u"line 1: a note has no control characters but line feeds"_s);
    row("zero in a signature", "text\n\n" + dash + QByteArray("na\0me YWJjZGU=\n", 15),
        u"line 3: a note has no control characters but line feeds"_s);
    row("not UTF-8", "te\xfft\n\n" + good.mid(6), u"the note is not UTF-8"_s);
    row("hyphen", "text\n\n- name YWJjZGU=\n",
        u"line 3: a signature begins with a dash (U+2014) and a space"_s);
    row("no name", "text\n\n" + dash + " YWJjZGU=\n",
        u"line 3: a signature is a key's name, a space and base64"_s);
    row("plus in the name", "text\n\n" + dash + "a+b YWJjZGU=\n",
        u"line 3: a signature is a key's name, a space and base64"_s);
    row("no base64", "text\n\n" + dash + "name\n",
        u"line 3: a signature is a key's name, a space and base64"_s);
    row("stray bits", "text\n\n" + dash + "name YWJjZGV=\n",
        u"line 3: the signature of \"name\" is not strict base64"_s);
    row("space behind", "text\n\n" + dash + "name YWJjZGU= \n",
        u"line 3: the signature of \"name\" is not strict base64"_s);
    row("only a hash", good + dash + "b YWJjZA==\n",
        u"line 4: the signature of \"b\" has 4 bytes, which is too short"_s);
}

void TestSignedNote::parseRefuses()
{
    QFETCH(QByteArray, note);
    QFETCH(QString, error);
    const auto parsed = SignedNote::parse(note);
    QVERIFY(!parsed);
    const int line = parsed.error().where.line;
    QCOMPARE((line ? u"line %1: "_s.arg(line) : QString()) + parsed.error().message, error);
}

void TestSignedNote::refusesCheckpoints_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("error");
    const QByteArray root = QByteArray(32, 'r').toBase64() + '\n';
    QVERIFY(Checkpoint::parse("log\n7\n" + root + "more: of it\n"));
    const auto row = [](const char *name, const QByteArray &text, const QString &error) {
        QTest::newRow(name) << text << error;
    };
    const QString size = u"line 2: the size of the tree is not a decimal number below 2^63"_s;

    row("two lines", "log\n7\n", u"line 0: a checkpoint has three lines or more: origin, size and root"_s);
    row("no last line feed", "log\n7\n" + root.chopped(1),
        u"line 0: a checkpoint has three lines or more: origin, size and root"_s);
    row("no origin", "\n7\n" + root, u"line 1: a checkpoint has no empty lines"_s);
    row("empty line", "log\n7\n" + root + "\nmore\n", u"line 4: a checkpoint has no empty lines"_s);
    row("leading zero", "log\n07\n" + root, size);
    row("sign", "log\n+7\n" + root, size);
    row("hexadecimal", "log\n0x7\n" + root, size);
    row("too large", "log\n9223372036854775808\n" + root, size);
    row("short root", "log\n7\nYWJj\n", u"line 3: the root is not 32 bytes in strict base64"_s);
    row("root is no base64", "log\n7\n*\n", u"line 3: the root is not 32 bytes in strict base64"_s);
}

void TestSignedNote::refusesCheckpoints()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, error);
    const auto checkpoint = Checkpoint::parse(text);
    QVERIFY(!checkpoint);
    QCOMPARE(u"line %1: %2"_s.arg(checkpoint.error().where.line).arg(checkpoint.error().message), error);
}

void TestSignedNote::limits()
{
    const QByteArray line = dash + "n YWJjZGU=\n";
    QVERIFY(SignedNote::parse("t\n\n" + line.repeated(64)));
    QCOMPARE(SignedNote::parse("t\n\n" + line.repeated(65)).error().message,
             u"there are 65 signatures, at most 64 are read"_s);
    QCOMPARE(SignedNote::parse(QByteArray(65'537, 'x')).error().message,
             u"the note has 65537 bytes, at most 65536 are read"_s);
}

QTEST_GUILESS_MAIN(TestSignedNote)
#include "tst_signed_note.moc"
