#pragma once

#include "engine/api/values.h"

#include <QFuture>
#include <QObject>

namespace engine {

/// The one port between user interfaces and an engine, here or on a server.
///
/// Thread: used on the thread it lives in (the main thread). Every call returns at once; its future finishes
/// later, is cancelled when the service goes away first, and never carries an exception. Continue with
/// whenDone(future, context, fn).
///
/// Order: a change is committed to the store before its signal is emitted. Signals carry values; a listener
/// that missed some asks run() again.
class RunService : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    virtual QFuture<Result<ServiceInfo>> info() = 0;
    /// The engine's metrics in the text format of Prometheus, counted since it was started. One that only
    /// reads has counted nothing, and tells what the store says of runs, steps and gates; while another
    /// process owns the data directory it fails with InUse, for the metrics are that one's.
    virtual QFuture<Result<QByteArray>> metrics() = 0;

    /// Switches incident mode on, which takes a snapshot as well, or off; the answer tells where it stands,
    /// with the snapshot or why there is none. Fails with Conflict when it stands so already; with
    /// ReasonRequired; with Database.
    virtual QFuture<Result<Incident>> switchIncident(const IncidentSwitch &request) = 0;

    // Packs and plans. Nothing is stored.

    /// Reads and checks a pack. Fails like readPack().
    virtual QFuture<Result<PackDescription>> describePack(const QString &packPath) = 0;
    /// Plans and simulates. Fails like readPack(), bindInputs() and makePlan().
    virtual QFuture<Result<PlanPreview>> plan(const PlanRequest &request) = 0;

    // Runs.

    /// Plans again, stores the run and starts it. Fails like plan(), with PlanHashMismatch, or with Database;
    /// then nothing was started.
    virtual QFuture<Result<RunId>> submit(const RunRequest &request) = 0;
    /// Makes a new run from the plan and inputs of another one, whatever became of that, and starts it. Fails
    /// with NotFound; with PlanHashMismatch when the stored plan is not what was run; with Conflict or Io
    /// when a file that it needs was changed or is gone.
    ///
    /// @param requestedBy  empty: the operator of this process
    virtual QFuture<Result<RunId>> rerun(const RunId &id, const QString &requestedBy) = 0;
    /// Goes on with a run that failed: what succeeded stays, what failed, was blocked or cancelled starts
    /// again with a new attempt. Fails with NotFound, Conflict, PlanHashMismatch.
    ///
    /// @param by  empty: the operator of this process
    virtual QFuture<Result<>> resumeFromFailed(const RunId &id, const QString &by) = 0;
    virtual QFuture<Result<QList<RunSummary>>> runs(const RunFilter &filter) = 0; ///< Newest first.
    virtual QFuture<Result<RunView>> run(const RunId &id) = 0;
    virtual QFuture<Result<QByteArray>> canonicalPlan(const RunId &id) = 0;
    virtual QFuture<Result<QList<RunEvent>>> events(const RunId &id, qint64 after) = 0;
    virtual QFuture<Result<QList<LogLine>>> logs(const LogQuery &query) = 0;
    /// An operator's word about a step whose outcome is unknown after the engine stopped; an empty path means
    /// all such steps of the run. Fails with NotFound, Conflict when there is none, ReasonRequired.
    virtual QFuture<Result<>> resolveStep(const RunId &id, const QString &path,
                                          const StepResolution &resolution) = 0;
    /// Asks a run to end; the second time without grace. Succeeds when it is asked already; Conflict when it
    /// is over.
    /// @param by  who asks; empty: the operator of this process
    virtual QFuture<Result<>> cancel(const RunId &id, const QString &by = {}) = 0;

    // Gates.

    virtual QFuture<Result<QList<GateRequest>>> openGates() = 0; ///< Of all runs; the next to expire first.
    virtual QFuture<Result<GateView>> gate(const RunId &id, const QString &path) = 0;
    /// Signs and records a decision. Refused with the codes of ErrorCode's last group; each refusal is
    /// recorded.
    virtual QFuture<Result<>> decide(const DecisionRequest &request) = 0;
    /// Signs and records that a person takes their approval back, while the gate is open. Refused likewise.
    virtual QFuture<Result<>> withdraw(const WithdrawalRequest &request) = 0;

    /// A request for somebody who cannot reach this engine, signed by it; it stands in the journal and the
    /// audit log. Fails with NotFound, Unsupported for a plan that is too large, or as a decision would:
    /// GateClosed, GateExpired, PlanHashMismatch.
    virtual QFuture<Result<ExportedApproval>> exportApproval(const ApprovalExport &request) = 0;
    /// Records the decision in a response to such a request. Refused with the codes of ErrorCode's last two
    /// groups; each refusal stands in the audit log with who brought it.
    virtual QFuture<Result<ImportedResponse>> importApproval(const ApprovalImport &request) = 0;

    // What a run left.

    /// Copies an artifact's bytes to a file. Fails with NotFound, Io, or Conflict when the bytes were
    /// changed.
    virtual QFuture<Result<>> saveArtifact(const RunId &id, const QString &artifactId,
                                           const QString &destination) = 0;
    /// Writes the evidence bundle of a finished run to a file; with a name that ends in ".zst" compressed
    /// with Zstandard. Fails with Conflict while the run goes on.
    virtual QFuture<Result<>> exportEvidence(const RunId &id, const QString &destination) = 0;
    /// Asks the log and the timestamp authority that are configured to witness the evidence of a finished run
    /// now, because somebody wants it, also of a sealed run. What has a witness already is only judged again.
    /// Answers with where each stands when all were asked once. Fails with NotFound, Conflict while the run
    /// goes on or when nobody is configured.
    ///
    /// @param by  who wants it; empty: the operator of this process
    virtual QFuture<Result<QList<AnchorRecord>>> anchorEvidence(const RunId &id, const QString &by) = 0;

Q_SIGNALS:
    void runChanged(const engine::RunSummary &run);
    /// At most 20 times a second for each run; a later record of the same step replaces an earlier one.
    void stepsChanged(const engine::RunId &run, const QList<engine::StepRecord> &steps);
    /// A map was expanded: the outline has more nodes.
    void outlineChanged(const engine::RunId &run);
    void gateChanged(const engine::GateRequest &gate);
    void artifactsChanged(const engine::RunId &run);
    void anchorsChanged(const engine::RunId &run); ///< Who witnesses its evidence.
    /// At most 20 times a second for each run: lines up to this number can be read.
    void logsAppended(const engine::RunId &run, qint64 lastSequence);
    /// The engine cannot work as it should (disk full, store damaged); empty message: it can again.
    void troubleChanged(const engine::Error &trouble);
    void incidentChanged(const engine::Incident &incident);
};

} // namespace engine
