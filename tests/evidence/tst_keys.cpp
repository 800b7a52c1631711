#include "engine/evidence/keys.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#ifdef Q_OS_UNIX
#include <sys/stat.h>
#endif

using namespace Qt::StringLiterals;
using engine::ErrorCode;
using engine::PublicKey;
using engine::SigningKey;

namespace {

// RFC 8032 section 7.1, TEST 2.
const QByteArray rfcPublicPem = "-----BEGIN PUBLIC KEY-----\n"
                                "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
                                "-----END PUBLIC KEY-----\n";
const QByteArray rfcPrivatePem = "-----BEGIN PRIVATE KEY-----\n"
                                 "MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
                                 "-----END PRIVATE KEY-----\n";
const QByteArray rfcSignature =
    QByteArray::fromHex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");

SigningKey newKey(SigningKey::Algorithm algorithm)
{
    auto key = SigningKey::generate(algorithm);
    if (!key)
        qFatal("no key: %s", qPrintable(key.error().message));
    return *key;
}

bool writeFile(const QString &path, const QByteArray &bytes, QFileDevice::Permissions permissions)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size()
           && file.setPermissions(permissions);
}

constexpr QFileDevice::Permissions ownerOnly = QFileDevice::ReadOwner | QFileDevice::WriteOwner;

} // namespace

class TestKeys : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void rfcVector();
    void signsAndVerifies_data();
    void signsAndVerifies();
    void verifyRefuses_data();
    void verifyRefuses();
    void fromPemRefuses_data();
    void fromPemRefuses();
    void authoritiesHaveMoreKinds_data();
    void authoritiesHaveMoreKinds();
    void fromPemIgnoresSpacing();
    void savesAndLoads_data();
    void savesAndLoads();
    void saveDoesNotReplace();
    void saveFailsWithoutFolder();
    void loadRefuses_data();
    void loadRefuses();
};

void TestKeys::rfcVector()
{
    const auto key = PublicKey::fromPem(rfcPublicPem);

    QVERIFY(key);
    QCOMPARE(key->keyId(), u"deb2ded39dc26fce0e6085b6fc34bf6b5941913bbfe2ea614113cff9e004c170"_s);
    QCOMPARE(key->algorithm(), u"ed25519"_s);
    QCOMPARE(key->pem(), rfcPublicPem);
    QVERIFY(key->verify("r", rfcSignature));
    QVERIFY(!key->verify("s", rfcSignature));
}

void TestKeys::signsAndVerifies_data()
{
    QTest::addColumn<SigningKey::Algorithm>("algorithm");
    QTest::addColumn<QString>("name");
    QTest::newRow("P-256") << SigningKey::Algorithm::EcdsaP256 << u"ecdsa-p256"_s;
    QTest::newRow("Ed25519") << SigningKey::Algorithm::Ed25519 << u"ed25519"_s;
}

