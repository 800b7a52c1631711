#include "engine/run/approval.h"

#include "engine/evidence/approval/approval_response.h"
#include "engine/run/signed_statement.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

Error refusal(ErrorCode code, const QString &message)
{
    return {code, message, {}, {}};
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
template<class Statement>
Result<> checkBinding(const GateRequest &gate, const Statement &statement, const QString &what, Timestamp now)
{
    if (statement.run != gate.run || statement.path != gate.path)
        return refusal(ErrorCode::NotFound,
                       u"the %1 is for gate \"%2\" of %3"_s.arg(what, statement.path, statement.run.value));
    if (statement.planHash != gate.planHash)
        return refusal(ErrorCode::PlanHashMismatch, u"the %1 is for plan %2, the run's plan is %3"_s.arg(
                                                        what, statement.planHash, gate.planHash));
    if (gate.state == GateState::Expired || (gate.state == GateState::Open && now >= gate.expiresAt))
        return refusal(ErrorCode::GateExpired,
                       u"gate \"%1\" expired at %2"_s.arg(gate.path, toIso(gate.expiresAt)));
    if (gate.state != GateState::Open)
        return refusal(ErrorCode::GateClosed,
                       u"gate \"%1\" is %2 already"_s.arg(gate.path, toString(gate.state)));
    if (statement.revision != gate.revision)
        return refusal(ErrorCode::GateRevisionMismatch,
                       u"the %1 is for revision %2, the gate is at revision %3"_s.arg(what)
                           .arg(statement.revision)
                           .arg(gate.revision));
    return {};
}

Result<> checkSigner(const TrustedKey &signer, const QString &approver, const QString &what)
{
    if (approver == signer.name)
        return {};
    return refusal(ErrorCode::UntrustedKey, u"the %1 names \"%2\" but is signed by the key of \"%3\""_s.arg(
                                                what, approver, signer.name));
}

/// Whether this person, or this key, has not decided before. What was taken back is as if it had never been
/// said; but the very same statement does not come back to life when somebody sends it again.
Result<> checkFirst(const QList<Decision> &earlier, const DecisionStatement &statement,
                    const TrustedKey &signer)
{
    for (const Decision &decision : earlier) {
        if (decision.withdrawal && decision.statement == statement)
            return refusal(ErrorCode::AlreadyDecided,
                           u"\"%1\" has taken this decision back; only a new one counts"_s.arg(signer.name));
        if (!decision.withdrawal
            && (decision.statement.approver == signer.name || decision.keyId == signer.key.keyId()))
            return refusal(ErrorCode::AlreadyDecided,
                           u"\"%1\" has decided at this gate before"_s.arg(signer.name));
    }
    return {};
}

} // namespace

Result<Decision> judgeDecision(const GateRequest &gate, const QList<Decision> &earlier,
                               const QByteArray &envelope, const TrustStore &trust,
                               const QString &shownDigest, Timestamp now, AnswersRequest answers)
{
    const QString what = u"decision"_s;
    const auto opened = openSigned(envelope, approvalResponsePayloadType, what, trust, now);
    if (!opened)
        return opened.error();
    const TrustedKey &signer = opened->signer;
    const auto statement = decisionStatementFromJson(opened->statement);
    if (!statement)
        return statement.error();
    if (answers == AnswersRequest::No && isApprovalResponse(opened->statement))
        return refusal(ErrorCode::RequestMismatch,
                       u"the decision answers a request that was exported; import it as a response"_s);
    if (const auto bound = checkBinding(gate, *statement, what, now); !bound)
        return bound.error();
    if (statement->shownDigest != shownDigest)
        return refusal(ErrorCode::GateRevisionMismatch, u"what was shown is not what the gate asks now"_s);

    if (const auto own = checkSigner(signer, statement->approver, what); !own)
        return own.error();
    if (!isAllowed(gate, signer))
        return refusal(ErrorCode::NotAnApprover, u"\"%1\" may not decide here; asked are %2"_s.arg(
                                                     signer.name, gate.approvers.join(u", "_s)));
    if (!gate.allowSelfApproval && signer.name == gate.requestedBy)
        return refusal(ErrorCode::SelfApproval,
                       u"\"%1\" submitted the run and may not decide on it"_s.arg(signer.name));
    if (const auto first = checkFirst(earlier, *statement, signer); !first)
        return first.error();
    if (gate.requireReason && statement->reason.trimmed().isEmpty())
        return refusal(ErrorCode::ReasonRequired, u"this gate asks for a reason"_s);
    return Decision{{}, *statement, signer.key.keyId(), envelope, {}};
}

Result<Decision> judgeWithdrawal(const GateRequest &gate, const QList<Decision> &decisions,
                                 const QByteArray &envelope, const TrustStore &trust, Timestamp now)
{
    const QString what = u"withdrawal"_s;
    const auto opened = openSigned(envelope, approvalWithdrawalPayloadType, what, trust, now);
    if (!opened)
        return opened.error();
    const auto statement = withdrawalStatementFromJson(opened->statement);
    if (!statement)
        return statement.error();
    if (const auto bound = checkBinding(gate, *statement, what, now); !bound)
        return bound.error();
    const TrustedKey &signer = opened->signer;
    if (const auto own = checkSigner(signer, statement->approver, what); !own)
        return own.error();

    const auto meant = std::ranges::find(decisions, statement->decisionDigest, envelopeDigest);
    if (meant == decisions.end() || meant->statement.verdict != Verdict::Approve)
        return refusal(ErrorCode::NotOwnDecision,
                       u"\"%1\" has no approval at this gate to take back"_s.arg(signer.name));
    if (meant->statement.approver != signer.name)
        return refusal(ErrorCode::NotOwnDecision, u"\"%1\" may not take back what \"%2\" decided"_s.arg(
                                                      signer.name, meant->statement.approver));
    if (meant->withdrawal)
        return refusal(ErrorCode::AlreadyWithdrawn,
                       u"\"%1\" has taken this approval back already"_s.arg(signer.name));
    Decision withdrawn = *meant;
    withdrawn.withdrawal = Withdrawal{*statement, signer.key.keyId(), envelope};
    return withdrawn;
}

int approvalsOf(const GateRequest &gate, const QList<Decision> &decisions)
{
    return int(std::ranges::count_if(decisions, [&gate](const Decision &decision) {
        return decision.statement.path == gate.path && decision.statement.revision == gate.revision
               && isStandingApproval(decision);
    }));
}

} // namespace engine
