#pragma once

#include "engine/evidence/trust.h"
#include "engine/net/http_call.h"
#include "engine/observe/metrics.h"
#include "engine/pack/expression/template.h"
#include "engine/policy/opa_query.h"
#include "engine/record/gate_view.h"
#include "engine/record/run_change.h"
#include "engine/run/approval_answer.h"
#include "engine/run/attempt.h"
#include "engine/run/log_buffer.h"
#include "engine/run/run_tree.h"

#include <QThreadPool>

#include <map>
#include <set>

namespace engine {

/// How many of a kind may go on at once, and how many do.
struct Slots
{
    int most = 1;
    int used = 0;

    bool anyFree() const { return used < most; }
};

/// A request that was exported, and what was recorded of it.
struct RequestExport
{
    DsseEnvelope envelope{};
    ExportedRequest record{};

    bool operator==(const RequestExport &) const = default;
};

/// What all runs of an engine share. Outlives them.
struct RunContext
{
    Store &store;
    ProcessLauncher &launcher;
    Clock &clock;
    QThreadPool &pool; ///< For reading and copying what attempts leave.
    Metrics &metrics;
    QString dataDir{};
    Slots processes{};
    Slots requests{};
    Slots questions{}; ///< To the policy server.
    std::optional<PolicyServer> policyServer{};
    QList<AnchorKind> anchors{}; ///< Who is to witness the evidence of a run that ends.
    bool logsInDetail = false;   ///< Logs of runs also tell every change of a step, with what it took.
};

/// A run that goes on: carries its plan out step by step and records every change.
///
/// Works in passes that the engine drives: advance() decides what follows, begin() takes slots,
/// commit() puts it all on disk in one transaction, release() lets go what was launched by the pass before,
/// and launch() starts what was begun. So a process is never started before its intent is on disk, its
/// command never before its start is, and nothing is announced before it is; and what ends, starts and begins
/// at about the same time shares a transaction.
///
/// Thread: the engine thread.
class RunExecution : public QObject
{
    Q_OBJECT
public:
    RunExecution(RunContext &context, RunSummary summary, Plan plan, QJsonObject inputs,
                 QObject *parent = nullptr);
    ~RunExecution() override;

    /// What the store knows of a run that was taken up again. Ends what an engine before this one left
    /// running: a step that may be run twice is ready again; another one is Interrupted, and the run waits
    /// for resolve(). Fails when the journal does not fit the plan.
    Result<> restore();
    /// After restore() of a run that failed: what did not succeed begins again, each step with a new attempt.
    /// Follow it with commit(). Fails with Conflict when no step can.
    Result<> startAgain(const QString &by);

    const RunSummary &summary() const { return m_summary; }
    bool isEnded() const { return isFinal(m_summary.state); }
    void addTo(Levels &levels) const;

    void advance();
    /// Takes a slot for the first ready step that finds one: requests of builtin:http have slots of their
    /// own, what starts a process or is done on the pool takes one of a process. False when there is none to
    /// begin.
    bool begin();
    /// Fails with Database; everything is kept then and written by a later call.
    Result<> commit();
    /// Stores the log lines that wait. Fails with Database; they are kept then.
    Result<> flushLogs() { return m_log.flush(); }
    /// Lets the processes begin, and sends the requests, whose start is on disk; asks the policy server.
    void release();
    void launch(); ///< Makes the processes of what was begun, and wants the pass that releases them.

    /// Judges and records a decision; see judgeDecision() for the refusals.
    Result<> decide(const QString &gatePath, const QByteArray &envelope, const TrustStore &trust);
    /// Judges and records that an approval is taken back; see judgeWithdrawal() for the refusals.
    Result<> withdraw(const QString &gatePath, const QByteArray &envelope, const TrustStore &trust);
    /// See Engine::exportRequest().
    Result<RequestExport> exportRequest(const QString &gatePath, const QString &by, const Signer &engineKey);
    /// Judges and records the decision that answers a request of a gate here.
    Result<> answer(const ExportedRequest &request, const SignedResponse &signedResponse,
                    const QByteArray &envelope, const TrustStore &trust);
    /// An operator's word about a step whose outcome is unknown. Fails with NotFound, or with Conflict when
    /// the step is not interrupted; with ReasonRequired when success is claimed without a reason.
    Result<> resolve(const QString &stepPath, const StepResolution &resolution);
    QStringList unknownSteps() const; ///< Those that wait for resolve(), in plan order.
    /// The first call ends steps with TERM and what waits at once; the next one kills.
    void cancel(const QString &by);
    void tellIncident(const Incident &incident); ///< In the log: that incident mode begins or ends.
    /// The graph in memory and the stored plan still have the hash that was approved. When not, the run ends
    /// as failed, and this fails with PlanHashMismatch. Fails with Database when the plan cannot be read,
    /// which says nothing about it.
    Result<> checkPlan();
    /// The engine stops: kills what runs and marks it and the run as interrupted. A run of which nothing runs
    /// (it waits for a person or a slot) is left as it is. Follow it with commit().
    void interrupt(const QString &reason);

Q_SIGNALS:
    void passWanted(); ///< Something happened; the engine should make a pass.
    void runChanged(const engine::RunSummary &run);
    void stepsChanged(const QList<engine::StepRecord> &steps);
    void outlineChanged();
    void gateChanged(const engine::GateRequest &gate);
    void artifactsChanged();
    void logsAppended(qint64 lastSequence);
    void trouble(const engine::Error &error);

private:
    struct ActiveAttempt;

