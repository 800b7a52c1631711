#include "engine/evidence/bundle_layout.h"
#include "engine/evidence/checks/checks.h"

using namespace Qt::StringLiterals;

namespace engine {

namespace {

const QString engineRole = u"engine"_s;

QString nameOf(const TrustStore &trust, const QString &keyId)
{
    const TrustedKey *key = trust.find(keyId);
    return key ? u"%1 (%2)"_s.arg(keyId, key->name) : keyId;
}

/// Every trusted key, and the bundle's own copy of the key that it claims: that one can show that the bundle
/// is whole though nobody here trusts it.
QList<PublicKey> candidatesFor(const Bundle &bundle, const QString &claimedId)
{
    QList<PublicKey> keys;
    for (const TrustedKey &trusted : bundle.trust.keys())
        keys += trusted.key;
    const auto own = PublicKey::fromPem(bundle.contents.document(layout::keys + claimedId + u".pem"_s));
    if (own && own->keyId() == claimedId)
        keys += *own;
    return keys;
}

bool contains(const QList<PublicKey> &keys, const QString &keyId)
{
    return std::any_of(keys.begin(), keys.end(), [&](const PublicKey &key) { return key.keyId() == keyId; });
}

} // namespace

KeyJudgement judgeKey(const TrustedKey *key, const QString &keyId, const QString &role, Timestamp at,
                      Timestamp now)
{
    if (!key)
        return {Headline::UnknownKey, u"the key %1 is not in the trust file"_s.arg(keyId)};
    const QString who = u"the key %1 (%2)"_s.arg(keyId, key->name);
    // Whoever has a stolen key can claim any time, so only the time of reading counts for a revocation.
    if (key->revokedAt && *key->revokedAt <= now) {
        const QString why = key->reason.isEmpty() ? QString() : u": "_s + key->reason;
        return {Headline::RevokedKey, u"%1 was revoked at %2%3"_s.arg(who, toIso(*key->revokedAt), why)};
    }
    if (!key->roles.contains(role))
        return {Headline::UntrustedForPurpose,
                u"%1 is trusted as %2, not as %3"_s.arg(who, key->roles.join(u", "_s), role)};
    for (const Timestamp time : {at, now}) {
        if (key->notBefore && time < *key->notBefore)
            return {Headline::ExpiredKey,
                    u"%1 is valid from %2, not at %3"_s.arg(who, toIso(*key->notBefore), toIso(time))};
    }
    // A key ends when another takes its place; what it signed until then stays good. One that may be in
    // wrong hands is revoked.
    if (key->notAfter && at > *key->notAfter)
        return {Headline::ExpiredKey,
                u"%1 was valid until %2, not at %3"_s.arg(who, toIso(*key->notAfter), toIso(at))};
    return {};
}

SignatureFinding checkSignature(const Bundle &bundle)
{
    const Contents &contents = bundle.contents;
    if (isUnsigned(bundle))
        return {failed(Headline::Unsigned, u"the bundle has no signature"_s), {}};
    for (const QString &path : {layout::sums, layout::sumsSignature, layout::attestation}) {
        if (!contents.has(path))
            return {failed(Headline::Incomplete, u"%1 is missing"_s.arg(path)), {}};
    }
    if (!bundle.envelope)
        return {failed(bundle.envelope.error()), {}};
    if (bundle.envelope->signatures.size() != 1)
        return {failed(Headline::Tampered, u"%1 has %2 signatures instead of one"_s.arg(layout::attestation)
                                               .arg(bundle.envelope->signatures.size())),
                {}};

    const QString claimed = bundle.envelope->signatures.first().keyId;
    const QList<PublicKey> candidates = candidatesFor(bundle, claimed);
    const QByteArray sums = contents.document(layout::sums);
    const QByteArray signature = contents.document(layout::sumsSignature);
    const auto signer = std::find_if(candidates.begin(), candidates.end(),
                                     [&](const PublicKey &key) { return key.verify(sums, signature); });
    if (signer == candidates.end() && !contains(candidates, claimed))
        return {failed(Headline::UnknownKey,
                       u"the key %1 that should have signed is not known here"_s.arg(claimed)),
                {}};
    if (signer == candidates.end())
        return {failed(Headline::Tampered,
                       u"%1 is not a signature of %2 by the key %3"_s.arg(layout::sumsSignature, layout::sums,
                                                                          nameOf(bundle.trust, claimed))),
                {}};
    if (verifyDsse(*bundle.envelope, {*signer}).isEmpty())
        return {failed(Headline::Tampered,
                       u"the signature of %1 is not by the key %2, which signed %3"_s.arg(
                           layout::attestation, nameOf(bundle.trust, signer->keyId()), layout::sums)),
                {}};
    return {passed(u"by the key %1"_s.arg(nameOf(bundle.trust, signer->keyId()))), signer->keyId(), *signer};
}

Finding checkKeyTrust(const Bundle &bundle, const SignatureFinding &signature)
{
    if (signature.finding.result != CheckResult::Passed)
        return notRun(u"no signature holds"_s);
    if (!bundle.attestation)
        return failed(bundle.attestation.error());
    const auto completedAt = parseIso(bundle.attestation->value(u"completedAt"_s).toString());
    if (!completedAt)
        return failed(Headline::NotCheckable,
                      u"completedAt of the attestation: %1"_s.arg(completedAt.error().message));
    const KeyJudgement judgement =
        judgeKey(bundle.trust.find(signature.keyId), signature.keyId, engineRole, *completedAt, bundle.now);
    if (judgement.headline != Headline::Good)
        return failed(judgement.headline, judgement.problem);
    const TrustedKey *key = bundle.trust.find(signature.keyId);
    const bool hasEnded = key->notAfter && *key->notAfter < bundle.now;
    const QString until =
        hasEnded
            ? u" until %1; by its own word it signed at %2"_s.arg(toIso(*key->notAfter), toIso(*completedAt))
            : QString();
    return passed(u"trusted as \"%1\"%2"_s.arg(key->name, until));
}

} // namespace engine
