#include "engine/run/run_execution_p.h"

#include <QJsonArray>

#include <algorithm>

using namespace Qt::StringLiterals;

/// The part of RunExecution that takes up a run which an engine left.
namespace engine {

Result<> RunExecution::restore()
{
    const auto events = m_context.store.events(m_summary.id);
    const auto steps = m_context.store.steps(m_summary.id);
    const auto gates = m_context.store.gates(m_summary.id);
    const auto decisions = m_context.store.decisions(m_summary.id);
    const auto artifacts = m_context.store.artifacts(m_summary.id);
    const auto attempts = m_context.store.attempts(m_summary.id);
    for (const Error *error :
         {events ? nullptr : &events.error(), steps ? nullptr : &steps.error(),
          gates ? nullptr : &gates.error(), decisions ? nullptr : &decisions.error(),
          artifacts ? nullptr : &artifacts.error(), attempts ? nullptr : &attempts.error()}) {
        if (error)
            return *error;
    }
    if (const auto restored = restoreTree(*events, *steps); !restored)
        return restored.error();
    if (!events->isEmpty()) // The store keeps the time of the last change of the run's own state.
        m_summary.updatedAt = events->last().timestamp;
    restoreArtifacts(*artifacts);
    m_tree.takeChanged();
    m_attemptFolders = int(attempts->size());
    restoreRetries(*attempts);
    m_decisions = *decisions;
    recover(*attempts);
    restoreGates(*gates);
    return {};
}

/// What the journal says that no table holds.
Result<> RunExecution::replay(const QList<RunEvent> &events)
{
    QHash<QString, int> attempts;
    bool abandonsFinally = false;
    for (const RunEvent &past : events) {
        if (past.type == "attempt-intent"_L1) {
            attempts[past.stepPath] = past.data.value(u"attempt"_s).toInt();
        } else if (past.type == "attempt-not-started"_L1) {
            --attempts[past.stepPath];
        } else if (past.type == "step-state"_L1) {
            if (past.data.value(u"state"_s) == toString(StepState::Running))
                m_ranSince += past.stepPath;
        } else if (past.type == "cancel-requested"_L1) {
            m_cancelRequested = true;
            abandonsFinally = abandonsFinally || past.data.value(u"force"_s).toBool();
        } else if (past.type == "run-resumed"_L1) {
            m_attemptsBefore = attempts;
            m_ranBefore += std::exchange(m_ranSince, {});
            m_cancelRequested = abandonsFinally = false;
        } else if (past.type == "map-expanded"_L1) {
            const int map = m_tree.find(past.stepPath);
            if (map < 0)
                return invalid(u"the journal names a step \"%1\" that the plan has not"_s.arg(past.stepPath));
            if (const auto expanded = m_tree.expand(map, past.data.value(u"items"_s).toArray()); !expanded)
                return expanded.error();
        }
    }
    if (abandonsFinally)
        m_tree.abandonFinally();
    m_ranBefore -= m_ranSince; // They have begun again.
    return {};
}

Result<> RunExecution::restoreTree(const QList<RunEvent> &events, const QList<StepRecord> &steps)
{
    if (const auto chain = checkChain(events); !chain)
        return chain.error();
    if (const auto replayed = replay(events); !replayed)
        return replayed.error();
    m_tree.restore(steps);
    if (m_cancelRequested)
        m_tree.cancel();
    for (const int id : stepIds(true)) {
        const RunNode &node = m_tree.node(id);
        m_stored.insert(id, {node.state, node.reason});
        if (node.state == StepState::Ready)
            readyOf(id).insert(id);
        if (node.state == StepState::WaitingPolicy)
            m_policiesDue.insert(id);
        if (node.state == StepState::Interrupted)
            m_unknown.insert(id);
    }
    return {};
}

void RunExecution::restoreArtifacts(const QList<Artifact> &artifacts)
{
    QHash<QString, QJsonObject> valuesOf;
    const ArtifactStore files(m_context.dataDir);
    for (const Artifact &artifact : artifacts) {
        if (artifact.status == u"stored"_s)
            valuesOf[artifact.stepPath].insert(
                artifact.name, QJsonObject{{u"name"_s, artifact.name},
                                           {u"sha256"_s, artifact.sha256},
                                           {u"size"_s, artifact.sizeBytes},
                                           {u"path"_s, files.absolutePath(artifact.storedPath)}});
    }
    for (auto values = valuesOf.cbegin(); values != valuesOf.cend(); ++values) {
        if (const int id = m_tree.find(values.key()); id >= 0)
            m_tree.setOutputs(id, m_tree.node(id).outputs, values.value());
    }
}

void RunExecution::restoreGates(const QList<GateRequest> &gates)
{
    for (const GateRequest &gate : gates) {
        m_gates.insert(gate.path, gate);
        if (gate.state == GateState::Open)
            watchExpiry(gate);
    }
    expireGates();
    if (m_cancelRequested)
        stopSteps(stepIds(false), false);
}

/// What was begun and not finished when the engine before this one ended. An attempt whose start is on disk
/// may have done anything; one without a start never began, for its command waits for the engine's word.
void RunExecution::recover(const QList<AttemptRecord> &attempts)
{
    for (const AttemptRecord &attempt : attempts) {
        const int id = m_tree.find(attempt.path);
        if (attempt.finishedAt || id < 0)
            continue;
        if (attempt.startedAt) {
            recoverAttempt(id, attempt);
        } else if (m_cancelRequested) {
            m_unknown.erase(id);
            m_tree.finish(id, StepState::Cancelled);
        } else {
            addEvent(u"attempt-not-started"_s, id, {{u"attempt"_s, attempt.attempt}});
            m_unknown.erase(id);
            m_tree.takeBackAttempt(id);
            readyOf(id).insert(id);
        }
    }
}

void RunExecution::recoverAttempt(int id, AttemptRecord attempt)
{
    static const QString unknown = u"the engine stopped while it ran; its outcome is unknown"_s;
    if (attempt.pid != 0) // A request has no process, and its connection ended with the engine.
        m_context.launcher.endLeftover(attempt);
    attempt.finishedAt = m_context.clock.now();
    m_change.attempts += attempt;
    m_context.metrics.attemptEnded(AttemptOutcome::Interrupted);
    addEvent(u"attempt-finished"_s, id, {{u"attempt"_s, attempt.attempt}, {u"interrupted"_s, true}});
    m_unknown.erase(id);
    if (m_cancelRequested) {
        m_tree.finish(id, StepState::Cancelled, u"the engine stopped while it ran"_s);
    } else if (m_tree.node(id).step->run.idempotent) {
        note(attempt.path, LogLevel::Warn, u"the engine stopped while it ran; it is run again"_s);
        makeReady(id);
    } else {
        note(attempt.path, LogLevel::Warn, unknown);
        m_tree.setState(id, StepState::Interrupted, unknown);
        m_unknown.insert(id);
    }
}

Result<> RunExecution::startAgain(const QString &by)
{
    const auto conflict = [this](const QString &why) {
        return Error{ErrorCode::Conflict, u"run %1 %2"_s.arg(m_summary.id.value, why), {}, {}};
    };
    for (int id = 1; id < m_tree.count(); ++id) {
        const RunNode &node = m_tree.node(id);
        const bool isNewMap = node.step && node.step->kind == StepKind::Map && !node.step->expanded;
        if (isNewMap && !node.children.isEmpty() && m_tree.isBelowFinally(id))
            return conflict(
                u"has a map in finally, \"%1\", whose items are known already; rerun it instead"_s.arg(
                    node.path));
    }
    for (const int id : stepIds(true))
        m_attemptsBefore.insert(m_tree.node(id).path, m_tree.node(id).attempts);
    m_ranBefore += std::exchange(m_ranSince, {});
    const QList<int> again = m_tree.startAgain();
    if (again.isEmpty())
        return conflict(u"failed, but none of its steps did: %1"_s.arg(m_summary.reason));
    m_firstStart.clear();
    m_failReason.clear();
    m_change.anchors = QList<AnchorRecord>(); // Witness to the evidence of an end that is none any more.
    addEvent(u"run-resumed"_s, RunTree::root, {{u"by"_s, by}, {u"steps"_s, again.size()}});
    return {};
}

QString RunExecution::unknownReason() const
{
    const RunNode &first = m_tree.node(*m_unknown.begin());
    return m_unknown.size() == 1
               ? u"step %1: %2"_s.arg(first.path, first.reason)
               : u"%1 steps have an unknown outcome, first %2"_s.arg(m_unknown.size()).arg(first.path);
}

QStringList RunExecution::unknownSteps() const
{
    QStringList paths;
    for (const int id : m_unknown)
        paths += m_tree.node(id).path;
    return paths;
}

Result<> RunExecution::resolve(const QString &stepPath, const StepResolution &resolution)
{
    const int id = m_tree.find(stepPath);
    if (id < 0)
        return Error{
            ErrorCode::NotFound, u"run %1 has no step \"%2\""_s.arg(m_summary.id.value, stepPath), {}, {}};
    const StepState state = m_tree.node(id).state;
    if (!m_unknown.contains(id))
        return Error{ErrorCode::Conflict,
                     u"step \"%1\" is %2, not interrupted"_s.arg(stepPath, toString(state)),
                     {},
                     {}};
    const bool isClaim = resolution.outcome == StepResolution::Succeeded;
    if (isClaim && resolution.reason.trimmed().isEmpty())
        return Error{ErrorCode::ReasonRequired,
                     u"to say that step \"%1\" succeeded needs a reason"_s.arg(stepPath),
                     {},
                     {}};
    addEvent(u"step-resolved"_s, id,
             {{u"by"_s, resolution.by},
              {u"outcome"_s, toString(resolution.outcome)},
              {u"reason"_s, resolution.reason}});
    m_unknown.erase(id);
    const QString words = u"%1 said so: %2"_s.arg(resolution.by, resolution.reason);
    if (resolution.outcome == StepResolution::Retry) {
        makeReady(id);
    } else {
        m_tree.finish(id, isClaim ? StepState::Succeeded : StepState::Failed, words);
    }
    Q_EMIT passWanted();
    return {};
}

} // namespace engine
