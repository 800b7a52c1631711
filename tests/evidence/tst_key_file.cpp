#include "engine/evidence/key_file.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

using namespace Qt::StringLiterals;
using engine::ErrorCode;
using engine::KeyFileFacts;
using engine::parseKeyFile;
using engine::PassphraseQuestion;
using engine::PassphraseSource;
using engine::readKeyFacts;
using engine::Result;
using engine::SecretBytes;
using engine::SigningKey;

namespace {

// Of RFC 8032 section 7.1, TEST 2, in all files below; the passphrase of all is "correct horse".
const QString rfcKeyId = u"deb2ded39dc26fce0e6085b6fc34bf6b5941913bbfe2ea614113cff9e004c170"_s;
const QByteArray rfcPublicPem = "-----BEGIN PUBLIC KEY-----\n"
                                "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
                                "-----END PUBLIC KEY-----\n";

QByteArray encryptedPem(const QByteArray &base64)
{
    return "-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + base64 + "-----END ENCRYPTED PRIVATE KEY-----\n";
}

/// As `openssl pkcs8 -topk8 -v2 aes256 -iter 2048` writes it.
const QByteArray weakPem = encryptedPem("MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgTpAtofscABAICCAAw\n"
                                        "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEHKuaqw/VMlx2Gge7xLIxAUEQDIG\n"
                                        "GfLtsH4WF7dW7WJwl0cvzNoPCT410halECTvRCMgsiV+YS+16foN0pTOSGPvAGQh\n"
                                        "C2P6owCuMaVpuS1Kefs=\n");

PassphraseSource answering(const QByteArray &passphrase)
{
    return [passphrase](const PassphraseQuestion &) -> Result<SecretBytes> {
        return SecretBytes::copyOf(passphrase);
    };
}

SigningKey newKey(SigningKey::Algorithm algorithm = SigningKey::Algorithm::EcdsaP256)
{
    auto key = SigningKey::generate(algorithm);
    if (!key)
        qFatal("no key: %s", qPrintable(key.error().message));
    return *std::move(key);
}

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

/// Key files that a passphrase protects.
class TestKeyFile : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_dir.reset(); }

    void wipesAndCompares();
    void savesEncrypted_data();
    void savesEncrypted();
    void saveRefusesPassphrases_data();
    void saveRefusesPassphrases();
    void readsFilesOfOthers();
    void refusesOtherEncryptions_data();
    void refusesOtherEncryptions();
    void refusesDamage();
    void noticesAnotherPublicHalf();
    void openRefuses();
    void replaces();

private:
    QString write(const QByteArray &pem) const
    {
        QFile file(path());
        if (!file.open(QIODevice::WriteOnly) || file.write(pem) != pem.size()
            || !file.setPermissions(QFile::ReadOwner | QFile::WriteOwner))
            qFatal("cannot write %s", qPrintable(path()));
        return path();
    }
    QString path() const { return m_dir->filePath(u"ben.pem"_s); }

    std::unique_ptr<QTemporaryDir> m_dir;
};

void TestKeyFile::wipesAndCompares()
{
    SecretBytes bytes = SecretBytes::copyOf("passphrase");
    const char *place = bytes.data();
    bytes.truncate(4);
    QCOMPARE(bytes.view().toByteArray(), "pass");
    QCOMPARE(QByteArray(place + 4, 6), QByteArray(6, '\0')); // Its memory is still ours to look at.
    QVERIFY(bytes == SecretBytes::copyOf("pass"));
    QVERIFY(!(bytes == SecretBytes::copyOf("word")));
    QVERIFY(!(bytes == SecretBytes::copyOf("pas")));

    SecretBytes moved = std::move(bytes);
    QCOMPARE(moved.data(), place); // Nothing was copied.
    QVERIFY(SecretBytes() == SecretBytes::copyOf({}));
}

