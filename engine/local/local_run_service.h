#pragma once

#include "engine/api/evidence_verifier.h"
#include "engine/api/run_service.h"
#include "engine/base/secret_bytes.h"

#include <chrono>
#include <memory>

namespace engine {

/// Where a user's data is: --data-dir, else $TASKRUNNER_DATA_DIR, else $XDG_DATA_HOME/taskrunner.
QString dataDirFor(const QString &option);

/// Who works here: --as, else $TASKRUNNER_OPERATOR, else the account's name.
QString operatorFor(const QString &option);

/// Where the policy server is: --policy-server, else $TASKRUNNER_POLICY_SERVER, else nowhere.
QString policyServerFor(const QString &option);

/// The transparency log: --rekor, else $TASKRUNNER_REKOR, else none. Its generation: --rekor-version, else
/// $TASKRUNNER_REKOR_VERSION, else "1". The timestamp authority: --timestamp-authority, else
/// $TASKRUNNER_TIMESTAMP_AUTHORITY, else none.
QString rekorFor(const QString &option);
QString rekorVersionFor(const QString &option);
QString timestampAuthorityFor(const QString &option);

struct LocalOptions
{
    QString dataDir{};
    QString operatorName{};
    QString execHelper{};   ///< Path of taskrunner-exec; empty: beside this program.
    int maxProcesses = 0;   ///< Process steps at a time over all runs; 0: one for each processor.
    QString policyServer{}; ///< Its address, see policyServerFor(); empty: none.
    QString rekor{};        ///< Address of the log that gets an entry of each run's evidence, see rekorFor().
    QString rekorVersion{};
    QString timestampAuthority{}; ///< Likewise, of who sets a time on it.
    /// Only reads: works beside a process that owns the data directory; every writing call fails with
    /// Conflict.
    bool readOnly = false;
    /// Owns the data directory, but carries no run on: for what must not start anything on its way.
    bool holdsStill = false;
    /// Asked for the passphrases of the keys of the engine and of the operator here, where they have one; in
    /// whatever thread needs them, but for the engine's own, which is asked for in open().
    PassphraseSource passphrase{};
    /// How long to wait for a process that owns the data directory and may be about to end.
    std::chrono::milliseconds patience = std::chrono::seconds(1);
};

/// The embedded engine behind the port: owns the engine thread, the reader thread and the data directory's
/// lock. While it owns the directory, other processes of this user may use it through the link, see
/// LinkServer; a process of another user that tries is refused, and the audit log says so.
///
/// One that only reads never keeps the directory: it puts in order what a dead engine left and lets go of it.
///
/// On opening, runs that an engine left behind are taken up: those that only waited at a gate go on waiting,
/// those that were running are shown as interrupted.
class LocalRunService : public RunService
{
    Q_OBJECT
public:
    /// Fails with InUse, naming the process that owns the data directory; with Database, Io or Crypto; with
    /// InvalidInput for the address of the policy server, of the log or of the timestamp authority; with
    /// PassphraseNeeded and the like when the engine's key has a passphrase, unless it only reads.
    static Result<std::unique_ptr<LocalRunService>> open(const LocalOptions &options);
    /// Ends every child process, leaves running runs interrupted, closes the store. Blocks until that is
    /// done.
    ~LocalRunService() override;

    /// Another person takes over this workstation; decisions from now on are theirs.
    void setOperatorName(const QString &name);

    bool isBesideOwner() const; ///< Only reads, while another process owns the data directory.
    int guests() const;         ///< How many other processes are connected to this one.

    QFuture<Result<ServiceInfo>> info() override;
    QFuture<Result<QByteArray>> metrics() override;
    QFuture<Result<Incident>> switchIncident(const IncidentSwitch &request) override;
    QFuture<Result<PackDescription>> describePack(const QString &packPath) override;
    QFuture<Result<PlanPreview>> plan(const PlanRequest &request) override;
    QFuture<Result<RunId>> submit(const RunRequest &request) override;
    QFuture<Result<RunId>> rerun(const RunId &id, const QString &requestedBy) override;
    QFuture<Result<>> resumeFromFailed(const RunId &id, const QString &by) override;
    QFuture<Result<QList<RunSummary>>> runs(const RunFilter &filter) override;
    QFuture<Result<RunView>> run(const RunId &id) override;
    QFuture<Result<QByteArray>> canonicalPlan(const RunId &id) override;
    QFuture<Result<QList<RunEvent>>> events(const RunId &id, qint64 after) override;
    QFuture<Result<QList<LogLine>>> logs(const LogQuery &query) override;
    QFuture<Result<>> resolveStep(const RunId &id, const QString &path,
                                  const StepResolution &resolution) override;
    QFuture<Result<>> cancel(const RunId &id, const QString &by = {}) override;
    QFuture<Result<QList<GateRequest>>> openGates() override;
    QFuture<Result<GateView>> gate(const RunId &id, const QString &path) override;
    QFuture<Result<>> decide(const DecisionRequest &request) override;
    QFuture<Result<>> withdraw(const WithdrawalRequest &request) override;
    QFuture<Result<ExportedApproval>> exportApproval(const ApprovalExport &request) override;
    QFuture<Result<ImportedResponse>> importApproval(const ApprovalImport &request) override;
    QFuture<Result<>> saveArtifact(const RunId &id, const QString &artifactId,
                                   const QString &destination) override;
    QFuture<Result<>> exportEvidence(const RunId &id, const QString &destination) override;
    QFuture<Result<QList<AnchorRecord>>> anchorEvidence(const RunId &id, const QString &by) override;

Q_SIGNALS:
    void guestsChanged(int count);

private:
    struct Impl;
    explicit LocalRunService(std::unique_ptr<Impl> impl);
    void onRunChanged(const RunSummary &run);
    void connectEngine();
    void connectAnchors();
    void listen();

    const std::unique_ptr<Impl> m_impl;
};

/// Verifies on a pool thread. Trusts the data directory's trust.json unless a call names another file.
class LocalEvidenceVerifier : public EvidenceVerifier
{
    Q_OBJECT
public:
    explicit LocalEvidenceVerifier(QString dataDir, QObject *parent = nullptr);
    QFuture<Result<VerificationReport>> verify(const QString &bundlePath, const QString &trustFile = {},
                                               const QString &policyFile = {}) override;

private:
    const QString m_dataDir;
};

} // namespace engine
