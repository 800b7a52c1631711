#pragma once

#include "engine/evidence/log/timestamp_token.h"

namespace engine {

/// What is asked of a timestamp authority (RFC 3161 section 2.4.1, TimeStampReq): a digest, a nonce of its
/// own, and that the certificate comes with the answer.
struct TimestampRequest
{
    QByteArray sha256{}; ///< 32 bytes.
    QByteArray nonce{};  ///< Big-endian, as TimestampToken::nonce() has it.
    QByteArray der{};

    /// A new nonce for each. sha256 has 32 bytes. Fails with Crypto.
    static Result<TimestampRequest> make(const QByteArray &sha256);

    /// Whether the answer is to this very request: of its digest and nonce. Who signed it, and whether, is
    /// another question. Fails with InvalidInput.
    Result<> checkAnswer(const TimestampToken &token) const;
};

} // namespace engine