void TestKeys::signsAndVerifies()
{
    QFETCH(SigningKey::Algorithm, algorithm);
    QFETCH(QString, name);
    const SigningKey key = newKey(algorithm);
    const SigningKey other = newKey(algorithm);

    for (const QByteArray &message : {QByteArray(), QByteArray("m"), QByteArray(100'000, 'x')}) {
        const auto signature = key.sign(message);
        QVERIFY(signature);
        QVERIFY(key.publicKey().verify(message, *signature));
        QVERIFY(!key.publicKey().verify(message + '!', *signature));
        QVERIFY(!other.publicKey().verify(message, *signature));
    }
    QCOMPARE(key.publicKey().algorithm(), name);
    QCOMPARE(key.publicKey().keyId().size(), 64);
    const auto reread = PublicKey::fromPem(key.publicKey().pem());
    QVERIFY(reread);
    QCOMPARE(reread->keyId(), key.publicKey().keyId());
}

void TestKeys::verifyRefuses_data()
{
    QTest::addColumn<SigningKey::Algorithm>("algorithm");
    QTest::addColumn<QByteArray>("signature");
    for (const auto algorithm : {SigningKey::Algorithm::EcdsaP256, SigningKey::Algorithm::Ed25519}) {
        const char *name = algorithm == SigningKey::Algorithm::EcdsaP256 ? "P-256" : "Ed25519";
        QTest::addRow("%s: nothing", name) << algorithm << QByteArray();
        QTest::addRow("%s: 64 zeros", name) << algorithm << QByteArray(64, '\0');
        QTest::addRow("%s: DER of zeros", name) << algorithm << QByteArray::fromHex("3006020100020100");
    }
}

void TestKeys::verifyRefuses()
{
    QFETCH(SigningKey::Algorithm, algorithm);
    QFETCH(QByteArray, signature);
    const QByteArray message = "message";
    const SigningKey key = newKey(algorithm);
    const auto good = key.sign(message);
    QVERIFY(good);

    QVERIFY(!key.publicKey().verify(message, signature));
    QVERIFY(!key.publicKey().verify(message, *good + '\0')); // Trailing bytes, also after good DER.
    QVERIFY(!key.publicKey().verify(message, good->chopped(1)));
    for (qsizetype i = 0; i < good->size(); ++i) {
        QByteArray flipped = *good;
        flipped[i] = char(flipped[i] ^ 1);
        QVERIFY2(!key.publicKey().verify(message, flipped), qPrintable(u"byte %1"_s.arg(i)));
    }
    if (algorithm == SigningKey::Algorithm::EcdsaP256) {
        // The same numbers with the long form of the length: BER, not DER.
        QByteArray ber = *good;
        ber.insert(1, '\x81');
        QVERIFY(!key.publicKey().verify(message, ber));
    }
}

static const QByteArray p384Pem = "-----BEGIN PUBLIC KEY-----\n"
                                  "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEiGl8vH0fjc8hlR0ijhtWsIGXyFmUtZKc\n"
                                  "ARYFzkJR/6WRXNNvdWiGcoHRB1yV0Bj4cZthpkthMLuIpsyc/g+jf8xvhM4AUcjR\n"
                                  "6teOzqQw8R/UwTdOSTPgPNtDPa7d5rmn\n"
                                  "-----END PUBLIC KEY-----\n";

void TestKeys::fromPemRefuses_data()
{
    QTest::addColumn<QByteArray>("pem");
    QTest::addColumn<QString>("error");
    const QString prefix = u"this is not a public key in PEM: "_s;
    const QString begin = prefix + u"it does not begin with \"-----BEGIN PUBLIC KEY-----\""_s;
    const QString kind = prefix + u"only ECDSA P-256 and Ed25519 are supported"_s;

    QTest::newRow("nothing") << QByteArray() << begin;
    QTest::newRow("text before") << "x" + rfcPublicPem << begin;
    QTest::newRow("text after") << rfcPublicPem + "x" << prefix + u"something follows the key"_s;
    QTest::newRow("two keys") << rfcPublicPem + rfcPublicPem << prefix + u"something follows the key"_s;
    QTest::newRow("a private key") << rfcPrivatePem << begin;
    QTest::newRow("too long") << rfcPublicPem + QByteArray(20'000, '\n')
                              << prefix + u"it has 20113 bytes, at most 16384 are read"_s;
    QTest::newRow("no end") << rfcPublicPem.left(90) << prefix + u"it cannot be decoded"_s;
    QTest::newRow("X25519") << QByteArray("-----BEGIN PUBLIC KEY-----\n"
                                          "MCowBQYDK2VuAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
                                          "-----END PUBLIC KEY-----\n")
                            << kind;
    QTest::newRow("P-384") << p384Pem << kind;
    QTest::newRow("P-256, compressed point")
        << QByteArray("-----BEGIN PUBLIC KEY-----\n"
                      "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACZ805D3eqNZywjCI19lInBJOp7YMr\n"
                      "CrzAH3CVTAOQ0jg=\n"
                      "-----END PUBLIC KEY-----\n")
        << kind;
}

void TestKeys::fromPemRefuses()
{
    QFETCH(QByteArray, pem);
    QFETCH(QString, error);

    const auto key = PublicKey::fromPem(pem);

    QVERIFY(!key);
    QCOMPARE(toString(key.error().code), toString(ErrorCode::Crypto));
    QCOMPARE(key.error().message, error);
}

void TestKeys::authoritiesHaveMoreKinds_data()
{
    QTest::addColumn<QByteArray>("pem");
    QTest::addColumn<QString>("algorithm"); // Empty: refused.

    QTest::newRow("Ed25519") << rfcPublicPem << u"ed25519"_s;
    QTest::newRow("P-384") << p384Pem << u"ecdsa-p384"_s;
    QTest::newRow("RSA, 2048 bits") << QByteArray(
        "-----BEGIN PUBLIC KEY-----\n"
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjYAnc0zWR8POJP9NSEfG\n"
        "OxFKiOEishOwky6u/tsyyVl0QkEY3F/GBGpBN8G0VFgzrZFrEHfNC2aBNYEI2Zze\n"
        "GvUACp+YRj827l4tKxPNVoXvp9E5E9Cg2ClylVgFL+bAUEIJLI7AQrumwQI+FDmi\n"
        "RqDJVxbuqAyq0oW2++eUDdPeYKqRhRrEdOBGvxbFdiFxZdT3wM+90bkQXb/1UQJj\n"
        "p0GnQ0J9ooX3/o4WhVWJKvKI0b0LvzEU1+JfKv2vRNv70kXYCW3h19fq1fBKimao\n"
        "gfd2tlHD5ux6mbvJO31Un1ZRzFkBPXEfd5nWTBXnioV0e96Z7j/GLgV585OQf+bA\n"
        "JQIDAQAB\n"
        "-----END PUBLIC KEY-----\n")
                                    << u"rsa"_s;
    QTest::newRow("RSA, 1024 bits") << QByteArray(
        "-----BEGIN PUBLIC KEY-----\n"
        "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDLAOSGwMZK1NNUozMyHBS/GWCt\n"
        "rzBB9mMuk7q3wEQZIDS3q/hiSRfPLd5axX/LGkd3zLF+7BorgYOVaqR4AMWVEQPt\n"
        "n1/99fso3J3C2suu8aLubkJrpmWNmDbpy5m9tM3DHSdZGGqv1h4Oupyx8gxIWvdb\n"
        "GqEe04g3xT45QSipVQIDAQAB\n"
        "-----END PUBLIC KEY-----\n")
                                    << QString();
}

void TestKeys::authoritiesHaveMoreKinds()
{
    QFETCH(QByteArray, pem);
    QFETCH(QString, algorithm);

    const auto key = PublicKey::fromAuthorityPem(pem);

    if (algorithm.isEmpty()) {
        QVERIFY(!key);
        QCOMPARE(key.error().message,
                 u"this is not a public key in PEM: only ECDSA P-256 and P-384, Ed25519 and "
                 u"RSA of 2048 to 8192 bits are supported"_s);
        return;
    }
    QVERIFY2(key, key ? "" : qPrintable(key.error().message));
    QCOMPARE(key->algorithm(), algorithm);
    QCOMPARE(key->pem(), pem);
    QCOMPARE(key->isForAuthoritiesOnly(), algorithm != u"ed25519"_s);
    QCOMPARE(bool(PublicKey::fromPem(pem)), algorithm == u"ed25519"_s);
}

void TestKeys::fromPemIgnoresSpacing()
{
    QByteArray windows = rfcPublicPem;
    windows.replace("\n", "\r\n");

    const auto key = PublicKey::fromPem(windows + "\n");

    QVERIFY(key);
    QCOMPARE(key->pem(), rfcPublicPem);
}

void TestKeys::savesAndLoads_data()
{
    signsAndVerifies_data();
}

void TestKeys::savesAndLoads()
{
    QFETCH(SigningKey::Algorithm, algorithm);
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"engine.pem"_s);
    const SigningKey key = newKey(algorithm);

    QVERIFY(key.save(path));
    const auto loaded = SigningKey::load(path);

    QVERIFY(loaded);
    QCOMPARE(loaded->publicKey().keyId(), key.publicKey().keyId());
    const auto signature = loaded->sign("m");
    QVERIFY(signature);
    QVERIFY(key.publicKey().verify("m", *signature));
    QCOMPARE(QDir(folder.path()).entryList(QDir::Files | QDir::Hidden), QStringList{u"engine.pem"_s});
#ifdef Q_OS_UNIX
    struct stat status = {};
    QCOMPARE(::stat(QFile::encodeName(path).constData(), &status), 0);
    QCOMPARE(int(status.st_mode & 07777), 0600);
#endif
}

void TestKeys::saveDoesNotReplace()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"engine.pem"_s);
    const SigningKey first = newKey(SigningKey::Algorithm::EcdsaP256);
    QVERIFY(first.save(path));

    const auto second = newKey(SigningKey::Algorithm::EcdsaP256).save(path);

    QVERIFY(!second);
    QCOMPARE(toString(second.error().code), toString(ErrorCode::Conflict));
    QCOMPARE(second.error().message, u"the key file \"%1\" exists already"_s.arg(path));
    QCOMPARE(SigningKey::load(path)->publicKey().keyId(), first.publicKey().keyId());
    QCOMPARE(QDir(folder.path()).entryList(QDir::Files | QDir::Hidden), QStringList{u"engine.pem"_s});
}

