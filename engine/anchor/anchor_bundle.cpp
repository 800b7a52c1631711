#include "engine/anchor/anchor_bundle.h"

#include "engine/evidence/bundle_additions.h"
#include "engine/evidence/bundle_layout.h"
#include "engine/evidence/log/proof_check.h"

using namespace Qt::StringLiterals;

namespace engine {

Result<AnchorSubject> readAnchorSubject(const QString &bundle, const TrustStore &trust)
{
    auto subject = readBundleSubject(bundle);
    if (!subject)
        return subject.error();
    const QString claimed = subject->envelope.signatures.first().keyId;
    const TrustedKey *const signer = trust.find(claimed);
    if (!signer)
        return Error{ErrorCode::UntrustedKey,
                     u"the key %1 that signed \"%2\" is not in the trust file"_s.arg(claimed, bundle),
                     {},
                     {}};
    if (verifyDsse(subject->envelope, {signer->key}).isEmpty())
        return invalid(u"the attestation of \"%1\" is not signed by the key %2"_s.arg(bundle, claimed));
    return AnchorSubject{*std::move(subject), signer->key};
}

Result<AnchorVerdict> judgeAnchor(AnchorKind kind, const QByteArray &proof, const AnchorSubject &subject,
                                  const TrustStore &trust, Timestamp now)
{
    const auto judge = [&]() -> Result<ProofJudgement> {
        if (kind == AnchorKind::Log) {
            const auto entry = LogEntry::parse(proof);
            return entry ? judgeLogEntry(*entry, subject.bundle.envelope, subject.signer, trust, now)
                         : Result<ProofJudgement>(entry.error());
        }
        const auto token = TimestampToken::parse(proof);
        return token
                   ? judgeTimestamp(*token, subject.bundle.signatureSha256, layout::sumsSignature, trust, now)
                   : Result<ProofJudgement>(token.error());
    };
    const auto judged = judge();
    if (!judged)
        return judged.error();
    return AnchorVerdict{judged->by != nullptr, judged->text};
}

Result<AnchorVerdict> addAnchor(const QString &bundle, AnchorKind kind, const QString &service,
                                const QByteArray &proof, const AnchorSubject &subject,
                                const TrustStore &trust, Timestamp now)
{
    const auto current = readBundleSubject(bundle);
    if (!current)
        return current.error();
    if (*current != subject.bundle)
        return Error{ErrorCode::Conflict, u"\"%1\" is another bundle by now"_s.arg(bundle), {}, {}};
    auto verdict = judgeAnchor(kind, proof, subject, trust, now);
    if (!verdict)
        return verdict;
    if (const auto added = addToBundle(bundle, {{anchorPath(kind, service), proof}}); !added)
        return added.error();
    return verdict;
}

QString anchorPath(AnchorKind kind, const QString &service)
{
    const QString name = layout::safeName(service);
    return kind == AnchorKind::Log ? layout::anchors + name + u".json"_s
                                   : layout::timestamps + name + u".tsr"_s;
}

} // namespace engine
