#include "engine/evidence/checks/signed_record.h"

#include "engine/base/json.h"

using namespace Qt::StringLiterals;

namespace engine {

namespace {

SignedRecord notOpened(const Finding &finding)
{
    return {finding, {}, {}};
}

/// The one key that signed, in its finding's detail.
Finding findSigner(const Bundle &bundle, const DsseEnvelope &envelope, const QString &who)
{
    QList<PublicKey> trusted;
    for (const TrustedKey &key : bundle.trust.keys())
        trusted += key.key;
    const QStringList signers = verifyDsse(envelope, trusted);
    if (signers.size() == 1)
        return passed(signers.first());
    if (signers.size() > 1)
        return tampered(u"%1 has more than one signature"_s.arg(who));
    const QString claimed = envelope.signatures.isEmpty() ? QString() : envelope.signatures.first().keyId;
    if (envelope.signatures.isEmpty() || bundle.trust.find(claimed))
        return tampered(u"%1 is forged: its signature does not hold"_s.arg(who));
    return failed(Headline::UnknownKey, u"%1: the key %2 is not in the trust file"_s.arg(who, claimed));
}

} // namespace

SignedRecord openRecord(const Bundle &bundle, const QString &sha256, const QString &payloadType,
                        const QString &who)
{
    const auto json = bundle.contents.decisions().constFind(sha256);
    if (json == bundle.contents.decisions().constEnd())
        return notOpened(failed(Headline::Incomplete, u"%1 is not in the bundle"_s.arg(who)));
    const auto envelope = DsseEnvelope::parse(*json);
    if (!envelope)
        return notOpened(failed(Headline::NotCheckable, u"%1: %2"_s.arg(who, envelope.error().toString())));
    const Finding signer = findSigner(bundle, *envelope, who);
    if (signer.result == CheckResult::Failed)
        return notOpened(signer);
    if (envelope->payloadType != payloadType)
        return notOpened(tampered(u"%1 is of the type \"%2\""_s.arg(who, envelope->payloadType)));
    const auto payload = parseJsonObject(envelope->payload);
    if (!payload)
        return notOpened(failed(Headline::NotCheckable, u"%1: %2"_s.arg(who, payload.error().toString())));
    return {passed(), *payload, signer.detail};
}

Finding checkPerson(const Bundle &bundle, const QString &keyId, const QString &person, Timestamp at,
                    const QString &who)
{
    const TrustedKey *key = bundle.trust.find(keyId);
    const KeyJudgement judgement = judgeKey(key, keyId, u"approver"_s, at, bundle.now);
    if (judgement.headline != Headline::Good)
        return failed(judgement.headline, u"%1: %2"_s.arg(who, judgement.problem));
    if (key->name != person)
        return failed(Headline::UntrustedForPurpose,
                      u"%1 is signed with the key of %2"_s.arg(who, key->name));
    return passed();
}

Finding checkWithdrawal(const Bundle &bundle, const GateFacts &gate, const AcceptedDecision &recorded,
                        const QString &planHash)
{
    const QJsonObject &data = recorded.data;
    const QString who = u"the withdrawal of %1 at \"%2\""_s.arg(data[u"approver"_s].toString(), gate.path);
    const SignedRecord record =
        openRecord(bundle, data[u"envelopeSha256"_s].toString(), approvalWithdrawalPayloadType, who);
    if (record.finding.result == CheckResult::Failed)
        return record.finding;
    const auto statement = withdrawalStatementFromJson(record.statement);
    if (!statement)
        return failed(Headline::NotCheckable, u"%1: %2"_s.arg(who, statement.error().toString()));
    if (statement->run.value != bundle.journal().runId)
        return tampered(who + u" is about another run"_s);
    if (statement->path != gate.path || statement->revision != gate.revision)
        return tampered(who + u" is about another gate"_s);
    if (statement->planHash != planHash)
        return tampered(who + u" is about another plan"_s);
    if (statement->approver != data[u"approver"_s].toString()
        || statement->decisionDigest != data[u"decisionDigest"_s].toString()
        || record.keyId != data[u"keyId"_s].toString())
        return tampered(who + u" is not what the journal says"_s);
    return checkPerson(bundle, record.keyId, statement->approver, statement->withdrawnAt, who);
}

} // namespace engine
