#include "engine/evidence/token/token_signer.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <thread>

using namespace Qt::StringLiterals;
using engine::ErrorCode;
using engine::PassphraseQuestion;
using engine::PassphraseSource;
using engine::Pkcs11Module;
using engine::PublicKey;
using engine::Result;
using engine::SecretBytes;
using engine::TokenSigner;
using engine::TokenUri;

namespace {

PassphraseSource answering(const QByteArray &pin)
{
    return [pin](const PassphraseQuestion &question) -> Result<SecretBytes> {
        if (!question.isPin)
            qFatal("asked for a passphrase instead of a PIN");
        return SecretBytes::copyOf(pin);
    };
}

QString softHsm()
{
    for (const QString &path :
         {u"/usr/lib/softhsm/libsofthsm2.so"_s, u"/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"_s,
          u"/usr/lib64/softhsm/libsofthsm2.so"_s}) {
        if (QFile::exists(path))
            return path;
    }
    return {};
}

template<class T>
T must(Result<T> result)
{
    if (!result)
        qFatal("%s", qPrintable(result.error().toString()));
    return *std::move(result);
}

} // namespace

/// Keys in tokens: the URI that names them, and signatures by SoftHSM.
class TestTokenSigner : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();

    void readsUris_data();
    void readsUris();
    void refusesUris_data();
    void refusesUris();
    void loadRefuses();
    void signs();
    void refusesAWrongPin();
    void refusesWhatIsNotThere();
    void makesNoSecondKey();
    void noticesAnotherKey();
    void signsInSeveralThreads();
    void needsSomebodyToAsk();

private:
    std::shared_ptr<const Pkcs11Module> module() const { return m_module; }
    /// Skips the test without SoftHSM.
    bool hasToken() const { return bool(m_module); }

    QTemporaryDir m_dir;
    std::shared_ptr<const Pkcs11Module> m_module; ///< One for the process, as in the program.
};

static const char missing[] = "SoftHSM (package softhsm2) is not installed";

void TestTokenSigner::initTestCase()
{
    const QString library = softHsm();
    const QString tool = QStandardPaths::findExecutable(u"softhsm2-util"_s);
    if (library.isEmpty() || tool.isEmpty())
        return;
    QFile settings(m_dir.filePath(u"softhsm2.conf"_s));
    QVERIFY(QDir(m_dir.path()).mkdir(u"tokens"_s) && settings.open(QIODevice::WriteOnly));
    settings.write("directories.tokendir = " + m_dir.filePath(u"tokens"_s).toUtf8()
                   + "\nobjectstore.backend = file\nlog.level = ERROR\n");
    settings.close();
    qputenv("SOFTHSM2_CONF", settings.fileName().toUtf8());
    QProcess make;
    make.start(tool, {u"--init-token"_s, u"--free"_s, u"--label"_s, u"desk"_s, u"--so-pin"_s, u"87654321"_s,
                      u"--pin"_s, u"12345678"_s});
    QVERIFY(make.waitForFinished());
    QVERIFY2(make.exitCode() == 0, make.readAllStandardError().constData());
    m_module = must(Pkcs11Module::load(library));
}

void TestTokenSigner::readsUris_data()
{
    QTest::addColumn<QString>("uri");
    QTest::addColumn<TokenUri>("key");
    QTest::addColumn<QString>("written");
    QTest::newRow("label") << u"pkcs11:token=desk;object=ben"_s << TokenUri{u"desk"_s, u"ben"_s, {}}
                           << u"pkcs11:token=desk;object=ben"_s;
    QTest::newRow("id") << u"pkcs11:id=%01%fF;token=desk"_s << TokenUri{u"desk"_s, {}, "\x01\xff"_ba}
                        << u"pkcs11:token=desk;id=%01%FF"_s;
    QTest::newRow("all") << u"pkcs11:token=My%20desk;object=b%C3%A9n;id=a;type=private"_s
                         << TokenUri{u"My desk"_s, u"b\u00e9n"_s, "a"_ba}
                         << u"pkcs11:token=My%20desk;object=b%C3%A9n;id=a"_s;
    QTest::newRow("separators") << u"pkcs11:token=a%3Bb%3Fc%2Fd;object=o=o"_s
                                << TokenUri{u"a;b?c/d"_s, u"o=o"_s, {}}
                                << u"pkcs11:token=a%3Bb%3Fc%2Fd;object=o%3Do"_s;
}

