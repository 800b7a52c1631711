#pragma once

#include "engine/base/clock.h"
#include "engine/evidence/keys.h"

namespace engine {

/// The answer of a timestamp authority (RFC 3161 TimeStampResp): it saw a digest at a time.
///
/// The token must hold the certificate of the authority, which must be for timestamping only. A key
/// of a certificate in it, the authority's own or that of an issuer, is what can be trusted, see
/// PublicKey::fromAuthorityPem().
///
/// A value; what OpenSSL knows of it is made anew from the bytes where it is needed.
class TimestampToken
{
public:
    static constexpr qsizetype maxBytes = 64 * 1024;

    /// DER that is complete, granted, and over a SHA-256 digest. Fails with InvalidInput.
    static Result<TimestampToken> parse(const QByteArray &response);

    Timestamp time() const { return m_time; }
    const QByteArray &sha256() const { return m_sha256; } ///< 32 bytes.
    QByteArray nonce() const { return m_nonce; }          ///< Big-endian; empty when there is none.
    /// Of the certificates in the token, as far as they can be trusted.
    const QList<PublicKey> &keys() const { return m_keys; }

    /// Whether the authority signed it with a certificate that is one with this key, or that leads to one, at
    /// the token's time. Fails with InvalidInput.
    Result<> checkSignature(const PublicKey &key) const;

private:
    QByteArray m_der;
    Timestamp m_time{};
    QByteArray m_sha256;
    QByteArray m_nonce;
    QList<PublicKey> m_keys;
};

} // namespace engine
