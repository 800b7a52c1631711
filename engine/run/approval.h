#pragma once

#include "engine/evidence/trust.h"
#include "engine/record/gate_record.h"

namespace engine {

/// Whether a decision answers a request that was exported, and was found to fit it; see checkAnswer().
enum class AnswersRequest { No, Yes };

/// Judges a signed decision against the gate it is for.
///
/// @param gate         as stored
/// @param earlier      decisions that were accepted at this revision of the gate before, withdrawn ones too
/// @param envelope     a DSSE envelope of type approvalResponsePayloadType
/// @param shownDigest  digest of what the engine would show for this gate now
/// @return the decision without its id, or the refusal: UntrustedKey, RevokedKey, GateRevisionMismatch,
///         PlanHashMismatch, GateClosed, GateExpired, NotAnApprover, SelfApproval, AlreadyDecided,
///         ReasonRequired; RequestMismatch for one that answers a request though it should not; InvalidInput
///         for an envelope or statement that cannot be read
///
/// An approver of "user:NAME" is the trusted key of that name; one of "role:NAME" is any trusted key with
/// that role.
///
/// Pure.
Result<Decision> judgeDecision(const GateRequest &gate, const QList<Decision> &earlier,
                               const QByteArray &envelope, const TrustStore &trust,
                               const QString &shownDigest, Timestamp now,
                               AnswersRequest answers = AnswersRequest::No);

/// Judges a signed withdrawal of an approval against the gate and what was decided there.
///
/// @param gate       as stored
/// @param decisions  those that were accepted at this revision of the gate, withdrawn ones too
/// @param envelope   a DSSE envelope of type approvalWithdrawalPayloadType
/// @return the decision that it takes back, with the withdrawal, or the refusal: UntrustedKey, RevokedKey,
///         GateRevisionMismatch, PlanHashMismatch, GateClosed, GateExpired, NotOwnDecision, AlreadyWithdrawn;
///         InvalidInput for an envelope or statement that cannot be read
///
/// A person takes back their own approval only, with any of their trusted keys. A rejection closes its gate,
/// so it cannot be taken back.
///
/// Pure.
Result<Decision> judgeWithdrawal(const GateRequest &gate, const QList<Decision> &decisions,
                                 const QByteArray &envelope, const TrustStore &trust, Timestamp now);

/// How many approvals stand at a gate.
int approvalsOf(const GateRequest &gate, const QList<Decision> &decisions);

} // namespace engine