void TestTokenSigner::readsUris()
{
    QFETCH(QString, uri);
    QFETCH(TokenUri, key);
    QFETCH(QString, written);

    const auto read = TokenUri::parse(uri);

    QVERIFY2(read, read ? "" : qPrintable(read.error().message));
    QVERIFY(*read == key);
    QCOMPARE(read->toString(), written);
    QVERIFY(must(TokenUri::parse(written)) == key);
}

void TestTokenSigner::refusesUris_data()
{
    QTest::addColumn<QString>("uri");
    QTest::addColumn<QString>("error");
    QTest::newRow("another scheme") << u"file:token=a;object=b"_s << u"it does not begin with \"pkcs11:\""_s;
    QTest::newRow("nothing") << u"pkcs11:"_s
                             << u"the attribute \"\" is not known; known are token, object, id, type"_s;
    QTest::newRow("module")
        << u"pkcs11:token=a;object=b?module-path=/tmp/x.so"_s
        << u"it has a query; the module is given by an option, and the PIN by its owner"_s;
    QTest::newRow("module in the path") << u"pkcs11:token=a;object=b;module-path=/tmp/x.so"_s
                                        << u"the attribute \"module-path\" is not known; known are token, "
                                           "object, id, type"_s;
    QTest::newRow("serial") << u"pkcs11:serial=1;object=b"_s
                            << u"the attribute \"serial\" is not known; known are token, object, id, type"_s;
    QTest::newRow("twice") << u"pkcs11:token=a;object=b;token=c"_s << u"\"token\" stands twice"_s;
    QTest::newRow("no token") << u"pkcs11:object=b"_s << u"it names no token"_s;
    QTest::newRow("no key") << u"pkcs11:token=a"_s << u"it names neither object nor id"_s;
    QTest::newRow("empty") << u"pkcs11:token=;object=b"_s << u"\"token\" has no value"_s;
    QTest::newRow("cut escape") << u"pkcs11:token=a;object=b%4"_s
                                << u"\"object\" has characters that must be percent-encoded"_s;
    QTest::newRow("no escape") << u"pkcs11:token=a;object=b%+1"_s
                               << u"\"object\" has characters that must be percent-encoded"_s;
    QTest::newRow("space") << u"pkcs11:token=a b;object=b"_s
                           << u"\"token\" has characters that must be percent-encoded"_s;
    QTest::newRow("not UTF-8") << u"pkcs11:token=%ff;object=b"_s << u"\"token\" is not UTF-8 text"_s;
    QTest::newRow("public") << u"pkcs11:token=a;object=b;type=public"_s
                            << u"\"type\" is \"public\", not \"private\""_s;
    QTest::newRow("long label") << u"pkcs11:token=%1;object=b"_s.arg(QString(33, u'x'))
                                << u"\"token\" has 33 bytes, a label has at most 32"_s;
    QTest::newRow("long") << u"pkcs11:token=%1"_s.arg(QString(2000, u'x'))
                          << u"it has 2013 characters, at most 1024 are read"_s;
}

void TestTokenSigner::refusesUris()
{
    QFETCH(QString, uri);
    QFETCH(QString, error);

    const auto read = TokenUri::parse(uri);

    QVERIFY(!read);
    QCOMPARE(toString(read.error().code), toString(ErrorCode::InvalidInput));
    QCOMPARE(read.error().message, u"this is not a PKCS #11 URI of a key: "_s + error);
}

void TestTokenSigner::loadRefuses()
{
    const auto relative = Pkcs11Module::load(u"libsofthsm2.so"_s);
    QVERIFY(!relative);
    QCOMPARE(relative.error().message,
             u"the PKCS #11 module \"libsofthsm2.so\" must be named by its absolute path"_s);
    const auto nothing = Pkcs11Module::load(u"/no/module.so"_s);
    QVERIFY(!nothing);
    QVERIFY2(
        nothing.error().message.startsWith(u"the PKCS #11 module \"/no/module.so\" cannot be loaded: "_s),
        qPrintable(nothing.error().message));
}

void TestTokenSigner::signs()
{
    if (!hasToken())
        QSKIP(missing);
    const TokenUri uri{u"desk"_s, u"signs"_s, "\x01"_ba};
    const PublicKey key = must(TokenSigner::generate(*module(), uri, answering("12345678"), u"ben"_s));
    QCOMPARE(key.algorithm(), u"ecdsa-p256"_s);

    const TokenSigner signer(module(), uri, key, answering("12345678"), u"ben"_s);
    for (int i = 0; i < 20; ++i) { // Short numbers and such with a leading zero come up, too.
        const QByteArray message(i * 100, 'm');
        const auto signature = signer.sign(message);
        QVERIFY2(signature, signature ? "" : qPrintable(signature.error().message));
        QVERIFY(key.verify(message, *signature));
        QVERIFY(!key.verify(message + 'x', *signature));
    }
}

