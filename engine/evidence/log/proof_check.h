#pragma once

#include "engine/evidence/log/log_entry.h"
#include "engine/evidence/log/timestamp_token.h"
#include "engine/evidence/trust.h"

namespace engine {

inline const QString transparencyLogRole = QStringLiteral("transparency-log");
inline const QString timestampAuthorityRole = QStringLiteral("timestamp-authority");

/// What the word of a log or of an authority comes to for one reader.
struct ProofJudgement
{
    const TrustedKey *by = nullptr; ///< Whose word it is, in the reader's trust; nullptr: of nobody there.
    /// What it proves; without by, why it proves nothing and takes nothing away.
    QString text{};
};

/// Whether an entry is in its log, is about the envelope's signature by signer, and is signed by a log that
/// trust has for that. Fails with InvalidInput when any of this is wrong, with Unsupported for a kind of
/// entry that cannot be checked here; then the entry is worth nothing, whoever trusts the log.
///
/// @param now  judges the validity of keys
Result<ProofJudgement> judgeLogEntry(const LogEntry &entry, const DsseEnvelope &envelope,
                                     const PublicKey &signer, const TrustStore &trust, Timestamp now);

/// Likewise for a timestamp that should be of a digest.
///
/// @param sha256  32 bytes
/// @param what    that has the digest, for the error
Result<ProofJudgement> judgeTimestamp(const TimestampToken &token, const QByteArray &sha256,
                                      const QString &what, const TrustStore &trust, Timestamp now);

} // namespace engine
