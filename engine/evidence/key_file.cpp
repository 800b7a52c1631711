#include "engine/evidence/key_file.h"

#include "engine/evidence/key_data.h"
#include "engine/evidence/key_encryption.h"

#include <QFile>
#include <QFileInfo>
#include <QTemporaryFile>

#include <openssl/err.h>
#include <openssl/pem.h>

#ifdef Q_OS_UNIX
#include <fcntl.h>
#include <unistd.h>
#endif

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr qint64 maxKeyFileBytes = 16 * 1024;
constexpr int maxAttempts = 3;
constexpr char plainBegin[] = "-----BEGIN PRIVATE KEY-----";
constexpr char encryptedBegin[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

Error keyIoError(const QString &message)
{
    return {ErrorCode::Io, message, {}, {}};
}

Error notAPrivateKey(const QString &fileName)
{
    return cryptoError(u"\"%1\" is not a private key in PKCS#8 PEM"_s.arg(fileName));
}

Error otherKind(const QString &fileName)
{
    return cryptoError(
        u"\"%1\" holds a key of another kind; only ECDSA P-256 and Ed25519 are supported"_s.arg(fileName));
}

bool mayBeUsedByOthers(const QFile &file)
{
    constexpr auto others = QFileDevice::ReadGroup | QFileDevice::WriteGroup | QFileDevice::ExeGroup
                            | QFileDevice::ReadOther | QFileDevice::WriteOther | QFileDevice::ExeOther;
    return (file.permissions() & others) != 0;
}

/// Makes what was written survive a loss of power. Elsewhere than on Unix the system's own buffering decides.
bool syncToDisk([[maybe_unused]] int descriptor)
{
#ifdef Q_OS_UNIX
    return ::fsync(descriptor) == 0;
#else
    return true;
#endif
}

void syncKeyFolder([[maybe_unused]] const QString &folder)
{
#ifdef Q_OS_UNIX
    const int descriptor = ::open(QFile::encodeName(folder).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    (void)::fsync(descriptor); // Some file systems refuse it for folders; the key itself is on disk already.
    ::close(descriptor);
#endif
}

/// The traditional formats say nothing about the algorithm and may be encrypted weakly: only PKCS#8 is read.
evp::Key readPlain(const SecretBytes &pem)
{
    const evp::Bio bio(BIO_new_mem_buf(pem.data(), int(pem.size())));
    evp::Key key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, evp::refusePassphrase, nullptr) : nullptr);
    ERR_clear_error();
    return key;
}

Result<PublicKey> publicHalfOf(EVP_PKEY *key)
{
    const evp::Bio bio(BIO_new(BIO_s_mem()));
    if (!bio || PEM_write_bio_PUBKEY(bio.get(), key) != 1)
        return cryptoError(evp::takeError());
    char *pem = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &pem);
    return PublicKey::fromPem({pem, qsizetype(size)});
}

/// An encrypted key file, taken apart and not yet opened.
struct Locked
{
    evp::EncryptedKey encrypted{};
    int iterations = 0;
    std::optional<PublicKey> publicKey{};
};

Result<Locked> readLocked(const SecretBytes &pem, const QString &fileName)
{
    const evp::Bio bio(BIO_new_mem_buf(pem.data(), int(pem.size())));
    Locked locked;
    locked.encrypted.reset(bio ? PEM_read_bio_PKCS8(bio.get(), nullptr, evp::refusePassphrase, nullptr)
                               : nullptr);
    ERR_clear_error();
    if (!locked.encrypted)
        return notAPrivateKey(fileName);
    auto iterations = evp::iterationsOf(locked.encrypted.get());
    if (!iterations)
        return Error{iterations.error().code,
                     u"the key file \"%1\": %2"_s.arg(fileName, iterations.error().message),
                     {},
                     {}};
    locked.iterations = *iterations;
    char *rest = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &rest);
    const QByteArray publicPem = QByteArray::fromRawData(rest, qsizetype(size)).trimmed();
    if (publicPem.isEmpty())
        return locked;
    auto publicKey = PublicKey::fromPem(publicPem);
    if (!publicKey)
        return cryptoError(
            u"the key file \"%1\", behind the private key: %2"_s.arg(fileName, publicKey.error().message));
    locked.publicKey = *std::move(publicKey);
    return locked;
}

} // namespace

Result<SecretBytes> readKeyFile(const QString &path)
{
    QFile file(path);
    if (!file.exists())
        return Error{ErrorCode::NotFound, u"there is no key file \"%1\""_s.arg(path), {}, {}};
    // Unbuffered: no copy of the key stays in the file's buffer.
    if (!file.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return keyIoError(u"cannot open the key file \"%1\": %2"_s.arg(path, file.errorString()));
    if (mayBeUsedByOthers(file))
        return keyIoError(
            u"the key file \"%1\" is open to others than its owner; its mode must be 0600"_s.arg(path));
    if (file.size() > maxKeyFileBytes)
        return cryptoError(u"\"%1\" is not a private key: it has %2 bytes"_s.arg(path).arg(file.size()));
    SecretBytes pem(qsizetype(file.size()));
    if (file.read(pem.data(), pem.size()) != pem.size())
        return keyIoError(u"cannot read the key file \"%1\": %2"_s.arg(path, file.errorString()));
    return pem;
}

Result<> writeKeyFile(const QString &path, QByteArrayView content)
{
    const Error exists{ErrorCode::Conflict, u"the key file \"%1\" exists already"_s.arg(path), {}, {}};
    if (QFileInfo::exists(path))
        return exists;
    const QString folder = QFileInfo(path).absolutePath();
    QTemporaryFile file(folder + u"/.key-XXXXXX"_s); // Made with mode 0600.
    if (!file.open() || !file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner))
        return keyIoError(u"cannot write a key file in \"%1\": %2"_s.arg(folder, file.errorString()));
    // A descriptor of its own, so that the key does not pass through the temporary file's buffer.
    QFile out;
    if (!out.open(file.handle(), QIODevice::WriteOnly | QIODevice::Unbuffered)
        || out.write(content.data(), content.size()) != content.size() || !syncToDisk(file.handle()))
        return keyIoError(u"cannot write the key file \"%1\": %2"_s.arg(path, out.errorString()));
    // Does not replace: of two processes that make the key at once, one wins and the other is told.
    if (!file.rename(path)) {
        if (QFileInfo::exists(path))
            return exists;
        return keyIoError(u"cannot write the key file \"%1\": %2"_s.arg(path, file.errorString()));
    }
    file.setAutoRemove(false);
    syncKeyFolder(folder);
    return {};
}

