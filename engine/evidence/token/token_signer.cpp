#include "engine/evidence/token/token_signer.h"

#include "engine/base/digest.h"
#include "engine/evidence/evp.h"

#include <openssl/ecdsa.h>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

using Ecdsa = std::unique_ptr<ECDSA_SIG, evp::Deleter<ECDSA_SIG_free>>;
using Number = std::unique_ptr<BIGNUM, evp::Deleter<BN_free>>;

/// r and s, each of half the bytes, as DER (RFC 3279 section 2.2.3).
Result<QByteArray> derOf(const QByteArray &raw)
{
    const auto *bytes = reinterpret_cast<const unsigned char *>(raw.constData());
    const int half = int(raw.size() / 2);
    Number r(BN_bin2bn(bytes, half, nullptr));
    Number s(BN_bin2bn(bytes + half, half, nullptr));
    const Ecdsa signature(ECDSA_SIG_new());
    if (!r || !s || !signature || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1)
        return Error{
            ErrorCode::Crypto, u"the token's signature cannot be read: %1"_s.arg(evp::takeError()), {}, {}};
    (void)r.release(); // They are parts of the signature now.
    (void)s.release();
    unsigned char *der = nullptr;
    const int size = i2d_ECDSA_SIG(signature.get(), &der);
    if (size <= 0)
        return Error{ErrorCode::Crypto,
                     u"the token's signature cannot be written: %1"_s.arg(evp::takeError()),
                     {},
                     {}};
    const QByteArray result(reinterpret_cast<const char *>(der), size);
    OPENSSL_free(der);
    return result;
}

/// SubjectPublicKeyInfo of a P-256 key (RFC 5480), in PEM.
QByteArray pemOfPoint(const QByteArray &point)
{
    static const QByteArray prefix =
        QByteArray::fromHex("3059301306072a8648ce3d020106082a8648ce3d030107034200");
    const QByteArray text = (prefix + point).toBase64();
    QByteArray pem = "-----BEGIN PUBLIC KEY-----\n";
    for (qsizetype i = 0; i < text.size(); i += 64)
        pem += text.mid(i, 64) + '\n';
    return pem + "-----END PUBLIC KEY-----\n";
}

} // namespace

TokenSigner::TokenSigner(std::shared_ptr<const Pkcs11Module> module, TokenUri uri, PublicKey publicKey,
                         PassphraseSource pin, QString keyName)
    : m_module(std::move(module))
    , m_uri(std::move(uri))
    , m_publicKey(std::move(publicKey))
    , m_pin(std::move(pin))
    , m_keyName(std::move(keyName))
{
}

Result<PublicKey> TokenSigner::generate(const Pkcs11Module &module, const TokenUri &uri,
                                        const PassphraseSource &pin, const QString &keyName)
{
    const auto given = pin({keyName, false, true, 0});
    if (!given)
        return given.error();
    const auto point = module.generate(uri, *given);
    return point ? PublicKey::fromPem(pemOfPoint(*point)) : point.error();
}

Result<QByteArray> TokenSigner::sign(const QByteArray &message) const
{
    if (!m_pin)
        return Error{ErrorCode::PassphraseNeeded,
                     u"the key \"%1\" is in a token, and nobody can be asked for its PIN"_s.arg(m_keyName),
                     {},
                     {}};
    const auto pin = m_pin({m_keyName, false, true, 0});
    if (!pin)
        return pin.error();
    const auto raw = m_module->sign(m_uri, *pin, QByteArray::fromHex(sha256Hex(message).toLatin1()));
    if (!raw)
        return raw.error();
    auto signature = derOf(*raw);
    if (signature && !m_publicKey.verify(message, *signature))
        return Error{ErrorCode::Crypto,
                     u"the token signed with another key than %1"_s.arg(m_publicKey.keyId()),
                     {},
                     {}};
    return signature;
}

} // namespace engine
