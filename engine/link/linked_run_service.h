#pragma once

#include "engine/api/run_service.h"
#include "engine/link/link_protocol.h"

#include <QThread>
#include <QThreadPool>

#include <memory>

namespace engine {

class LinkClient;

/// The service of the process that owns a data directory, used from another process of the same user.
///
/// Relative paths, of packs, of inputs that are files, and of files to write, are those of this process; the
/// owner reads and writes the files. Decisions and runs are in the name of this process's operator, not of
/// the owner's.
///
/// Besides the errors of RunService, every call may fail with Disconnected (the owner ended or does not
/// answer; nothing was changed), and those that change something with OutcomeUnknown: the owner was asked,
/// and whether it did what it was asked is not known. When the owner goes, troubleChanged() comes with
/// Disconnected; the service is of no use any more then.
///
/// After news that were missed, those of the runs that were spoken of come again, as they are then.
class LinkedRunService : public RunService
{
    Q_OBJECT
public:
    struct Settings
    {
        QString folder{};       ///< The data directory.
        QString operatorName{}; ///< In whose name is acted.
        QString version{};      ///< Of this program.
        LinkLimits limits{};
        /// Sign what the operator says with their key, where that is for this process alone to use: it has a
        /// passphrase, which never goes over the link. An empty envelope leaves the signing to the owner. On
        /// a thread of the pool; may block while the person is asked.
        std::function<Result<QByteArray>(const DecisionRequest &)> signDecision{};
        std::function<Result<QByteArray>(const WithdrawalRequest &)> signWithdrawal{};
    };

    /// Connects to the owner; blocks until it answers, at most for limits.greetingTime. Fails with
    /// - Disconnected: nobody listens there, or the owner is just about to end;
    /// - InUse: the owner does not answer;
    /// - Unsupported: it is of a version that speaks another protocol;
    /// - Conflict: it serves as many processes as it can; Io.
    static Result<std::unique_ptr<LinkedRunService>> connectTo(const Settings &settings);
    ~LinkedRunService() override;

    const LinkHello &owner() const { return m_owner; }
    void setOperatorName(const QString &name) { m_operatorName = name; }

    QFuture<Result<ServiceInfo>> info() override;
    QFuture<Result<QByteArray>> metrics() override;
    QFuture<Result<Incident>> switchIncident(const IncidentSwitch &request) override;
    QFuture<Result<PackDescription>> describePack(const QString &packPath) override;
    QFuture<Result<PlanPreview>> plan(const PlanRequest &request) override;
    QFuture<Result<RunId>> submit(const RunRequest &request) override;
    QFuture<Result<QList<RunSummary>>> runs(const RunFilter &filter) override;
    QFuture<Result<RunView>> run(const RunId &id) override;
    QFuture<Result<QByteArray>> canonicalPlan(const RunId &id) override;
    QFuture<Result<QList<RunEvent>>> events(const RunId &id, qint64 after) override;
    QFuture<Result<QList<LogLine>>> logs(const LogQuery &query) override;
    QFuture<Result<>> resolveStep(const RunId &id, const QString &path,
                                  const StepResolution &resolution) override;
    QFuture<Result<RunId>> rerun(const RunId &id, const QString &requestedBy) override;
    QFuture<Result<>> resumeFromFailed(const RunId &id, const QString &by) override;
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

private:
    LinkedRunService(std::unique_ptr<LinkClient> client, Settings settings);

    template<class Request>
    QFuture<Result<>> say(const QString &name, const Request &request,
                          const std::function<Result<QByteArray>(const Request &)> &sign,
                          const QString &doubt);
    template<class T>
    QFuture<Result<T>> call(const QString &name, const QJsonObject &args, const QString &doubt = {});
    QString ownName(const QString &given) const { return given.isEmpty() ? m_operatorName : given; }
    void remember(const RunId &run);
    void catchUp();
    void retell(const RunView &view);

    const std::unique_ptr<LinkClient> m_client; ///< Lives on m_thread.
    QThread m_thread;
    const Settings m_settings;
    QThreadPool m_signers;
    QString m_operatorName;
    LinkHello m_owner;
    QList<RunId> m_known; ///< Runs that were spoken of, the latest last.
};

} // namespace engine
