#include "engine/evidence/key_data.h"

#include <QFile>
#include <QFileInfo>
#include <QTemporaryFile>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#ifdef Q_OS_UNIX
#include <fcntl.h>
#include <unistd.h>
#endif

using namespace Qt::StringLiterals;

namespace engine {

struct SigningKey::Data
{
    evp::Key key{}; // OpenSSL wipes the private part when the last owner goes.
    PublicKey publicKey;

    static Result<SigningKey> adopt(evp::Key key);
};

namespace {

constexpr qint64 maxKeyFileBytes = 16 * 1024;

Error cryptoError(const QString &message)
{
    return {ErrorCode::Crypto, message, {}, {}};
}

Error ioError(const QString &message)
{
    return {ErrorCode::Io, message, {}, {}};
}

/// Bytes of a private key; wiped when they go. Never copied, so that no second copy stays behind.
class SecretBytes
{
public:
    explicit SecretBytes(qsizetype size)
        : m_bytes(size, '\0')
    {
    }
    ~SecretBytes() { OPENSSL_cleanse(m_bytes.data(), size_t(m_bytes.size())); }
    Q_DISABLE_COPY_MOVE(SecretBytes)

    char *data() { return m_bytes.data(); }
    qsizetype size() const { return m_bytes.size(); }
    bool startsWith(const char *text) const { return m_bytes.startsWith(text); }

private:
    QByteArray m_bytes;
};

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

void syncFolder([[maybe_unused]] const QString &folder)
{
#ifdef Q_OS_UNIX
    const int descriptor = ::open(QFile::encodeName(folder).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    (void)::fsync(descriptor); // Some file systems refuse it for folders; the key itself is on disk already.
    ::close(descriptor);
#endif
}

evp::Key readPkcs8(SecretBytes &pem)
{
    // The traditional formats say nothing about the algorithm and may be encrypted weakly: only PKCS#8 is
    // read.
    if (!pem.startsWith("-----BEGIN PRIVATE KEY-----"))
        return {};
    const evp::Bio bio(BIO_new_mem_buf(pem.data(), int(pem.size())));
    if (!bio)
        return {};
    return evp::Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, evp::refusePassphrase, nullptr));
}

} // namespace

Result<SigningKey> SigningKey::Data::adopt(evp::Key key)
{
    auto publicKey = PublicKey::Data::publicHalf(key.get());
    if (!publicKey)
        return publicKey.error();
    SigningKey result;
    result.m_data = std::make_shared<const Data>(Data{std::move(key), std::move(*publicKey)});
    return result;
}

Result<SigningKey> SigningKey::generate(Algorithm algorithm)
{
    evp::Key key(algorithm == Algorithm::EcdsaP256 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")
                                                   : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    if (!key)
        return cryptoError(u"a key could not be made: %1"_s.arg(evp::takeError()));
    return Data::adopt(std::move(key));
}

Result<SigningKey> SigningKey::load(const QString &path)
{
    QFile file(path);
    if (!file.exists())
        return Error{ErrorCode::NotFound, u"there is no key file \"%1\""_s.arg(path), {}, {}};
    // Unbuffered: no copy of the key stays in the file's buffer.
    if (!file.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return ioError(u"cannot open the key file \"%1\": %2"_s.arg(path, file.errorString()));
    if (mayBeUsedByOthers(file))
        return ioError(
            u"the key file \"%1\" is open to others than its owner; its mode must be 0600"_s.arg(path));
    if (file.size() > maxKeyFileBytes)
        return cryptoError(u"\"%1\" is not a private key: it has %2 bytes"_s.arg(path).arg(file.size()));

    SecretBytes pem(qsizetype(file.size()));
    if (file.read(pem.data(), pem.size()) != pem.size())
        return ioError(u"cannot read the key file \"%1\": %2"_s.arg(path, file.errorString()));
    evp::Key key = readPkcs8(pem);
    ERR_clear_error();
    if (!key)
        return cryptoError(u"\"%1\" is not a private key in unencrypted PKCS#8 PEM"_s.arg(path));
    auto result = Data::adopt(std::move(key));
    if (!result)
        return cryptoError(
            u"\"%1\" holds a key of another kind; only ECDSA P-256 and Ed25519 are supported"_s.arg(path));
    return result;
}

Result<> SigningKey::save(const QString &path) const
{
    if (QFileInfo::exists(path))
        return Error{ErrorCode::Conflict, u"the key file \"%1\" exists already"_s.arg(path), {}, {}};

    const evp::Bio bio(BIO_new(BIO_s_secmem())); // Wiped when it is freed.
    if (!bio
        || PEM_write_bio_PKCS8PrivateKey(bio.get(), m_data->key.get(), nullptr, nullptr, 0, nullptr, nullptr)
               != 1)
        return cryptoError(u"the key could not be written as PKCS#8: %1"_s.arg(evp::takeError()));
    char *pem = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &pem);

    const QString folder = QFileInfo(path).absolutePath();
    QTemporaryFile file(folder + u"/.key-XXXXXX"_s); // Made with mode 0600.
    if (!file.open() || !file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner))
        return ioError(u"cannot write a key file in \"%1\": %2"_s.arg(folder, file.errorString()));
    // A descriptor of its own, so that the key does not pass through the temporary file's buffer.
    QFile out;
    if (!out.open(file.handle(), QIODevice::WriteOnly | QIODevice::Unbuffered) || out.write(pem, size) != size
        || !syncToDisk(file.handle()))
        return ioError(u"cannot write the key file \"%1\": %2"_s.arg(path, out.errorString()));
    // Does not replace: of two processes that make the key at once, one wins and the other is told.
    if (!file.rename(path)) {
        if (QFileInfo::exists(path))
            return Error{ErrorCode::Conflict, u"the key file \"%1\" exists already"_s.arg(path), {}, {}};
        return ioError(u"cannot write the key file \"%1\": %2"_s.arg(path, file.errorString()));
    }
    file.setAutoRemove(false);
    syncFolder(folder);
    return {};
}

const PublicKey &SigningKey::publicKey() const
{
    return m_data->publicKey;
}

Result<QByteArray> SigningKey::sign(const QByteArray &message) const
{
    const evp::DigestContext context(EVP_MD_CTX_new());
    const EVP_MD *digest = m_data->publicKey.algorithm() == u"ecdsa-p256"_s ? EVP_sha256() : nullptr;
    const auto *bytes = reinterpret_cast<const unsigned char *>(message.constData());
    size_t size = 0;
    if (!context || EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, m_data->key.get()) != 1
        || EVP_DigestSign(context.get(), nullptr, &size, bytes, size_t(message.size())) != 1)
        return cryptoError(u"signing failed: %1"_s.arg(evp::takeError()));
    QByteArray signature(qsizetype(size), Qt::Uninitialized);
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char *>(signature.data()), &size, bytes,
                       size_t(message.size()))
        != 1)
        return cryptoError(u"signing failed: %1"_s.arg(evp::takeError()));
    signature.truncate(qsizetype(size)); // A DER signature may be shorter than its upper bound.
    return signature;
}

} // namespace engine
