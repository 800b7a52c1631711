#include "engine/base/digest.h"
#include "engine/run/run_execution_p.h"

#include <QJsonArray>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

RunExecution::RunExecution(RunContext &context, RunSummary summary, Plan plan, QJsonObject inputs,
                           QObject *parent)
    : QObject(parent)
    , m_context(context)
    , m_summary(std::move(summary))
    , m_plan(std::move(plan))
    , m_inputs(std::move(inputs))
    , m_folder(context.dataDir, m_summary.id)
    , m_tree(m_plan)
    , m_log(context.store, context.clock, m_summary.id)
{
    m_change.run = m_summary.id;
    connect(&m_log, &LogBuffer::appended, this, &RunExecution::logsAppended);
    connect(&m_log, &LogBuffer::failed, this, &RunExecution::trouble);
    connect(&m_log, &LogBuffer::fullChanged, this, &RunExecution::pauseOutput);
    for (const int id : m_tree.takeChanged())
        m_stored.insert(id, {StepState::Pending, {}}); // createRun() has written them.
}

RunExecution::~RunExecution() = default;

void RunExecution::addEvent(const QString &type, int id, const QJsonObject &data)
{
    m_change.events += EventDraft{type, id == RunTree::root ? QString() : m_tree.node(id).path, data};
}

void RunExecution::note(const QString &stepPath, LogLevel level, const QString &message)
{
    LogLine line;
    line.timestamp = m_context.clock.now();
    line.level = level;
    line.eventType = u"engine"_s;
    line.message = message;
    line.stepPath = stepPath;
    m_log.add(line);
}

void RunExecution::tellIncident(const Incident &incident)
{
    const QString why = incident.reason.isEmpty() ? QString() : u": "_s + incident.reason;
    if (incident.isOn)
        note({}, LogLevel::Warn,
             u"incident mode, switched on by %1: nothing new is started until it ends%2"_s.arg(incident.by,
                                                                                               why));
    else
        note({}, LogLevel::Info, u"incident mode was ended by %1%2"_s.arg(incident.by, why));
}

void RunExecution::advance()
{
    if (isEnded() || m_interrupted || !m_unknown.empty())
        return;
    wordStepChanges(false);
    while (const auto id = m_tree.next())
        activate(*id);
    if (const QList<int> doomed = m_tree.takeToCancel(); !doomed.isEmpty()) {
        stopSteps(doomed, false);
        while (const auto id = m_tree.next())
            activate(*id);
    }
}

void RunExecution::addTo(Levels &levels) const
{
    ++levels.runs[m_summary.state];
    levels.readySteps += qint64(m_ready.size() + m_readyRequests.size());
    for (const GateRequest &gate : m_gates) {
        if (gate.state == GateState::Open)
            levels.gates += gate.requestedAt;
    }
}

QList<int> RunExecution::stepIds(bool withFinally) const
{
    QList<int> ids;
    for (int id = 1; id < m_tree.count(); ++id) {
        if (m_tree.isStep(id) && (withFinally || !m_tree.isOfFinally(id)))
            ids += id;
    }
    return ids;
}

/// Ends steps that were started: what runs is asked to end, what waits ends at once.
void RunExecution::stopSteps(const QList<int> &ids, bool now)
{
    for (const int id : ids) {
        const RunNode &node = m_tree.node(id);
        if (m_active.contains(id)) {
            stopAttempt(id, now);
        } else if (node.state == StepState::WaitingApproval) {
            closeGate(id, GateState::Cancelled, {u"gate-cancelled"_s, node.path, {}});
            m_tree.finish(id, StepState::Cancelled);
        } else if (node.state == StepState::WaitingPolicy) {
            stopAsking(id);
            m_tree.finish(id, StepState::Cancelled);
        } else if (node.state == StepState::Ready || node.state == StepState::BackingOff
                   || node.state == StepState::Interrupted) {
            m_unknown.erase(id);
            readyOf(id).erase(id);
            m_backingOff.erase(id);
            m_tree.finish(id, StepState::Cancelled);
        }
    }
}

void RunExecution::cancel(const QString &by)
{
    const bool again = m_cancelRequested;
    addEvent(u"cancel-requested"_s, RunTree::root, {{u"by"_s, by}, {u"force"_s, again}});
    m_cancelRequested = true;
    if (again)
        m_tree.abandonFinally();
    m_tree.cancel();
    stopSteps(stepIds(again), again);
    Q_EMIT passWanted();
}

