#pragma once

#include "engine/evidence/dsse.h"

namespace engine {

/// What of a bundle others outside may bear witness to: a log to its attestation, a timestamp authority to
/// the signature of its list.
struct BundleSubject
{
    DsseEnvelope envelope{};      ///< With one signature.
    QByteArray signatureSha256{}; ///< Of SHA256SUMS.sig, 32 bytes.

    bool operator==(const BundleSubject &) const = default;
};

/// Reads the beginning of a bundle, as far as that is needed; says nothing of the rest. Fails with NotFound,
/// Io, or InvalidInput when the bundle is damaged or has an attestation of more than 16 MiB.
///
/// Thread: any.
Result<BundleSubject> readBundleSubject(const QString &bundle);

} // namespace engine