void TestKeys::saveFailsWithoutFolder()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"missing/engine.pem"_s);

    const auto saved = newKey(SigningKey::Algorithm::Ed25519).save(path);

    QVERIFY(!saved);
    QCOMPARE(toString(saved.error().code), toString(ErrorCode::Io));
}

void TestKeys::loadRefuses_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<int>("permissions");
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<QString>("error");
    const auto shared = [](QFileDevice::Permission more) { return int(ownerOnly | more); };
    const QString open = u"the key file \"%1\" is open to others than its owner; its mode must be 0600"_s;
    const QString bad = u"\"%1\" is not a private key in PKCS#8 PEM"_s;

    QTest::newRow("group may read") << rfcPrivatePem << shared(QFileDevice::ReadGroup) << ErrorCode::Io
                                    << open;
    QTest::newRow("group may write") << rfcPrivatePem << shared(QFileDevice::WriteGroup) << ErrorCode::Io
                                     << open;
    QTest::newRow("others may read") << rfcPrivatePem << shared(QFileDevice::ReadOther) << ErrorCode::Io
                                     << open;
    QTest::newRow("empty") << QByteArray() << int(ownerOnly) << ErrorCode::Crypto << bad;
    QTest::newRow("public key") << rfcPublicPem << int(ownerOnly) << ErrorCode::Crypto << bad;
    QTest::newRow("cut") << rfcPrivatePem.left(60) << int(ownerOnly) << ErrorCode::Crypto << bad;
    QTest::newRow("traditional format")
        << QByteArray("-----BEGIN EC PRIVATE KEY-----\n"
                      "MHcCAQEEINfHFHpEyAJG7H3bEUU8NoKFzUYoUHMFe8Zqq9Gx4QHXoAoGCCqGSM49\n"
                      "-----END EC PRIVATE KEY-----\n")
        << int(ownerOnly) << ErrorCode::Crypto << bad;
    QTest::newRow("long") << QByteArray(20'000, 'x') << int(ownerOnly) << ErrorCode::Crypto
                          << u"\"%1\" is not a private key: it has 20000 bytes"_s;
    QTest::newRow("X25519")
        << QByteArray("-----BEGIN PRIVATE KEY-----\n"
                      "MC4CAQAwBQYDK2VuBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
                      "-----END PRIVATE KEY-----\n")
        << int(ownerOnly) << ErrorCode::Crypto
        << u"\"%1\" holds a key of another kind; only ECDSA P-256 and Ed25519 are supported"_s;
}

void TestKeys::loadRefuses()
{
    QFETCH(QByteArray, content);
    QFETCH(int, permissions);
    QFETCH(ErrorCode, code);
    QFETCH(QString, error);
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"engine.pem"_s);
    QVERIFY(writeFile(path, content, QFileDevice::Permissions(permissions)));

    const auto key = SigningKey::load(path);

    QVERIFY(!key);
    QCOMPARE(toString(key.error().code), toString(code));
    QCOMPARE(key.error().message, error.arg(path));
}

QTEST_GUILESS_MAIN(TestKeys)
#include "tst_keys.moc"