void RunExecution::failRun(const QString &reason, const EventDraft &what)
{
    m_failReason = reason;
    m_change.events += what;
    m_tree.abandonFinally();
    m_tree.cancel();
    stopSteps(stepIds(true), true);
    Q_EMIT passWanted();
}

Result<> RunExecution::checkPlan()
{
    const auto stored = m_context.store.plan(m_summary.id);
    if (!stored) {
        Q_EMIT trouble(stored.error());
        return stored.error();
    }
    // Made anew from what is in memory: what the plan once said of itself proves nothing.
    const QString inMemory = u"sha256:"_s + sha256Hex(m_plan.canonical());
    const QString onDisk = u"sha256:"_s + sha256Hex(*stored);
    const QString found = inMemory != m_summary.planHash ? inMemory : onDisk;
    if (found == m_summary.planHash)
        return {};
    if (m_failReason.isEmpty())
        failRun(u"plan-mismatch"_s,
                {u"plan-mismatch"_s, {}, {{u"expected"_s, m_summary.planHash}, {u"found"_s, found}}});
    return Error{ErrorCode::PlanHashMismatch, u"the plan is no longer the one that was made"_s, {}, {}};
}

void RunExecution::interrupt(const QString &reason)
{
    m_questions.clear(); // The engine that opens the store next asks again.
    if (isEnded() || m_active.empty())
        return; // Nothing runs: the run goes on from here when an engine opens the store again.
    m_interrupted = true;
    for (auto &[id, active] : m_active) {
        active->process.reset(); // Kills and reaps everything below it.
        active->call.reset();
        m_tree.setState(id, StepState::Interrupted, reason);
    }
    m_active.clear();
    (void)m_log.flush();
    m_interruptReason = reason;
}

RunState RunExecution::currentState() const
{
    if (m_tree.isFinished()) {
        if (!m_failReason.isEmpty())
            return RunState::Failed;
        switch (m_tree.node(RunTree::root).state) {
        case StepState::Succeeded: return RunState::Succeeded;
        case StepState::Cancelled: return RunState::Cancelled;
        default: return m_cancelRequested ? RunState::Cancelled : RunState::Failed;
        }
    }
    if (m_interrupted || !m_unknown.empty())
        return RunState::Interrupted;
    if (m_cancelRequested || !m_failReason.isEmpty())
        return RunState::Cancelling;
    const bool anyGateOpen =
        std::ranges::any_of(m_gates, [](const GateRequest &gate) { return gate.state == GateState::Open; });
    const bool anyWaits = anyGateOpen || !m_backingOff.empty();
    const bool anyMoves = !m_active.empty() || !m_ready.empty() || !m_readyRequests.empty()
                          || !m_questions.empty() || !m_policiesDue.empty();
    return anyWaits && !anyMoves ? RunState::Waiting : RunState::Running;
}

/// Words the changes of steps as events, in their order. Called before anything that follows from them is
/// worded, so that the journal tells causes first. A step that is ready is told only when it stays so until
/// the commit.
void RunExecution::wordStepChanges(bool isCommit)
{
    const Timestamp now = m_context.clock.now();
    for (const int id : std::exchange(m_heldBack, {}) + m_tree.takeChanged()) {
        const RunNode &node = m_tree.node(id);
        if (node.state == StepState::Ready && !isCommit) {
            m_heldBack += id;
            continue;
        }
        const std::pair state{node.state, node.reason};
        const auto stored = m_stored.constFind(id);
        const bool isNew = stored == m_stored.cend(); // A child of an expanded map; that event tells of it.
        const bool moved = isNew ? node.state != StepState::Pending : *stored != state;
        m_stored.insert(id, state);
        if (moved)
            m_tree.setTransitionTime(id, now);
        m_change.steps += m_tree.record(id);
        if (!moved)
            continue;
        QJsonObject data{{u"state"_s, toString(node.state)}};
        if (node.attempts > 0)
            data.insert(u"attempt"_s, node.attempts);
        if (!node.reason.isEmpty())
            data.insert(u"reason"_s, node.reason);
        m_change.events += EventDraft{u"step-state"_s, node.path, data};
        if (m_context.logsInDetail)
            note(node.path, LogLevel::Debug,
                 node.reason.isEmpty() ? toString(node.state)
                                       : u"%1: %2"_s.arg(toString(node.state), node.reason));
    }
}

