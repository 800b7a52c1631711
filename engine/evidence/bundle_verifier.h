#pragma once

#include "engine/base/result.h"
#include "engine/evidence/trust.h"
#include "engine/evidence/verification_policy.h"
#include "engine/record/verification.h"

#include <algorithm>
#include <functional>

namespace engine {

/// What a bundle may cost its reader.
struct BundleLimits
{
    /// How many times its size a compressed bundle may grow, once it has grown to 64 MiB.
    qint64 maxRatio = 10'000;
    qsizetype maxFiles = 250'000;
    qint64 maxDocumentBytes = 256 * 1024 * 1024; ///< Of everything that is held in memory, together.
    qint64 maxLineBytes = 16 * 1024 * 1024;      ///< Of the journal.

    qint64 maxUnpackedBytes(qint64 packedBytes) const
    {
        return std::max<qint64>(64 * 1024 * 1024, packedBytes * maxRatio);
    }
};

struct VerifyOptions
{
    BundleLimits limits{};
    std::optional<VerificationPolicy> policy{}; ///< What the reader demands besides.
    /// Told how many bytes of how many were read, on the verifying thread; false cancels.
    std::function<bool(qint64 done, qint64 total)> progress{};
};

/// Verifies an evidence bundle without extracting it and without trusting anything in it. Reads it once, in
/// memory that does not grow with its artifacts, transcripts and journal.
///
/// The checks, always all of them and in this order, and what each failure comes to:
///
/// - container: not recognised as tar, over the limits, or compressed and damaged or cut off: not-checkable;
///   ends early: incomplete; damaged, a name or kind of entry that no bundle has, or a single byte (header,
///   padding, order) that is not as the engine writes it: tampered. Repacking a bundle changes it.
/// - listing: a listed file is missing: incomplete; a file that is not listed: tampered, but for
///   anchors/NAME.json and timestamps/NAME.tsr, which come to a finished bundle and are never listed.
/// - digests: a file is not the one that was listed: tampered.
/// - signature: a signature does not hold: tampered; one is missing: incomplete; there is none at all:
/// unsigned.
/// - key-trust: revoked-key, unknown-key, untrusted-for-purpose, expired-key. A key must have been valid
///   when it signed, which only its own word says; a key that is revoked now is revoked, whatever times the
///   bundle claims.
/// - plan-hash, journal, steps-allowed, gates, attestation-consistent, provenance: the parts contradict each
/// other: tampered.
///   In gates, what is wrong with an approver's key counts as above when the quorum is missed for that.
///
/// - transparency-log, timestamps: an entry or timestamp that is malformed, is not about this bundle or not
/// signed
///   by the trusted key that it names: tampered. One of a log or an authority that the reader does not trust,
///   or no more, proves nothing and takes nothing away: then, and without any, these two do not run and a
///   bundle is good all the same.
///
/// With a policy, a check for each of its demands follows, policy-outcome, policy-signer and so on; one that
/// is not met: untrusted-for-purpose.
///
/// A part that is well signed but that this version cannot read is not-checkable. When the signature fails,
/// no check is shown as passed.
///
/// A bundle that is broken or forged is a report that says so, not an error.
/// Fails only when the file cannot be read at all: NotFound or Io; with Cancelled.
///
/// @param now  judges the validity of keys
///
/// Thread: any.
Result<VerificationReport> verifyBundle(const QString &path, const TrustStore &trust, Timestamp now,
                                        const VerifyOptions &options = {});

} // namespace engine
