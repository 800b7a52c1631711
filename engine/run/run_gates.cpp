#include "engine/base/digest.h"
#include "engine/run/approval.h"
#include "engine/run/run_execution_p.h"

#include <QJsonArray>

#include <algorithm>

using namespace Qt::StringLiterals;

/// The part of RunExecution that waits for people.
namespace engine {

void RunExecution::openGate(int id)
{
    const RunNode &node = m_tree.node(id);
    const ApprovalSpec *approval = m_plan.approval(node.step->gate);
    Q_ASSERT(approval); // A plan's gates name approvals that exist.
    const auto message = evaluate(id, node.step->message);
    const auto suggestion = evaluate(id, approval->reasonTemplate);
    if (!message || !suggestion)
        return m_tree.finish(id, StepState::Failed, (message ? suggestion : message).error().message);

    GateRequest gate;
    gate.run = m_summary.id;
    gate.path = node.path;
    gate.revision = m_gates.value(node.path, {.revision = 0}).revision + 1;
    gate.approvalId = approval->id;
    gate.title = approval->title;
    gate.message = message->toString();
    gate.planHash = m_summary.planHash;
    gate.required = approval->required;
    gate.approvers = approval->approvers;
    gate.allowSelfApproval = approval->allowSelfApproval;
    gate.requireReason = approval->requireReason;
    gate.reasonSuggestion = suggestion->toString();
    gate.requestedBy = m_summary.requestedBy;
    gate.requestedAt = m_context.clock.now();
    gate.expiresAt = gate.requestedAt + approval->expiresAfter;
    m_gates.insert(gate.path, gate);
    m_change.gates += gate;
    wordStepChanges(false);
    addEvent(u"gate-requested"_s, id,
             {{u"approval"_s, gate.approvalId},
              {u"revision"_s, gate.revision},
              {u"planHash"_s, gate.planHash},
              {u"required"_s, gate.required},
              {u"approvers"_s, QJsonArray::fromStringList(gate.approvers)},
              {u"allowSelfApproval"_s, gate.allowSelfApproval},
              {u"requireReason"_s, gate.requireReason},
              {u"requestedBy"_s, gate.requestedBy},
              {u"expiresAt"_s, toIso(gate.expiresAt)},
              {u"message"_s, gate.message}});
    m_tree.setState(id, StepState::WaitingApproval);
    watchExpiry(gate);
}

void RunExecution::watchExpiry(const GateRequest &gate)
{
    m_context.clock.callAfter(gate.expiresAt - m_context.clock.now(), this, [this, path = gate.path] {
        expireGates();
        const GateRequest later = m_gates.value(path);
        if (later.state != GateState::Open)
            return;
        watchExpiry(later);  // The wall clock was set back meanwhile; the stored deadline counts.
        Q_EMIT passWanted(); // The commit tells of it.
    });
}

void RunExecution::expireGates()
{
    const Timestamp now = m_context.clock.now();
    const QList<GateRequest> gates = m_gates.values();
    for (const GateRequest &gate : gates) {
        if (gate.state != GateState::Open || now < gate.expiresAt)
            continue;
        const int id = m_tree.find(gate.path);
        closeGate(id, GateState::Expired,
                  {u"gate-expired"_s, gate.path, {{u"expiresAt"_s, toIso(gate.expiresAt)}}});
        m_tree.finish(id, StepState::Failed, u"the approval expired at %1"_s.arg(toIso(gate.expiresAt)));
        Q_EMIT passWanted();
    }
}

void RunExecution::closeGate(int id, GateState state, const EventDraft &what)
{
    GateRequest &gate = m_gates[m_tree.node(id).path];
    gate.state = state;
    m_change.gates += gate;
    m_change.events += what;
}

/// @param what  "decision" or "withdrawal"
Error RunExecution::refuse(const QString &what, const QString &gatePath, const Error &refusal)
{
    m_change.events += EventDraft{what + u"-refused"_s,
                                  gatePath,
                                  {{u"code"_s, toString(refusal.code)}, {u"message"_s, refusal.message}}};
    note(gatePath, LogLevel::Warn, u"a %1 was refused: %2"_s.arg(what, refusal.message));
    Q_EMIT passWanted();
    return refusal;
}

/// The gate as it is on disk, when something can be decided there or taken back; else records the refusal.
Result<GateRequest> RunExecution::gateToDecide(const QString &what, const QString &gatePath)
{
    if (!m_gates.contains(gatePath))
        return Error{
            ErrorCode::NotFound, u"run %1 has no gate \"%2\""_s.arg(m_summary.id.value, gatePath), {}, {}};
    if (const auto fits = checkPlan(); !fits)
        return fits.error().code == ErrorCode::PlanHashMismatch ? refuse(what, gatePath, fits.error())
                                                                : fits.error();
    expireGates();
    if (const auto earlier = commit(); !earlier) // Nothing may stand between a decision and the disk.
        return earlier.error();
    return m_gates.value(gatePath);
}

/// Those at this revision of the gate, withdrawn ones too.
QList<Decision> RunExecution::decisionsAt(const GateRequest &gate) const
{
    QList<Decision> decisions;
    for (const Decision &decision : m_decisions) {
        if (decision.statement.path == gate.path && decision.statement.revision == gate.revision)
            decisions += decision;
    }
    return decisions;
}

Result<> RunExecution::decide(const QString &gatePath, const QByteArray &envelope, const TrustStore &trust)
{
    const QString what = u"decision"_s;
    const auto found = gateToDecide(what, gatePath);
    if (!found)
        return found.error();
    const GateRequest &gate = *found;
    const auto decision =
        judgeDecision(gate, decisionsAt(gate), envelope, trust,
                      shownDigest(gateViewOf(gate, m_summary, m_plan)), m_context.clock.now());
    if (!decision)
        return refuse(what, gatePath, decision.error());
    return accept(gate, *decision, {});
}

/// @param requestId  the request that the decision answers; empty: none
Result<> RunExecution::accept(const GateRequest &gate, Decision decision, const QString &requestId)
{
    decision.id = newUlid(m_context.clock.now());
    GateRequest after = gate;
    if (decision.statement.verdict == Verdict::Reject)
        after.state = GateState::Rejected;
    else if (approvalsOf(gate, decisionsAt(gate) + QList<Decision>{decision}) >= gate.required)
        after.state = GateState::Approved;
    return record(gate, decision, after, requestId);
}

static QString rejectionReason(const DecisionStatement &statement)
{
    const QString by = u"rejected by %1"_s.arg(statement.approver);
    return statement.reason.isEmpty() ? by : u"%1: %2"_s.arg(by, statement.reason);
}

/// Puts a decision and what it does to the gate on disk in one transaction; only then is it true here.
Result<> RunExecution::record(const GateRequest &gate, const Decision &decision, const GateRequest &after,
                              const QString &requestId)
{
    const int id = m_tree.find(gate.path);
    const DecisionStatement &statement = decision.statement;
    RunChange change;
    change.run = m_summary.id;
    change.at = m_context.clock.now();
    change.decisions = {decision};
    change.gates = {after};
    change.events += EventDraft{u"decision-accepted"_s,
                                gate.path,
                                {{u"decisionId"_s, decision.id},
                                 {u"verdict"_s, toString(statement.verdict)},
                                 {u"approver"_s, statement.approver},
                                 {u"keyId"_s, decision.keyId},
                                 {u"revision"_s, gate.revision},
                                 {u"envelopeSha256"_s, sha256Hex(decision.envelope)}}};
    if (!requestId.isEmpty()) {
        change.answers = {{requestId, decision.id}};
        change.events.last().data.insert(u"requestId"_s, requestId);
    }
    StepState state = StepState::WaitingApproval;
    QString reason;
    const int approvals = approvalsOf(gate, m_decisions + QList<Decision>{decision});
    if (after.state == GateState::Rejected) {
        state = StepState::Failed;
        reason = rejectionReason(statement);
        change.events += EventDraft{u"gate-rejected"_s,
                                    gate.path,
                                    {{u"approver"_s, statement.approver}, {u"reason"_s, statement.reason}}};
    } else if (after.state == GateState::Approved) {
        state = StepState::Succeeded;
        change.events += EventDraft{
            u"gate-approved"_s, gate.path, {{u"revision"_s, gate.revision}, {u"approvals"_s, approvals}}};
    }
    if (isFinal(state)) {
        StepRecord step = m_tree.record(id);
        step.state = state;
        step.reason = reason;
        step.lastTransitionAt = change.at;
        change.steps = {step};
        QJsonObject data{{u"state"_s, toString(state)}};
        if (!reason.isEmpty())
            data.insert(u"reason"_s, reason);
        change.events += EventDraft{u"step-state"_s, gate.path, data};
    }
    if (const auto applied = m_context.store.apply(change); !applied) {
        Q_EMIT trouble(applied.error());
        return applied.error();
    }
    m_decisions += decision;
    m_gates.insert(gate.path, after);
    m_summary.updatedAt = change.at;
    if (isFinal(state)) {
        m_stored.insert(id, {state, reason});
        m_tree.finish(id, state, reason);
        Q_EMIT stepsChanged(change.steps);
    }
    Q_EMIT gateChanged(after);
    Q_EMIT passWanted();
    return {};
}

Result<> RunExecution::withdraw(const QString &gatePath, const QByteArray &envelope, const TrustStore &trust)
{
    const QString what = u"withdrawal"_s;
    const auto gate = gateToDecide(what, gatePath);
    if (!gate)
        return gate.error();
    const auto withdrawn = judgeWithdrawal(*gate, decisionsAt(*gate), envelope, trust, m_context.clock.now());
    if (!withdrawn)
        return refuse(what, gatePath, withdrawn.error());
    RunChange change;
    change.run = m_summary.id;
    change.at = m_context.clock.now();
    change.withdrawn = {*withdrawn};
    const Withdrawal &withdrawal = *withdrawn->withdrawal;
    change.events += EventDraft{u"decision-withdrawn"_s,
                                gatePath,
                                {{u"decisionId"_s, withdrawn->id},
                                 {u"approver"_s, withdrawal.statement.approver},
                                 {u"keyId"_s, withdrawal.keyId},
                                 {u"revision"_s, gate->revision},
                                 {u"decisionDigest"_s, withdrawal.statement.decisionDigest},
                                 {u"envelopeSha256"_s, sha256Hex(withdrawal.envelope)}}};
    if (const auto applied = m_context.store.apply(change); !applied) {
        Q_EMIT trouble(applied.error());
        return applied.error();
    }
    *std::ranges::find(m_decisions, withdrawn->id, &Decision::id) = *withdrawn;
    Q_EMIT gateChanged(*gate);
    return {};
}

} // namespace engine