    // Steps.
    void activate(int id);
    void makeReady(int id);
    std::set<int> &readyOf(int id);
    void expandMap(int id);
    Result<bool> whenHolds(int id) const;
    QJsonObject runValue() const;
    Scope scopeFor(int id, const QJsonValue &templates) const;
    Result<QJsonValue> evaluate(int id, const QJsonValue &templates) const;

    // What an engine before this one left.
    Result<> restoreTree(const QList<RunEvent> &events, const QList<StepRecord> &steps);
    Result<> replay(const QList<RunEvent> &events);
    void restoreArtifacts(const QList<Artifact> &artifacts);
    void restoreGates(const QList<GateRequest> &gates);
    void recover(const QList<AttemptRecord> &attempts);
    void recoverAttempt(int id, AttemptRecord attempt);
    QString unknownReason() const;

    // Attempts.
    Result<AttemptSpec> attemptFor(int id);
    Result<const ModuleSpec *> moduleSpec(const ModuleUse &module);
    Result<> prepareModule(AttemptSpec &attempt);
    void failUnstarted(int id, const QString &reason);
    void prepare(int id, std::unique_ptr<ActiveAttempt> active);
    void startProcess(int id);
    void startRequest(int id);
    void sendRequest(int id);
    void answered(int id, const HttpOutcome &outcome);
    void startInternal(int id);
    void processFinished(int id, const ProcessExit &exit);
    void collect(int id, std::function<Collected()> work);
    void collected(int id, const Collected &result);
    void endAttempt(int id, StepState state, const QString &reason);
    void measure(int id, StepState state, bool timedOut, Timestamp endedAt);
    void retryOrFail(int id, const AttemptRecord &ended, bool timedOut, const QString &reason);
    void restoreRetries(const QList<AttemptRecord> &attempts);
    void watchRetry(int id, std::chrono::milliseconds delay);
    void stopAttempt(int id, bool now);
    void pauseOutput(bool isPaused);
    void watchTimeout(int id);

    // Approvals.
    void openGate(int id);
    void closeGate(int id, GateState state, const EventDraft &event);
    void watchExpiry(const GateRequest &gate);
    void expireGates();
    Result<> accept(const GateRequest &gate, Decision decision, const QString &requestId);
    Result<> record(const GateRequest &gate, const Decision &decision, const GateRequest &after,
                    const QString &requestId);
    Result<> recordExport(const ExportedRequest &exported);
    Result<GateRequest> gateToDecide(const QString &what, const QString &gatePath);
    QList<Decision> decisionsAt(const GateRequest &gate) const;
    Error refuse(const QString &what, const QString &gatePath, const Error &refusal);

    // Policies.
    void decidePolicy(int id);
    void askPolicies();
    void askPolicy(int id);
    void stopAsking(int id);
    void policyDecided(int id, const QJsonObject &input, const QList<PolicyDenial> &denials);

    // The run.
    QList<int> stepIds(bool withFinally) const;
    void stopSteps(const QList<int> &ids, bool now);
    void failRun(const QString &reason, const EventDraft &event);
    void wordStepChanges(bool isCommit);
    void addRunChange(RunChange &change);
    QList<AnchorRecord> anchorsAtEnd() const;
    RunState currentState() const;
    Result<QJsonObject> runOutputs() const;
    void noticeClock();
    void note(const QString &stepPath, LogLevel level, const QString &message);
    void addEvent(const QString &type, int id, const QJsonObject &data = {});

    RunContext &m_context;
    RunSummary m_summary;
    const Plan m_plan;
    const QJsonObject m_inputs;
    const RunFolder m_folder;
    RunTree m_tree;
    LogBuffer m_log;
    QHash<QString, ModuleSpec> m_modules; ///< Those that were used so far, by name.
    QHash<QString, GateRequest> m_gates;  ///< By path.
    QList<Decision> m_decisions;
    std::set<int> m_ready;         ///< In plan order, those that need a slot of a process.
    std::set<int> m_readyRequests; ///< Likewise those of builtin:http.
    std::set<int> m_backingOff;
    std::set<int>
        m_unknown; ///< Interrupted: nothing goes on before an operator has said what became of them.
    QHash<int, Timestamp> m_firstStart;   ///< Of the steps that may be tried again.
    QHash<QString, int> m_attemptsBefore; ///< By path: when the run was last taken up from its failed steps.
    QSet<QString> m_ranSince;    ///< Paths of steps that were running at some time since then, when restored.
    QSet<QString> m_ranBefore;   ///< Likewise before then, and not since: a parallel or map of these goes on.
    std::set<int> m_policiesDue; ///< Wait to be asked, in plan order.
    std::map<int, std::unique_ptr<OpaQuery>> m_questions;
    QList<int> m_begun;    ///< Have an attempt that is not started yet.
    QList<int> m_launched; ///< Wait for their start to be on disk.
    std::map<int, std::unique_ptr<ActiveAttempt>> m_active;
    int m_attemptFolders = 0;
    RunChange m_change;    ///< Not on disk yet.
    QList<int> m_heldBack; ///< Steps that are ready and may begin before the next commit.
    QHash<int, std::pair<StepState, QString>> m_stored; ///< The state and reason on disk, by step.
    bool m_expandedMaps = false;
    bool m_cancelRequested = false;
    bool m_interrupted = false;
    bool m_clockTold = false; ///< What is not on disk yet says that the clock was set back.
    QString m_interruptReason;
    QString m_failReason; ///< Not empty: the run ends as failed for this, whatever its steps came to.
};

} // namespace engine