void TestKeyFile::savesEncrypted_data()
{
    QTest::addColumn<SigningKey::Algorithm>("algorithm");
    QTest::newRow("P-256") << SigningKey::Algorithm::EcdsaP256;
    QTest::newRow("Ed25519") << SigningKey::Algorithm::Ed25519;
}

void TestKeyFile::savesEncrypted()
{
    QFETCH(SigningKey::Algorithm, algorithm);
    const SigningKey key = newKey(algorithm);

    QVERIFY(key.save(path(), SecretBytes::copyOf("correct horse")));

    struct stat status = {};
    QCOMPARE(::stat(QFile::encodeName(path()).constData(), &status), 0);
    QCOMPARE(int(status.st_mode & 07777), 0600);
    QCOMPARE(QDir(m_dir->path()).entryList(QDir::Files | QDir::Hidden), QStringList{u"ben.pem"_s});
    const QByteArray pem = contentOf(path());
    QVERIFY(pem.startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    QVERIFY(pem.endsWith(key.publicKey().pem()));
    QVERIFY(!pem.contains("BEGIN PRIVATE KEY"));
    const auto facts = readKeyFacts(path());
    QVERIFY2(facts, facts ? "" : qPrintable(facts.error().message));
    QVERIFY(facts->isEncrypted);
    QCOMPARE(facts->iterations, 600'000);
    QCOMPARE(facts->publicKey->keyId(), key.publicKey().keyId());

    const auto loaded = SigningKey::load(path(), answering("correct horse"), u"ben"_s);
    QVERIFY2(loaded, loaded ? "" : qPrintable(loaded.error().message));
    const auto signature = loaded->sign("m");
    QVERIFY(signature && key.publicKey().verify("m", *signature));

    const QString second = path() + u'2';
    QVERIFY(key.save(second, SecretBytes::copyOf("correct horse")));
    QVERIFY(contentOf(second) != pem); // Another salt.
}

void TestKeyFile::saveRefusesPassphrases_data()
{
    QTest::addColumn<int>("size");
    QTest::newRow("none") << 0;
    QTest::newRow("short") << 7;
    QTest::newRow("long") << 1025;
}

void TestKeyFile::saveRefusesPassphrases()
{
    QFETCH(int, size);

    const auto saved = newKey().save(path(), SecretBytes::copyOf(QByteArray(size, 'x')));

    QVERIFY(!saved);
    QCOMPARE(toString(saved.error().code), toString(ErrorCode::InvalidInput));
    QCOMPARE(saved.error().message, u"a passphrase has from 8 to 1024 bytes, this one has %1"_s.arg(size));
    QVERIFY(!QFile::exists(path()));
}

void TestKeyFile::readsFilesOfOthers()
{
    const auto facts = readKeyFacts(write(weakPem));
    QVERIFY2(facts, facts ? "" : qPrintable(facts.error().message));
    QVERIFY(facts->isEncrypted && !facts->publicKey);
    QCOMPARE(facts->iterations, 2048);

    const auto key = SigningKey::load(path(), answering("correct horse"));
    QVERIFY2(key, key ? "" : qPrintable(key.error().message));
    QCOMPARE(key->publicKey().keyId(), rfcKeyId);
}

void TestKeyFile::refusesOtherEncryptions_data()
{
    QTest::addColumn<QByteArray>("base64");
    QTest::addColumn<QString>("error");
    const auto row = [](const char *name, const QByteArray &base64, const QString &error) {
        QTest::newRow(name) << base64 << error;
    };
    const QString scheme = u"it is not encrypted with PBES2 of PBKDF2, HMAC-SHA-256 and AES-256-CBC"_s;
    const QString many = u"it asks for 10000001 iterations of PBKDF2, at most 10000000 are done"_s;
    const QString huge = u"it asks for more than 2^63 iterations of PBKDF2, at most 10000000 are done"_s;
    row("AES-128",
        "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAg+e8LQTrGzQQICCAAw\n"
        "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEENMnizEv6AyEEJFMmr5t+d0EQL8q\n"
        "fqfBTTtk7L2TaK1vOtHo9R5fFt7B2HBbATYF5eD1Y+x+5LXeUxCBXOGv/eM7phWO\n"
        "vx4A0waWcCojkCv+JSw=\n",
        scheme);
    row("HMAC-SHA-1",
        "MIGNMEkGCSqGSIb3DQEFDTA8MBsGCSqGSIb3DQEFDDAOBAiTw1J5IjP19AICCAAw\n"
        "HQYJYIZIAWUDBAEqBBDI7AdJttzXjv6umhuQtwjpBECc3dgEW1XEWs2w9tLPFvHr\n"
        "xXUNBKtdyTWwzX4w5bzcm2rD7lLSDHeMsrYWm0YBdUfNsq2oRgTg60GptEBni1fP\n",
        scheme);
    row("scrypt",
        "MIGTME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAhJ8Ac/GSSySAICQAAC\n"
        "AQgCAQEwHQYJYIZIAWUDBAEqBBBxtf4+kpeNXK+2ApbUn0CKBEBuWghm124I64Dq\n"
        "uX1shdNM837l0i2FAyxDu6rgHIuuvwT7RDZQLoHhmLiSVTCbsKc+84olYk7PXPE/\n"
        "28FVsuu4\n",
        scheme);
    row("PBES1",
        "MFgwHAYKKoZIhvcNAQwBAzAOBAgd4oITxfzD9QICCAAEOM3Y/LUUxswKh+pg8WEc\n"
        "Ut4m9V6GOb33N6/PNy8lyQTCTybQHDNZ3h4RhWxVNjtyFVEYdLI9AZ/x\n",
        scheme);
    row("no iterations",
        "MIGaMFYGCSqGSIb3DQEFDTBJMCgGCSqGSIb3DQEFDDAbBAgTpAtofscABAIBADAM\n"
        "BggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQcq5qrD9UyXHYaB7vEsjEBQRAMgYZ\n"
        "8u2wfhYXt1btYnCXRy/M2g8JPjXSFqUQJO9EIyCyJX5hL7Xp+g3SlM5IY+8AZCEL\n"
        "Y/qjAK4xpWm5LUp5+w==\n",
        scheme);
    row("fewer than none",
        "MIGaMFYGCSqGSIb3DQEFDTBJMCgGCSqGSIb3DQEFDDAbBAgTpAtofscABAIB/zAM\n"
        "BggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQcq5qrD9UyXHYaB7vEsjEBQRAMgYZ\n"
        "8u2wfhYXt1btYnCXRy/M2g8JPjXSFqUQJO9EIyCyJX5hL7Xp+g3SlM5IY+8AZCEL\n"
        "Y/qjAK4xpWm5LUp5+w==\n",
        scheme);
    row("one iteration too many",
        "MIGdMFkGCSqGSIb3DQEFDTBMMCsGCSqGSIb3DQEFDDAeBAgTpAtofscABAIEAJiW\n"
        "gTAMBggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQcq5qrD9UyXHYaB7vEsjEBQRA\n"
        "MgYZ8u2wfhYXt1btYnCXRy/M2g8JPjXSFqUQJO9EIyCyJX5hL7Xp+g3SlM5IY+8A\n"
        "ZCELY/qjAK4xpWm5LUp5+w==\n",
        many);
    row("2^80 iterations",
        "MIGkMGAGCSqGSIb3DQEFDTBTMDIGCSqGSIb3DQEFDDAlBAgTpAtofscABAILAQAA\n"
        "AAAAAAAAAAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEHKuaqw/VMlx2Gge\n"
        "7xLIxAUEQDIGGfLtsH4WF7dW7WJwl0cvzNoPCT410halECTvRCMgsiV+YS+16foN\n"
        "0pTOSGPvAGQhC2P6owCuMaVpuS1Kefs=\n",
        huge);
}

void TestKeyFile::refusesOtherEncryptions()
{
    QFETCH(QByteArray, base64);
    QFETCH(QString, error);
    write(encryptedPem(base64));

    const auto facts = readKeyFacts(path());
    const auto key = SigningKey::load(path(), [](const PassphraseQuestion &) -> Result<SecretBytes> {
        qFatal("asked for the passphrase of a file that is not read");
    });

    QVERIFY(!facts && !key);
    QCOMPARE(toString(facts.error().code), toString(ErrorCode::Unsupported));
    QCOMPARE(facts.error().message, u"the key file \"%1\": %2"_s.arg(path(), error));
    QVERIFY(key.error() == facts.error());
}

void TestKeyFile::refusesDamage()
{
    const QString bad = u"\"%1\" is not a private key in PKCS#8 PEM"_s.arg(path());
    for (const QByteArray &pem : {weakPem.first(60), weakPem.chopped(10), QByteArray(weakPem).insert(50, '!'),
                                  encryptedPem("AAAA\n"), encryptedPem("")}) {
        const auto facts = readKeyFacts(write(pem));
        QVERIFY2(!facts, pem.constData());
        QCOMPARE(facts.error().message, bad);
    }
    const auto more = readKeyFacts(write(weakPem + "more"));
    QVERIFY(!more);
    QCOMPARE(
        more.error().message,
        u"the key file \"%1\", behind the private key: this is not a public key in PEM: it does not begin "
        "with \"-----BEGIN PUBLIC KEY-----\""_s.arg(path()));
}

void TestKeyFile::noticesAnotherPublicHalf()
{
    write(weakPem + newKey().publicKey().pem());
    const auto wrong = SigningKey::load(path(), answering("correct horse"));
    QVERIFY(!wrong);
    QCOMPARE(wrong.error().message,
             u"the public key in the key file \"%1\" is not that of its private key"_s.arg(path()));

    QVERIFY(QFile::remove(path()));
    write(weakPem + rfcPublicPem);
    QVERIFY(SigningKey::load(path(), answering("correct horse")));
}

void TestKeyFile::openRefuses()
{
    write(weakPem);

    const auto nobody = SigningKey::load(path());
    QVERIFY(!nobody);
    QCOMPARE(toString(nobody.error().code), toString(ErrorCode::PassphraseNeeded));

    for (const QByteArray &passphrase : {QByteArray("Correct horse"), QByteArray(), QByteArray(5000, 'x')}) {
        int asked = 0;
        const auto wrong = SigningKey::load(path(), [&](const PassphraseQuestion &question) {
            asked += question.attempt == asked ? 1 : 100;
            return Result<SecretBytes>(SecretBytes::copyOf(passphrase));
        });
        QVERIFY(!wrong);
        QCOMPARE(asked, 3);
        QCOMPARE(toString(wrong.error().code), toString(ErrorCode::WrongPassphrase));
        QCOMPARE(wrong.error().message,
                 u"this is not the passphrase of the key file \"%1\", or the file is damaged"_s.arg(path()));
    }
}

void TestKeyFile::replaces()
{
    const SigningKey old = newKey();
    const SigningKey next = newKey();
    const QString waiting = path() + u".new"_s;
    QVERIFY(old.save(path()) && next.save(waiting));

    QVERIFY(engine::replaceKeyFile(waiting, path()));

    QCOMPARE(readKeyFacts(path())->publicKey->keyId(), next.publicKey().keyId());
    QVERIFY(!QFile::exists(waiting));
    const auto again = engine::replaceKeyFile(waiting, path());
    QVERIFY(!again);
    QCOMPARE(again.error().message,
             u"cannot put the key file \"%1\" in the place of \"%2\": No such file or directory"_s.arg(
                 waiting, path()));
}

QTEST_GUILESS_MAIN(TestKeyFile)
#include "tst_key_file.moc"
