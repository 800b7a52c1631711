#include "engine/base/digest.h"
#include "engine/evidence/evp.h"
#include "engine/evidence/key_data.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr qsizetype maxPemBytes = 16 * 1024;
constexpr char pemBegin[] = "-----BEGIN PUBLIC KEY-----";

Error notAKey(const QString &why)
{
    return {ErrorCode::Crypto, u"this is not a public key in PEM: %1"_s.arg(why), {}, {}};
}

QByteArray pemOf(EVP_PKEY *key)
{
    const evp::Bio bio(BIO_new(BIO_s_mem()));
    if (!bio || PEM_write_bio_PUBKEY(bio.get(), key) != 1)
        return {};
    char *bytes = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &bytes);
    return {bytes, qsizetype(size)};
}

bool onlySpaceLeft(BIO *bio)
{
    char *rest = nullptr;
    const long size = BIO_get_mem_data(bio, &rest);
    return QByteArray::fromRawData(rest, qsizetype(size)).trimmed().isEmpty();
}

} // namespace

QString evp::takeError()
{
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    const char *reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason ? QString::fromLatin1(reason) : u"unknown error of the crypto library"_s;
}

int evp::refusePassphrase(char *, int, int, void *)
{
    return -1;
}

QByteArray evp::publicDer(EVP_PKEY *key)
{
    unsigned char *bytes = nullptr;
    const int size = i2d_PUBKEY(key, &bytes);
    if (size <= 0)
        return {};
    const QByteArray der(reinterpret_cast<const char *>(bytes), size);
    OPENSSL_free(bytes);
    return der;
}

QString evp::algorithmOf(const QByteArray &der)
{
    // SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING 04 || X || Y } (RFC 5480).
    static const QByteArray p256 =
        QByteArray::fromHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");
    // SEQUENCE { SEQUENCE { id-Ed25519 }, BIT STRING } (RFC 8410).
    static const QByteArray ed25519 = QByteArray::fromHex("302a300506032b6570032100");
    if (der.size() == p256.size() + 64 && der.startsWith(p256))
        return u"ecdsa-p256"_s;
    if (der.size() == ed25519.size() + 32 && der.startsWith(ed25519))
        return u"ed25519"_s;
    return {};
}

/// Likewise of what else authorities have.
static QString authorityAlgorithmOf(EVP_PKEY *key, const QByteArray &der)
{
    // SEQUENCE { SEQUENCE { id-ecPublicKey, secp384r1 }, BIT STRING 04 || X || Y } (RFC 5480).
    static const QByteArray p384 = QByteArray::fromHex("3076301006072a8648ce3d020106052b8104002203620004");
    constexpr int fewestBits = 2048;
    constexpr int mostBits = 8192;
    if (der.size() == p384.size() + 96 && der.startsWith(p384))
        return u"ecdsa-p384"_s;
    const int bits = EVP_PKEY_get_bits(key);
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && bits >= fewestBits && bits <= mostBits)
        return u"rsa"_s;
    return {};
}

Result<PublicKey> PublicKey::Data::publicHalf(EVP_PKEY *key)
{
    if (evp::algorithmOf(evp::publicDer(key)).isEmpty())
        return notAKey(u"only ECDSA P-256 and Ed25519 are supported"_s);
    return ofAuthority(key);
}

Result<PublicKey> PublicKey::Data::ofAuthority(EVP_PKEY *key)
{
    const QByteArray der = evp::publicDer(key);
    const QString own = evp::algorithmOf(der);
    const QString algorithm = own.isEmpty() ? authorityAlgorithmOf(key, der) : own;
    if (algorithm.isEmpty())
        return notAKey(u"only ECDSA P-256 and P-384, Ed25519 and RSA of 2048 to 8192 bits are supported"_s);
    auto data = std::make_shared<Data>();
    if (EVP_PKEY_up_ref(key) != 1)
        return notAKey(evp::takeError());
    data->key.reset(key);
    data->pem = pemOf(key);
    data->keyId = sha256Hex(der);
    data->algorithm = algorithm;
    PublicKey result;
    result.m_data = std::move(data);
    return result;
}

/// Reads the PEM and gives the key to make.
template<class Make>
static Result<PublicKey> readPem(const QByteArray &pem, Make make)
{
    if (pem.size() > maxPemBytes)
        return notAKey(u"it has %1 bytes, at most %2 are read"_s.arg(pem.size()).arg(maxPemBytes));
    if (!pem.startsWith(pemBegin))
        return notAKey(u"it does not begin with \"%1\""_s.arg(QLatin1StringView(pemBegin)));
    const evp::Bio bio(BIO_new_mem_buf(pem.constData(), int(pem.size())));
    const evp::Key key(bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, evp::refusePassphrase, nullptr)
                           : nullptr);
    ERR_clear_error();
    if (!key)
        return notAKey(u"it cannot be decoded"_s);
    if (!onlySpaceLeft(bio.get()))
        return notAKey(u"something follows the key"_s);
    return make(key.get());
}

Result<PublicKey> PublicKey::fromPem(const QByteArray &pem)
{
    return readPem(pem, Data::publicHalf);
}

Result<PublicKey> PublicKey::fromAuthorityPem(const QByteArray &pem)
{
    return readPem(pem, Data::ofAuthority);
}

bool PublicKey::isForAuthoritiesOnly() const
{
    return m_data->algorithm != u"ecdsa-p256"_s && m_data->algorithm != u"ed25519"_s;
}

const QString &PublicKey::keyId() const
{
    return m_data->keyId;
}

const QByteArray &PublicKey::pem() const
{
    return m_data->pem;
}

QByteArray PublicKey::der() const
{
    return evp::publicDer(m_data->key.get());
}

QString PublicKey::algorithm() const
{
    return m_data->algorithm;
}

bool PublicKey::verify(const QByteArray &message, const QByteArray &signature) const
{
    if (isForAuthoritiesOnly())
        return false;
    const evp::DigestContext context(EVP_MD_CTX_new());
    const bool ecdsa = m_data->algorithm == u"ecdsa-p256"_s;
    // OpenSSL decodes an ECDSA signature, encodes it again and refuses what is not the same DER.
    const bool holds =
        context
        && EVP_DigestVerifyInit(context.get(), nullptr, ecdsa ? EVP_sha256() : nullptr, nullptr,
                                m_data->key.get())
               == 1
        && EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char *>(signature.constData()),
                            size_t(signature.size()),
                            reinterpret_cast<const unsigned char *>(message.constData()),
                            size_t(message.size()))
               == 1;
    ERR_clear_error();
    return holds;
}

} // namespace engine
