#pragma once

#include "engine/api/form/leaf_form.h"
#include "engine/api/values.h"

/// The JSON forms of gates, decisions and what is shown before one.
namespace engine::form {

template<>
inline constexpr int lastOf<GateState> = int(GateState::Cancelled);
template<>
inline constexpr int lastOf<Verdict> = int(Verdict::Reject);
template<>
inline constexpr int lastOf<StepKind> = int(StepKind::Policy);

/// As toJson(const GateRequest &) writes it.
template<>
struct Form<GateRequest>
{
    static constexpr auto members = std::tuple(
        member(u"runId", &GateRequest::run), member(u"gate", &GateRequest::path),
        member(u"revision", &GateRequest::revision), member(u"approval", &GateRequest::approvalId),
        optional(u"title", &GateRequest::title), optional(u"message", &GateRequest::message),
        member(u"planHash", &GateRequest::planHash), member(u"required", &GateRequest::required),
        member(u"approvers", &GateRequest::approvers),
        member(u"allowSelfApproval", &GateRequest::allowSelfApproval),
        member(u"requireReason", &GateRequest::requireReason),
        optional(u"reasonSuggestion", &GateRequest::reasonSuggestion),
        member(u"requestedBy", &GateRequest::requestedBy), member(u"requestedAt", &GateRequest::requestedAt),
        member(u"expiresAt", &GateRequest::expiresAt), member(u"state", &GateRequest::state));
};

/// As toJson(const DecisionStatement &) writes it.
template<>
struct Form<DecisionStatement>
{
    static constexpr auto members = std::tuple(
        constant(u"schema", u"stellaops.approval-response/v1"), member(u"runId", &DecisionStatement::run),
        member(u"gate", &DecisionStatement::path), member(u"revision", &DecisionStatement::revision),
        member(u"planHash", &DecisionStatement::planHash), member(u"decision", &DecisionStatement::verdict),
        member(u"approver", &DecisionStatement::approver), member(u"reason", &DecisionStatement::reason),
        member(u"shownDigest", &DecisionStatement::shownDigest),
        member(u"decidedAt", &DecisionStatement::decidedAt));
};

/// As toJson(const WithdrawalStatement &) writes it.
template<>
struct Form<WithdrawalStatement>
{
    static constexpr auto members = std::tuple(
        constant(u"schema", u"stellaops.approval-withdrawal/v1"), member(u"runId", &WithdrawalStatement::run),
        member(u"gate", &WithdrawalStatement::path), member(u"revision", &WithdrawalStatement::revision),
        member(u"planHash", &WithdrawalStatement::planHash),
        member(u"approver", &WithdrawalStatement::approver),
        member(u"decisionDigest", &WithdrawalStatement::decisionDigest),
        member(u"reason", &WithdrawalStatement::reason),
        member(u"withdrawnAt", &WithdrawalStatement::withdrawnAt));
};

template<>
struct Form<Withdrawal>
{
    static constexpr auto members =
        std::tuple(inlined(&Withdrawal::statement), member(u"keyId", &Withdrawal::keyId),
                   optional(u"envelope", &Withdrawal::envelope));
};

template<>
struct Form<Decision>
{
    static constexpr auto members =
        std::tuple(inlined(&Decision::statement), member(u"decisionId", &Decision::id),
                   member(u"keyId", &Decision::keyId), optional(u"envelope", &Decision::envelope),
                   optional(u"withdrawal", &Decision::withdrawal));
};

template<>
struct Form<PolicyDenial>
{
    static constexpr auto members =
        std::tuple(member(u"id", &PolicyDenial::id), member(u"message", &PolicyDenial::message));
};

template<>
struct Form<PolicyDecision>
{
    static constexpr auto members =
        std::tuple(member(u"runId", &PolicyDecision::run), member(u"gate", &PolicyDecision::path),
                   member(u"policy", &PolicyDecision::policyId), member(u"input", &PolicyDecision::input),
                   member(u"allow", &PolicyDecision::allow), member(u"denials", &PolicyDecision::denials),
                   member(u"decidedAt", &PolicyDecision::decidedAt));
};

template<>
struct Form<OutlineNode>
{
    static constexpr auto members =
        std::tuple(member(u"path", &OutlineNode::path), member(u"id", &OutlineNode::id),
                   optional(u"name", &OutlineNode::name), member(u"kind", &OutlineNode::kind),
                   member(u"parent", &OutlineNode::parent), member(u"depth", &OutlineNode::depth),
                   optional(u"skip", &OutlineNode::skip), optional(u"template", &OutlineNode::isTemplate),
                   optional(u"detail", &OutlineNode::detail), optional(u"finally", &OutlineNode::isFinally));
};

/// With whole nodes, other than what shownDigest() is computed over.
template<>
struct Form<GateView>
{
    static constexpr auto members =
        std::tuple(member(u"gate", &GateView::gate), member(u"packName", &GateView::packName),
                   member(u"packVersion", &GateView::packVersion),
                   member(u"packDigest", &GateView::packDigest), member(u"next", &GateView::next));
};

template<>
struct Form<DecisionRequest>
{
    static constexpr auto members = std::tuple(
        member(u"runId", &DecisionRequest::run), member(u"gate", &DecisionRequest::path),
        member(u"revision", &DecisionRequest::revision), member(u"planHash", &DecisionRequest::planHash),
        member(u"shownDigest", &DecisionRequest::shownDigest), member(u"decision", &DecisionRequest::verdict),
        optional(u"reason", &DecisionRequest::reason), optional(u"approver", &DecisionRequest::approver),
        optional(u"envelope", &DecisionRequest::envelope), optional(u"ofGuest", &DecisionRequest::isOfGuest));
};

template<>
struct Form<ApprovalExport>
{
    static constexpr auto members =
        std::tuple(member(u"runId", &ApprovalExport::run), member(u"gate", &ApprovalExport::path),
                   optional(u"by", &ApprovalExport::by));
};

template<>
struct Form<ExportedApproval>
{
    static constexpr auto members = std::tuple(
        member(u"file", &ExportedApproval::file), member(u"requestId", &ExportedApproval::requestId),
        member(u"engineId", &ExportedApproval::engineId), member(u"expiresAt", &ExportedApproval::expiresAt));
};

template<>
struct Form<ApprovalImport>
{
    static constexpr auto members =
        std::tuple(member(u"file", &ApprovalImport::file), optional(u"by", &ApprovalImport::by));
};

template<>
struct Form<ImportedResponse>
{
    static constexpr auto members = std::tuple(
        member(u"runId", &ImportedResponse::run), member(u"gate", &ImportedResponse::path),
        member(u"decision", &ImportedResponse::verdict), member(u"approver", &ImportedResponse::approver),
        member(u"requestId", &ImportedResponse::requestId));
};

template<>
struct Form<WithdrawalRequest>
{
    static constexpr auto members = std::tuple(
        member(u"runId", &WithdrawalRequest::run), member(u"gate", &WithdrawalRequest::path),
        member(u"revision", &WithdrawalRequest::revision), member(u"planHash", &WithdrawalRequest::planHash),
        member(u"decisionDigest", &WithdrawalRequest::decisionDigest),
        optional(u"reason", &WithdrawalRequest::reason), optional(u"approver", &WithdrawalRequest::approver),
        optional(u"envelope", &WithdrawalRequest::envelope),
        optional(u"ofGuest", &WithdrawalRequest::isOfGuest));
};

} // namespace engine::form
