#pragma once

#include "engine/evidence/bundle_subject.h"
#include "engine/evidence/trust.h"
#include "engine/record/anchor.h"

/// A proof and the bundle that it is about.
///
/// Thread: any.
namespace engine {

/// What a log or an authority is asked to bear witness to.
struct AnchorSubject
{
    BundleSubject bundle{};
    PublicKey signer; ///< Whose signatures the bundle's are.

    QString digest() const { return QString::fromLatin1(bundle.signatureSha256.toHex()); }
};

/// Reads it from a bundle whose signer is in the trust file, for whatever that is. Fails like
/// readBundleSubject(), with UntrustedKey when the signer is not known here.
Result<AnchorSubject> readAnchorSubject(const QString &bundle, const TrustStore &trust);

/// What a proof comes to.
struct AnchorVerdict
{
    bool isVerified = false; ///< Signed by a key that the trust file has for it.
    QString text{};          ///< What is proven, or why it is not.

    bool operator==(const AnchorVerdict &) const = default;
};

/// Holds a proof, in the form in which it goes into a bundle, against what it should be about and against the
/// trust file. Fails with InvalidInput or Unsupported when it is worth nothing.
///
/// @param now  judges the validity of keys
Result<AnchorVerdict> judgeAnchor(AnchorKind kind, const QByteArray &proof, const AnchorSubject &subject,
                                  const TrustStore &trust, Timestamp now);

/// judgeAnchor(), and what passes is put into the bundle. Fails likewise, with Conflict when the bundle is
/// not the one of subject any more, and like addToBundle().
Result<AnchorVerdict> addAnchor(const QString &bundle, AnchorKind kind, const QString &service,
                                const QByteArray &proof, const AnchorSubject &subject,
                                const TrustStore &trust, Timestamp now);

/// Where the proof of a service stands in a bundle: the next one of the same service takes its place.
QString anchorPath(AnchorKind kind, const QString &service);

} // namespace engine
