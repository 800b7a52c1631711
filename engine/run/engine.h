#pragma once

#include "engine/run/run_execution.h"

namespace engine {

struct EngineSettings
{
    QString dataDir{};
    QString storePath{};
    int maxProcesses = 1; ///< Process steps at a time over all runs.
    /// Puts in order what an engine left and goes on with nothing: for a process that only reads.
    bool holdsStill = false;
    int maxRequests = 32; ///< Steps of builtin:http at a time over all runs; they take no process's place.
    std::optional<PolicyServer>
        policyServer{};          ///< Decides the policies of the engine opa; without it they deny.
    QList<AnchorKind> anchors{}; ///< Who is to witness the evidence of a run that ends, see AnchorQueue.
};

/// Carries out runs: gives slots to ready steps, oldest run first, and keeps the store in step.
///
/// Thread: lives on the engine thread; every member function is called there (asserted). Signals carry
/// values.
///
/// Order: a change is committed to the store before its signal is emitted.
///
/// Trouble: when the store cannot be written (no room, read-only, locked, damaged), nothing new is begun;
/// what runs goes on, and what it comes to is kept in memory until the store can be written again, which is
/// tried every second.
///
/// Incident mode, which people switch on and off: nothing new is begun either, everything else goes on, and
/// the logs of runs tell in detail. It outlives the engine.
class Engine : public QObject
{
    Q_OBJECT
public:
    /// launcher and clock outlive the engine.
    Engine(EngineSettings settings, ProcessLauncher &launcher, Clock &clock, QObject *parent = nullptr);
    ~Engine() override; ///< Like shutdown().

    /// Opens the store and takes up the runs that an engine left, see RunExecution::restore(). A run that
    /// cannot be taken up is marked interrupted. Fails with Database; the engine cannot be used then.
    Result<> open();

    // What of the following is refused, is in the audit log: who asked, what for, the code and the message.

    /// Records a run whose folder was made (see RunFolder::create()) and starts it. Fails with Database.
    Result<> submit(const NewRun &run, const Plan &plan);
    /// See RunExecution::resolve(). An empty path: every step of the run whose outcome is unknown.
    Result<> resolve(const RunId &run, const QString &stepPath, const StepResolution &resolution);
    /// Takes up a run that failed: see RunExecution::startAgain(). Fails with NotFound; with Conflict when it
    /// did not fail, or its files are gone; with PlanHashMismatch when its stored plan is not what was run.
    Result<> resumeFromFailed(const RunId &run, const QString &by);
    /// Fails with NotFound, or with Conflict when the run is over.
    Result<> cancel(const RunId &run, const QString &by);
    /// See RunExecution::decide().
    Result<> decide(const RunId &run, const QString &gatePath, const QByteArray &envelope,
                    const TrustStore &trust);
    /// See RunExecution::withdraw().
    Result<> withdraw(const RunId &run, const QString &gatePath, const QByteArray &envelope,
                      const TrustStore &trust);
    /// A request for a decision at an open gate, signed by the engine, for somebody elsewhere; it is on
    /// record before it is returned. Fails with NotFound; GateClosed, GateExpired, PlanHashMismatch;
    /// Unsupported for a plan that is too large.
    Result<RequestExport> exportRequest(const RunId &run, const QString &gatePath, const QString &by,
                                        const Signer &engineKey);
    /// Judges and records the decision in a response to such a request; one decision answers it.
    ///
    /// @param file      an `.approval-response.json`
    /// @param engineId  the key id of this engine
    /// Refused as judgeDecision(), openResponse(), checkAnswer() and checkJournalSince() say, and with
    /// WrongEngine, RequestUnknown, RequestUsed, ResponseReplayed; with Conflict when the run is over.
    Result<ImportedResponse> importResponse(const QByteArray &file, const QString &by,
                                            const QString &engineId, const TrustStore &trust);
    /// A row of the audit log for what concerns no run or was refused; trouble when it cannot be written.
    /// actor: who did it or asked for it, as far as it is known.
    void audit(const QString &actor, const QString &action, const QJsonObject &data);
    /// Likewise for a request that was refused; action is "cancel-refused" and the like. That the store or a
    /// file failed is no refusal.
    void auditRefusal(const QString &actor, const QString &action, QJsonObject data, const Error &refusal);
    /// Moves the switch of incident mode and says so in the audit log and in the logs of the runs that go on.
    /// Fails with Conflict when it stands so already; with ReasonRequired when it is moved on without one.
    Result<Incident> switchIncident(bool on, const QString &by, const QString &reason);
    /// Records what became of the snapshot of the incident that is on: its file or, without one, why not.
    void recordSnapshot(const Incident &taken);
    const Incident &incident() const { return m_incident; }
    /// When open; for what works behind the runs, on the engine thread, and goes before shutdown().
    Store &store() { return *m_store; }
    QList<RunId> activeRuns() const; ///< Those that go on, oldest first.
    QByteArray metrics() const;      ///< See Metrics::text(). They count from when this was made.

    /// Kills what runs, marks it interrupted and closes the store.
    void shutdown();

Q_SIGNALS:
    void runChanged(const engine::RunSummary &run);
    void stepsChanged(const engine::RunId &run, const QList<engine::StepRecord> &steps);
    void outlineChanged(const engine::RunId &run);
    void gateChanged(const engine::GateRequest &gate);
    void artifactsChanged(const engine::RunId &run);
    void logsAppended(const engine::RunId &run, qint64 lastSequence);
    /// The store cannot be written, and why; an empty one: it can again, and what was kept is on disk.
    void troubleChanged(const engine::Error &trouble);
    void incidentChanged(const engine::Incident &incident);

private:
    /// News of one run that waits to be told; see tellLater().
    struct News
    {
        QList<StepRecord> steps{};
        QHash<QString, qsizetype> indexOf{};
        qint64 lastLog = 0;
    };

    RunExecution *add(RunSummary summary, Plan plan, QJsonObject inputs);
    Result<> takeUp(const RunSummary &summary);
    Result<> startAgain(const RunSummary &summary, const QString &by);
    Result<> markInterrupted(const RunSummary &summary, const QString &reason);
    Result<RunExecution *> find(const RunId &run);
    Result<> resolveSteps(const RunId &run, const QString &stepPath, const StepResolution &resolution);
    Result<ImportedResponse> importSigned(const QByteArray &file, const QString &engineId,
                                          const TrustStore &trust, QJsonObject &about);
    Result<ExportedRequest> openRequest(const QString &requestId, const QByteArray &file);
    Result<> moveIncident(bool on, const QString &by, const QString &reason);
    Result<> resumeFailed(const RunId &run, const QString &by);
    void wantPass();
    void pass();
    bool commitAll();
    void removeEnded();
    void tellLater(const RunId &run);
    void tell(const RunId &run);
    bool isUsable();
    void setTrouble(const Error &error);

    const EngineSettings m_settings;
    ProcessLauncher &m_launcher;
    Clock &m_clock;
    QThreadPool m_pool;
    Metrics m_metrics;
    std::unique_ptr<Store> m_store;
    std::unique_ptr<RunContext> m_context;
    QList<RunExecution *> m_runs; ///< Children of this; oldest first.
    QHash<RunId, News> m_news;
    bool m_passWanted = false;
    std::optional<Error> m_trouble; ///< Why nothing is begun.
    Incident m_incident;            ///< While it is on, nothing is begun either.
    bool m_retryDue = false;
};

} // namespace engine
