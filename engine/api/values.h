#pragma once

#include "engine/plan/outline.h"
#include "engine/plan/simulation.h"
#include "engine/record/anchor.h"
#include "engine/record/approval_request.h"
#include "engine/record/gate_record.h"
#include "engine/record/gate_view.h"
#include "engine/record/incident.h"
#include "engine/record/verification.h"
#include "engine/store/store.h"

/// The values that go through the port. User interface and command line include this and nothing below it.
namespace engine {

/// What a pack says of itself, enough for a form.
struct PackDescription
{
    QString path{};
    QString name{};
    QString version{};
    QString digest{};
    QString description{};
    QList<InputSpec> inputs{};
    QList<ApprovalSpec> approvals{};

    bool operator==(const PackDescription &) const = default;
};

struct PlanRequest
{
    QString packPath{};
    QJsonObject inputs{}; ///< Name to value; a file input's value is its path.
    QString folder{};     ///< Where relative paths start, absolute; empty: the folder of this process.

    bool operator==(const PlanRequest &) const = default;
};

/// A plan that was made and simulated; nothing was run or stored.
struct PlanPreview
{
    QString packName{};
    QString packVersion{};
    QString planHash{};
    QByteArray canonical{};
    Outline outline{};
    Simulation simulation{};

    bool operator==(const PlanPreview &) const = default;
};

struct RunRequest
{
    PlanRequest plan{};
    QString expectedPlanHash{}; ///< Refused with PlanHashMismatch when the plan is another; empty: any.
    QString requestedBy{};      ///< Empty: the operator of this process.

    bool operator==(const RunRequest &) const = default;
};

/// Everything about one run but its logs and journal.
struct RunView
{
    RunSummary summary{};
    Outline outline{}; ///< With the maps that the run has expanded so far.
    QList<StepRecord> steps{};
    QList<AttemptRecord> attempts{};
    QList<GateRequest> gates{};
    QList<Decision> decisions{};
    QList<PolicyDecision> policies{};
    QList<Artifact> artifacts{};
    QList<AnchorRecord> anchors{}; ///< Who witnesses its evidence; empty when nobody was to.
    QJsonObject inputs{};
    QJsonObject outputs{};
    qint64 lastLogSequence = 0;

    bool operator==(const RunView &) const = default;
};

struct DecisionRequest
{
    RunId run{};
    QString path{}; ///< Of the gate.
    int revision = 1;
    QString planHash{};
    QString shownDigest{};
    Verdict verdict = Verdict::Reject;
    QString reason{};
    QString approver{}; ///< Empty: the operator of this process.
    /// What the approver has signed already, where their key is: a DSSE envelope of a decision statement.
    /// Empty: it is signed here, with their key.
    QByteArray envelope{};
    /// It came from another process, so its person cannot be asked for a passphrase here. Who takes it from
    /// there says so, whatever it says itself.
    bool isOfGuest = false;

    bool operator==(const DecisionRequest &) const = default;
};

/// A person takes their approval back.
struct WithdrawalRequest
{
    RunId run{};
    QString path{}; ///< Of the gate.
    int revision = 1;
    QString planHash{};
    QString decisionDigest{}; ///< Of the approval; see envelopeDigest().
    QString reason{};
    QString approver{};     ///< Empty: the operator of this process.
    QByteArray envelope{};  ///< As in a decision, of a withdrawal statement.
    bool isOfGuest = false; ///< As in a decision.

    bool operator==(const WithdrawalRequest &) const = default;
};

/// Asks for a request that can be decided on elsewhere.
struct ApprovalExport
{
    RunId run{};
    QString path{}; ///< Of the gate.
    QString by{};   ///< Empty: the operator of this process.

    bool operator==(const ApprovalExport &) const = default;
};

/// A request as it goes into an `.approval-request.json`.
struct ExportedApproval
{
    QByteArray file{};
    QString requestId{};
    QString engineId{}; ///< Key id of the engine that signed it.
    Timestamp expiresAt{};

    bool operator==(const ExportedApproval &) const = default;
};

/// Brings a response that was written elsewhere.
struct ApprovalImport
{
    QByteArray file{}; ///< Of an `.approval-response.json`.
    QString by{};      ///< Who brings it, not who decided; empty: the operator of this process.

    bool operator==(const ApprovalImport &) const = default;
};

/// Moves the switch of incident mode.
struct IncidentSwitch
{
    bool on = false;
    QString reason{}; ///< Needed to switch it on.
    QString by{};     ///< Empty: the operator of this process.

    bool operator==(const IncidentSwitch &) const = default;
};

struct ServiceInfo
{
    QString source{}; ///< How this source is called in titles and URIs: "local".
    QString operatorName{};
    QString engineKeyId{};
    QString dataDir{};
    QString version{};
    QString trouble{}; ///< Why the engine begins nothing now; empty while all is well.
    Incident incident{};

    bool operator==(const ServiceInfo &) const = default;
};

// The JSON forms that `taskrunner --json` prints. What every member is called, and how it is read back,
// stands in engine/api/form.
QJsonObject toJson(const Error &error);
QJsonObject toJson(const RunSummary &run);
QJsonObject toJson(const StepRecord &step);
QJsonObject toJson(const AttemptRecord &attempt);
QJsonObject toJson(const Decision &decision);
QJsonObject toJson(const PolicyDecision &decision);
QJsonObject toJson(const Artifact &artifact);
QJsonObject toJson(const AnchorRecord &anchor);
QJsonObject toJson(const LogLine &line);
QJsonObject toJson(const PackDescription &pack);
QJsonObject toJson(const RunView &view);

} // namespace engine
