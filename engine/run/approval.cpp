#include "engine/run/approval.h"

#include "engine/base/json.h"
#include "engine/evidence/dsse.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

Error refusal(ErrorCode code, const QString &message)
{
    return {code, message, {}, {}};
}

bool isValidNow(const TrustedKey &key, Timestamp now)
{
    return !key.revokedAt && (!key.notBefore || *key.notBefore <= now)
           && (!key.notAfter || now < *key.notAfter);
}

/// The trusted approver key that signed, or nullptr.
const TrustedKey *signerOf(const DsseEnvelope &envelope, const TrustStore &trust, Timestamp now)
{
    QList<PublicKey> candidates;
    for (const TrustedKey &key : trust.keys()) {
        if (key.roles.contains(u"approver"_s) && isValidNow(key, now))
            candidates += key.key;
    }
    const QStringList signers = verifyDsse(envelope, candidates);
    return signers.isEmpty() ? nullptr : trust.find(signers.first());
}

bool isAllowed(const GateRequest &gate, const TrustedKey &signer)
{
    return gate.approvers.isEmpty()
           || std::ranges::any_of(gate.approvers, [&signer](const QString &approver) {
                  return approver == u"user:"_s + signer.name
                         || (approver.startsWith(u"role:"_s) && signer.roles.contains(approver.mid(5)));
              });
}

/// Whether the statement speaks of this gate as it stands now.
Result<> checkBinding(const GateRequest &gate, const DecisionStatement &statement, const QString &shownDigest,
                      Timestamp now)
{
    if (statement.run != gate.run || statement.path != gate.path)
        return refusal(ErrorCode::NotFound,
                       u"the decision is for gate \"%1\" of %2"_s.arg(statement.path, statement.run.value));
    if (statement.planHash != gate.planHash)
        return refusal(
            ErrorCode::PlanHashMismatch,
            u"the decision is for plan %1, the run's plan is %2"_s.arg(statement.planHash, gate.planHash));
    if (gate.state == GateState::Expired || (gate.state == GateState::Open && now >= gate.expiresAt))
        return refusal(ErrorCode::GateExpired,
                       u"gate \"%1\" expired at %2"_s.arg(gate.path, toIso(gate.expiresAt)));
    if (gate.state != GateState::Open)
        return refusal(ErrorCode::GateClosed,
                       u"gate \"%1\" is %2 already"_s.arg(gate.path, toString(gate.state)));
    if (statement.revision != gate.revision)
        return refusal(
            ErrorCode::GateRevisionMismatch,
            u"the decision is for revision %1, the gate is at revision %2"_s.arg(statement.revision)
                .arg(gate.revision));
    if (statement.shownDigest != shownDigest)
        return refusal(ErrorCode::GateRevisionMismatch, u"what was shown is not what the gate asks now"_s);
    return {};
}

} // namespace

Result<Decision> judgeDecision(const GateRequest &gate, const QList<Decision> &earlier,
                               const QByteArray &envelope, const TrustStore &trust,
                               const QString &shownDigest, Timestamp now)
{
    const auto parsed = DsseEnvelope::parse(envelope);
    if (!parsed)
        return parsed.error();
    const TrustedKey *signer = signerOf(*parsed, trust, now);
    if (!signer)
        return refusal(ErrorCode::UntrustedKey, u"the decision is not signed by a trusted approver's key"_s);
    if (parsed->payloadType != approvalResponsePayloadType)
        return invalid(u"payload type \"%1\" is not a decision"_s.arg(parsed->payloadType));
    const auto json = parseJsonObject(parsed->payload);
    if (!json)
        return json.error();
    const auto statement = decisionStatementFromJson(*json);
    if (!statement)
        return statement.error();
    if (const auto bound = checkBinding(gate, *statement, shownDigest, now); !bound)
        return bound.error();

    if (statement->approver != signer->name)
        return refusal(ErrorCode::UntrustedKey,
                       u"the decision names \"%1\" but is signed by the key of \"%2\""_s.arg(
                           statement->approver, signer->name));
    if (!isAllowed(gate, *signer))
        return refusal(ErrorCode::NotAnApprover, u"\"%1\" may not decide here; asked are %2"_s.arg(
                                                     signer->name, gate.approvers.join(u", "_s)));
    if (!gate.allowSelfApproval && signer->name == gate.requestedBy)
        return refusal(ErrorCode::SelfApproval,
                       u"\"%1\" submitted the run and may not decide on it"_s.arg(signer->name));
    const bool again = std::ranges::any_of(earlier, [&](const Decision &decision) {
        return decision.statement.approver == signer->name || decision.keyId == signer->key.keyId();
    });
    if (again)
        return refusal(ErrorCode::AlreadyDecided,
                       u"\"%1\" has decided at this gate before"_s.arg(signer->name));
    if (gate.requireReason && statement->reason.trimmed().isEmpty())
        return refusal(ErrorCode::ReasonRequired, u"this gate asks for a reason"_s);
    return Decision{{}, *statement, signer->key.keyId(), envelope};
}

int approvalsOf(const GateRequest &gate, const QList<Decision> &decisions)
{
    return int(std::ranges::count_if(decisions, [&gate](const Decision &decision) {
        return decision.statement.path == gate.path && decision.statement.revision == gate.revision
               && decision.statement.verdict == Verdict::Approve;
    }));
}

} // namespace engine
