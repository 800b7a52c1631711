#include "engine/local/decision_signing.h"

#include "engine/base/json.h"
#include "engine/evidence/dsse.h"

namespace engine {

static Result<QByteArray> envelopeBy(const Signer &signer, const QString &payloadType,
                                     const QJsonObject &statement)
{
    const auto payload = canonicalJson(statement);
    if (!payload)
        return payload.error();
    const auto envelope = signDsse(payloadType, *payload, signer);
    return envelope ? Result<QByteArray>(envelope->toJson()) : envelope.error();
}

Result<QByteArray> signDecision(const KeyRing &keys, const DecisionRequest &request, const Clock &clock,
                                const PassphraseSource &source)
{
    const auto key = keys.operatorKey(request.approver, source);
    if (!key)
        return key.error();
    DecisionStatement statement;
    statement.run = request.run;
    statement.path = request.path;
    statement.revision = request.revision;
    statement.planHash = request.planHash;
    statement.verdict = request.verdict;
    statement.approver = request.approver;
    statement.reason = request.reason;
    statement.shownDigest = request.shownDigest;
    statement.decidedAt = clock.now(); // Not before the person has given the passphrase.
    return envelopeBy(**key, approvalResponsePayloadType, toJson(statement));
}

Result<QByteArray> signWithdrawal(const KeyRing &keys, const WithdrawalRequest &request, const Clock &clock,
                                  const PassphraseSource &source)
{
    const auto key = keys.operatorKey(request.approver, source);
    if (!key)
        return key.error();
    const WithdrawalStatement statement{request.run,      request.path,     request.revision,
                                        request.planHash, request.approver, request.decisionDigest,
                                        request.reason,   clock.now()};
    return envelopeBy(**key, approvalWithdrawalPayloadType, toJson(statement));
}

} // namespace engine
