#pragma once

#include "engine/record/run_record.h"

namespace engine {

enum class GateState { Open, Approved, Rejected, Expired, Cancelled };
QString toString(GateState state);
Result<GateState> parseGateState(const QString &text);

/// What a person is asked at an approval gate.
struct GateRequest
{
    RunId run{};
    QString path{}; ///< Of the gate step; with the run it names the gate.
    int revision = 1;
    QString approvalId{};
    QString title{};
    QString message{}; ///< The pack's words, evaluated.
    QString planHash{};
    int required = 1;
    QStringList approvers{};
    bool allowSelfApproval = false;
    bool requireReason = false;
    QString reasonSuggestion{}; ///< The evaluated reasonTemplate.
    QString requestedBy{};      ///< Who submitted the run.
    Timestamp requestedAt{};
    Timestamp expiresAt{};
    GateState state = GateState::Open;

    bool operator==(const GateRequest &) const = default;
};

enum class Verdict { Approve, Reject };
QString toString(Verdict verdict); ///< "approve" | "reject"
Result<Verdict> parseVerdict(const QString &text);

/// What a person decided, before it is signed.
struct DecisionStatement
{
    RunId run{};
    QString path{};
    int revision = 1;
    QString planHash{};
    Verdict verdict = Verdict::Reject;
    QString approver{}; ///< Name without the "user:" prefix.
    QString reason{};
    QString shownDigest{}; ///< "sha256:" and hex of what was shown; see GateView::shownDigest.
    Timestamp decidedAt{};

    bool operator==(const DecisionStatement &) const = default;
};

/// payload of application/vnd.stellaops.approval-response+json, schema "stellaops.approval-response/v1". What
/// it may have besides is not read here; see ApprovalResponse.
QJsonObject toJson(const DecisionStatement &statement);
Result<DecisionStatement> decisionStatementFromJson(const QJsonObject &json);

/// What a person who takes an approval back says, before it is signed.
struct WithdrawalStatement
{
    RunId run{};
    QString path{};
    int revision = 1;
    QString planHash{};
    QString approver{};       ///< Whose approval it was; nobody else can take it back.
    QString decisionDigest{}; ///< Of the approval that it takes back; see envelopeDigest().
    QString reason{};
    Timestamp withdrawnAt{};

    bool operator==(const WithdrawalStatement &) const = default;
};

/// payload of application/vnd.stellaops.approval-withdrawal+json, schema "stellaops.approval-withdrawal/v1".
QJsonObject toJson(const WithdrawalStatement &statement);
Result<WithdrawalStatement> withdrawalStatementFromJson(const QJsonObject &json);

/// A withdrawal that was accepted, with its signed envelope.
struct Withdrawal
{
    WithdrawalStatement statement{};
    QString keyId{};
    QByteArray envelope{}; ///< The DSSE envelope as it was received.

    bool operator==(const Withdrawal &) const = default;
};

/// A decision that was accepted, with its signed envelope.
struct Decision
{
    QString id{}; ///< ULID.
    DecisionStatement statement{};
    QString keyId{};
    QByteArray envelope{};                  ///< The DSSE envelope as it was received.
    std::optional<Withdrawal> withdrawal{}; ///< Of an approval that was taken back.

    bool operator==(const Decision &) const = default;
};

/// "sha256:" and hex of the decision's envelope.
QString envelopeDigest(const Decision &decision);

/// Whether it counts for the quorum: it approves and was not taken back.
bool isStandingApproval(const Decision &decision);

struct PolicyDenial
{
    QString id{}; ///< Of the rule.
    QString message{};

    bool operator==(const PolicyDenial &) const = default;
};

/// What a policy answered, and what it was asked.
struct PolicyDecision
{
    RunId run{};
    QString path{}; ///< Of the gate step.
    QString policyId{};
    QJsonObject input{};
    bool allow = false;
    QList<PolicyDenial> denials{};
    Timestamp decidedAt{};

    bool operator==(const PolicyDecision &) const = default;
};

} // namespace engine