void TestTokenSigner::refusesAWrongPin()
{
    if (!hasToken())
        QSKIP(missing);
    const TokenUri uri{u"desk"_s, u"pin"_s, {}};
    const PublicKey key = must(TokenSigner::generate(*module(), uri, answering("12345678"), u"ben"_s));
    int asked = 0;
    const TokenSigner signer(
        module(), uri, key,
        [&asked](const PassphraseQuestion &) -> Result<SecretBytes> {
            ++asked;
            return SecretBytes::copyOf("11111111");
        },
        u"ben"_s);

    const auto signature = signer.sign("m");

    QVERIFY(!signature);
    QCOMPARE(toString(signature.error().code), toString(ErrorCode::WrongPassphrase));
    QCOMPARE(signature.error().message, u"cannot log in to the token \"desk\": the PIN is wrong"_s);
    QCOMPARE(asked, 1); // A token locks itself.
    QVERIFY(
        TokenSigner(module(), uri, key, answering("12345678"), u"ben"_s).sign("m")); // Nothing stays open.
}

void TestTokenSigner::refusesWhatIsNotThere()
{
    if (!hasToken())
        QSKIP(missing);
    const SecretBytes pin = SecretBytes::copyOf("12345678");
    const auto noToken = module()->sign({u"shelf"_s, u"ben"_s, {}}, pin, QByteArray(32, 'd'));
    QVERIFY(!noToken);
    QCOMPARE(toString(noToken.error().code), toString(ErrorCode::NotFound));
    QCOMPARE(noToken.error().message, u"there is no token \"shelf\""_s);
    const auto noKey = module()->sign({u"desk"_s, u"nobody"_s, {}}, pin, QByteArray(32, 'd'));
    QVERIFY(!noKey);
    QCOMPARE(noKey.error().message, u"the token has no private key pkcs11:token=desk;object=nobody"_s);
}

void TestTokenSigner::makesNoSecondKey()
{
    if (!hasToken())
        QSKIP(missing);
    const TokenUri uri{u"desk"_s, u"once"_s, {}};
    must(TokenSigner::generate(*module(), uri, answering("12345678"), u"ben"_s));

    const auto again = TokenSigner::generate(*module(), uri, answering("12345678"), u"ben"_s);

    QVERIFY(!again);
    QCOMPARE(toString(again.error().code), toString(ErrorCode::Conflict));
    QCOMPARE(again.error().message, u"the token has a private key pkcs11:token=desk;object=once already"_s);
}

void TestTokenSigner::noticesAnotherKey()
{
    if (!hasToken())
        QSKIP(missing);
    const TokenUri uri{u"desk"_s, u"swapped"_s, {}};
    must(TokenSigner::generate(*module(), uri, answering("12345678"), u"ben"_s));
    const PublicKey other = must(engine::SigningKey::generate()).publicKey();

    const auto signature = TokenSigner(module(), uri, other, answering("12345678"), u"ben"_s).sign("m");

    QVERIFY(!signature);
    QCOMPARE(signature.error().message, u"the token signed with another key than %1"_s.arg(other.keyId()));
}

void TestTokenSigner::signsInSeveralThreads()
{
    if (!hasToken())
        QSKIP(missing);
    const TokenUri uri{u"desk"_s, u"threads"_s, {}};
    const PublicKey key = must(TokenSigner::generate(*module(), uri, answering("12345678"), u"ben"_s));
    const TokenSigner signer(module(), uri, key, answering("12345678"), u"ben"_s);
    std::atomic<int> good = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 5; ++round)
                good += signer.sign("m") ? 1 : 0;
        });
    }
    for (std::thread &thread : threads)
        thread.join();

    QCOMPARE(good.load(), 20);
}

void TestTokenSigner::needsSomebodyToAsk()
{
    const PublicKey key = must(engine::SigningKey::generate()).publicKey();

    const auto signature = TokenSigner(nullptr, {u"desk"_s, u"ben"_s, {}}, key, {}, u"ben"_s).sign("m");

    QVERIFY(!signature);
    QCOMPARE(toString(signature.error().code), toString(ErrorCode::PassphraseNeeded));
    QCOMPARE(signature.error().message,
             u"the key \"ben\" is in a token, and nobody can be asked for its PIN"_s);
}

QTEST_GUILESS_MAIN(TestTokenSigner)
#include "tst_token_signer.moc"
