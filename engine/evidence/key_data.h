#pragma once

#include "engine/evidence/evp.h"
#include "engine/evidence/keys.h"

namespace engine {

struct PublicKey::Data
{
    evp::Key key{};
    QByteArray pem{}; ///< As OpenSSL writes it, whatever the spacing of the text that was read.
    QString keyId{};
    QString algorithm{};

    /// Takes its own count of key.
    static Result<PublicKey> publicHalf(EVP_PKEY *key);
    /// Likewise of more kinds, see PublicKey::fromAuthorityPem().
    static Result<PublicKey> ofAuthority(EVP_PKEY *key);
};

struct SigningKey::Data
{
    evp::Key key{}; // OpenSSL wipes the private part when the last owner goes.
    PublicKey publicKey;

    static Result<SigningKey> adopt(evp::Key key);
};

inline Error cryptoError(const QString &message)
{
    return {ErrorCode::Crypto, message, {}, {}};
}

} // namespace engine
