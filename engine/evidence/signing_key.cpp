#include "engine/evidence/key_data.h"

using namespace Qt::StringLiterals;

namespace engine {

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