Result<KeyFileFacts> parseKeyFile(const SecretBytes &pem, const QString &fileName)
{
    if (pem.view().startsWith(encryptedBegin)) {
        auto locked = readLocked(pem, fileName);
        if (!locked)
            return locked.error();
        return KeyFileFacts{true, locked->iterations, std::move(locked->publicKey)};
    }
    const evp::Key key = pem.view().startsWith(plainBegin) ? readPlain(pem) : evp::Key();
    if (!key)
        return notAPrivateKey(fileName);
    auto publicKey = publicHalfOf(key.get());
    if (!publicKey)
        return otherKind(fileName);
    return KeyFileFacts{false, 0, *std::move(publicKey)};
}

Result<KeyFileFacts> readKeyFacts(const QString &path)
{
    const auto pem = readKeyFile(path);
    return pem ? parseKeyFile(*pem, path) : pem.error();
}

Result<> replaceKeyFile(const QString &newer, const QString &path)
{
    if (std::rename(QFile::encodeName(newer).constData(), QFile::encodeName(path).constData()) != 0)
        return keyIoError(u"cannot put the key file \"%1\" in the place of \"%2\": %3"_s.arg(
            newer, path, qt_error_string(errno)));
    syncKeyFolder(QFileInfo(path).absolutePath());
    return {};
}

/// Asks until the passphrase opens the key, at most maxAttempts times.
static Result<evp::Key> unlocked(const Locked &locked, const QString &path, const PassphraseSource &source,
                                 const QString &keyName)
{
    if (!source)
        return Error{
            ErrorCode::PassphraseNeeded,
            u"the key file \"%1\" is protected with a passphrase, and nobody can be asked for it"_s.arg(path),
            {},
            {}};
    for (int attempt = 0; attempt < maxAttempts; ++attempt) {
        const auto passphrase = source({keyName, false, false, attempt});
        if (!passphrase)
            return passphrase.error();
        evp::Key key = passphrase->isEmpty() || passphrase->size() > maxPassphraseBytes
                           ? evp::Key()
                           : evp::decryptKey(locked.encrypted.get(), *passphrase);
        if (key)
            return key;
    }
    return Error{ErrorCode::WrongPassphrase,
                 u"this is not the passphrase of the key file \"%1\", or the file is damaged"_s.arg(path),
                 {},
                 {}};
}

Result<SigningKey> SigningKey::load(const QString &path, const PassphraseSource &source,
                                    const QString &keyName)
{
    auto pem = readKeyFile(path);
    if (!pem)
        return pem.error();
    evp::Key key;
    std::optional<PublicKey> said;
    if (pem->view().startsWith(encryptedBegin)) {
        const auto locked = readLocked(*pem, path);
        if (!locked)
            return locked.error();
        auto opened = unlocked(*locked, path, source, keyName);
        if (!opened)
            return opened.error();
        key = *std::move(opened);
        said = locked->publicKey;
    } else if (pem->view().startsWith(plainBegin)) {
        key = readPlain(*pem);
    }
    if (!key)
        return notAPrivateKey(path);
    auto result = Data::adopt(std::move(key));
    if (!result)
        return otherKind(path);
    if (said && said->keyId() != result->publicKey().keyId())
        return cryptoError(
            u"the public key in the key file \"%1\" is not that of its private key"_s.arg(path));
    return result;
}

Result<> SigningKey::save(const QString &path) const
{
    const evp::Bio bio(BIO_new(BIO_s_secmem())); // Wiped when it is freed.
    if (!bio
        || PEM_write_bio_PKCS8PrivateKey(bio.get(), m_data->key.get(), nullptr, nullptr, 0, nullptr, nullptr)
               != 1)
        return cryptoError(u"the key could not be written as PKCS#8: %1"_s.arg(evp::takeError()));
    char *pem = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &pem);
    return writeKeyFile(path, {pem, qsizetype(size)});
}

Result<> SigningKey::save(const QString &path, const SecretBytes &passphrase) const
{
    if (passphrase.size() < minPassphraseBytes || passphrase.size() > maxPassphraseBytes)
        return invalid(u"a passphrase has from %1 to %2 bytes, this one has %3"_s.arg(
            QString::number(minPassphraseBytes), QString::number(maxPassphraseBytes),
            QString::number(passphrase.size())));
    const auto encrypted = evp::encryptKey(m_data->key.get(), passphrase);
    if (!encrypted)
        return encrypted.error();
    const evp::Bio bio(BIO_new(BIO_s_mem()));
    if (!bio || PEM_write_bio_PKCS8(bio.get(), encrypted->get()) != 1)
        return cryptoError(u"the key could not be written as PKCS#8: %1"_s.arg(evp::takeError()));
    char *text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    const QByteArray pem = QByteArray(text, qsizetype(size)) + publicKey().pem();
    return writeKeyFile(path, pem);
}

} // namespace engine
