#include "engine/base/digest.h"

#include <QFile>
#include <QFileInfo>

#include <openssl/crypto.h>
#include <openssl/evp.h>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// OpenSSL clears up when a process exits, and also when a thread ends. A thread of a pool ends by itself a
/// little after Qt has waited for it: both at once free the same memory twice. The system takes it all back
/// anyway.
///
/// Here because every program of ours that uses OpenSSL makes digests; nothing uses it before main().
[[maybe_unused]] const int clearsNothingUpAtExit = OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);

} // namespace

struct Sha256::Context
{
    Context()
        : digest(EVP_MD_CTX_new())
    {
        // Looked up once: for short texts that takes longer than the digest.
        static const EVP_MD *const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
        check(digest && sha256 && EVP_DigestInit_ex(digest, sha256, nullptr) == 1);
    }
    ~Context() { EVP_MD_CTX_free(digest); }
    Q_DISABLE_COPY_MOVE(Context)

    /// SHA-256 is part of every OpenSSL, and all it needs is a little memory.
    static void check(bool good)
    {
        if (!good)
            qFatal("OpenSSL cannot compute SHA-256");
    }

    EVP_MD_CTX *digest;
};

Sha256::Sha256()
    : m_context(std::make_unique<Context>())
{
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256 &&) noexcept = default;
Sha256 &Sha256::operator=(Sha256 &&) noexcept = default;

void Sha256::add(QByteArrayView bytes)
{
    Context::check(EVP_DigestUpdate(m_context->digest, bytes.data(), size_t(bytes.size())) == 1);
}

QString Sha256::hex()
{
    QByteArray result(32, Qt::Uninitialized);
    Context::check(
        EVP_DigestFinal_ex(m_context->digest, reinterpret_cast<unsigned char *>(result.data()), nullptr)
        == 1);
    return QString::fromLatin1(result.toHex());
}

QString sha256Hex(QByteArrayView bytes)
{
    Sha256 hash;
    hash.add(bytes);
    return hash.hex();
}

Result<FileDigest> digestOf(QIODevice &device)
{
    Sha256 hash;
    QByteArray buffer(1 << 16, Qt::Uninitialized);
    qint64 total = 0;
    while (true) {
        const qint64 count = device.read(buffer.data(), buffer.size());
        if (count < 0)
            return Error{ErrorCode::Io, u"cannot read: %1"_s.arg(device.errorString()), {}, {}};
        if (count == 0)
            break;
        hash.add(QByteArrayView(buffer.constData(), count));
        total += count;
    }
    return FileDigest{hash.hex(), total};
}

Result<FileDigest> digestOfFile(const QString &path)
{
    QFile file(path);
    if (!file.exists())
        return Error{ErrorCode::NotFound, u"there is no file \"%1\""_s.arg(path), {}, {}};
    if (!QFileInfo(path).isFile()) // A pipe would have us wait for ever.
        return Error{ErrorCode::Io, u"\"%1\" is not a regular file"_s.arg(path), {}, {}};
    if (!file.open(QIODevice::ReadOnly))
        return Error{ErrorCode::Io, u"cannot open \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
    auto digest = digestOf(file);
    if (!digest)
        return Error{ErrorCode::Io, u"cannot read \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
    return digest;
}

} // namespace engine