void RunExecution::addRunChange(RunChange &change)
{
    RunState state = currentState();
    QString reason;
    if (state == RunState::Failed)
        reason = m_failReason.isEmpty() ? m_tree.node(RunTree::root).reason : m_failReason;
    if (state == RunState::Interrupted)
        reason = m_interrupted ? m_interruptReason : unknownReason();
    if (state == RunState::Succeeded) {
        const auto outputs = runOutputs();
        if (outputs) {
            change.outputs = *outputs;
        } else {
            state = RunState::Failed;
            reason = outputs.error().message;
        }
    }
    const bool partial = state == RunState::Succeeded && m_tree.isPartial();
    if (state == m_summary.state && reason == m_summary.reason && partial == m_summary.partial)
        return;
    change.status = RunChange::Status{state, partial, reason};
    if (isFinal(state) && !m_context.anchors.isEmpty())
        change.anchors = anchorsAtEnd();
    QJsonObject data{{u"state"_s, toString(state)}};
    if (!reason.isEmpty())
        data.insert(u"reason"_s, reason);
    if (partial)
        data.insert(u"partial"_s, true);
    change.events += EventDraft{u"run-state"_s, {}, data};
}

/// Who is to be asked to witness the evidence; of a sealed run nobody, before somebody wants it.
QList<AnchorRecord> RunExecution::anchorsAtEnd() const
{
    QList<AnchorRecord> anchors;
    for (const AnchorKind kind : m_context.anchors) {
        AnchorRecord anchor;
        anchor.kind = kind;
        anchor.changedAt = m_context.clock.now();
        if (m_plan.sandbox().mode == SandboxMode::Sealed) {
            anchor.state = AnchorState::Deferred;
            anchor.reason = u"the run is sealed"_s;
        } else {
            anchor.nextTryAt = anchor.changedAt;
        }
        anchors += anchor;
    }
    return anchors;
}

/// Deadlines are judged by the wall clock, so the journal says when it was set back. A second is left to the
/// clock's own corrections.
void RunExecution::noticeClock()
{
    const Timestamp now = m_context.clock.now();
    if (now + std::chrono::seconds(1) >= m_summary.updatedAt || std::exchange(m_clockTold, true))
        return;
    addEvent(u"clock-set-back"_s, RunTree::root,
             {{u"from"_s, toIso(m_summary.updatedAt)}, {u"to"_s, toIso(now)}});
    note({}, LogLevel::Warn,
         u"the clock was set back from %1 to %2; approvals expire by it"_s.arg(toIso(m_summary.updatedAt),
                                                                               toIso(now)));
}

Result<> RunExecution::commit()
{
    m_change.at = m_context.clock.now();
    noticeClock();
    wordStepChanges(true);
    if (!m_change.status)
        addRunChange(m_change);
    if (m_change.isEmpty())
        return {};
    // Lines come before the end is told, so that the end is the last word.
    if (m_change.status && isFinal(m_change.status->state)) {
        if (auto flushed = m_log.flush(); !flushed)
            return flushed;
    }
    if (const auto applied = m_context.store.apply(m_change); !applied) {
        Q_EMIT trouble(applied.error());
        return applied.error();
    }
    RunChange done;
    std::swap(done, m_change);
    m_change.run = m_summary.id;
    m_summary.updatedAt = done.at;
    m_clockTold = false;
    if (done.status) {
        m_summary.state = done.status->state;
        m_summary.partial = done.status->partial;
        m_summary.reason = done.status->reason;
        m_summary.completedAt = isFinal(m_summary.state) ? std::optional(done.at) : std::nullopt;
    }
    if (std::exchange(m_expandedMaps, false))
        Q_EMIT outlineChanged();
    if (!done.steps.isEmpty())
        Q_EMIT stepsChanged(done.steps);
    if (!done.artifacts.isEmpty())
        Q_EMIT artifactsChanged();
    for (const GateRequest &gate : std::as_const(done.gates))
        Q_EMIT gateChanged(gate);
    if (done.status)
        Q_EMIT runChanged(m_summary);
    return {};
}

} // namespace engine
