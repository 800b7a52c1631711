#include "engine/run/signed_statement.h"

#include "engine/evidence/dsse.h"

using namespace Qt::StringLiterals;

namespace engine {

static bool isInTime(const TrustedKey &key, Timestamp now)
{
    return (!key.notBefore || *key.notBefore <= now) && (!key.notAfter || now < *key.notAfter);
}

/// The approver's key that signed, among those that were revoked or those that were not; or nullptr.
static const TrustedKey *signerOf(const DsseEnvelope &envelope, const TrustStore &trust, Timestamp now,
                                  bool isRevoked)
{
    QList<PublicKey> candidates;
    for (const TrustedKey &key : trust.keys()) {
        if (key.roles.contains(u"approver"_s) && key.revokedAt.has_value() == isRevoked && isInTime(key, now))
            candidates += key.key;
    }
    const QStringList signers = verifyDsse(envelope, candidates);
    return signers.isEmpty() ? nullptr : trust.find(signers.first());
}

static Error notTrusted(const DsseEnvelope &envelope, const QString &what, const TrustStore &trust,
                        Timestamp now)
{
    const TrustedKey *revoked = signerOf(envelope, trust, now, true);
    if (!revoked)
        return {
            ErrorCode::UntrustedKey, u"the %1 is not signed by a trusted approver's key"_s.arg(what), {}, {}};
    const QString why = revoked->reason.isEmpty() ? QString() : u": "_s + revoked->reason;
    return {ErrorCode::RevokedKey,
            u"the %1 is signed by a key of \"%2\" that was revoked at %3%4"_s.arg(
                what, revoked->name, toIso(*revoked->revokedAt), why),
            {},
            {}};
}

Result<SignedStatement> openSigned(const QByteArray &envelope, const QString &payloadType,
                                   const QString &what, const TrustStore &trust, Timestamp now)
{
    const auto parsed = DsseEnvelope::parse(envelope);
    if (!parsed)
        return parsed.error();
    const TrustedKey *signer = signerOf(*parsed, trust, now, false);
    if (!signer)
        return notTrusted(*parsed, what, trust, now);
    if (parsed->payloadType != payloadType)
        return invalid(u"payload type \"%1\" is not a %2"_s.arg(parsed->payloadType, what));
    const auto json = parseJsonObject(parsed->payload);
    if (!json)
        return json.error();
    return SignedStatement{*signer, *json};
}

} // namespace engine
