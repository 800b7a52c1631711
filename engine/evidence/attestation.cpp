#include "engine/evidence/attestation.h"

#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/evidence/bundle_layout.h"
#include "engine/evidence/plan_index.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

void setTime(QJsonObject &object, const QString &name, const std::optional<Timestamp> &time)
{
    if (time)
        object[name] = toIso(*time);
}

QJsonArray denialsOf(const PolicyDecision &policy)
{
    QJsonArray denials;
    for (const PolicyDenial &denial : policy.denials)
        denials += QJsonObject{{u"id"_s, denial.id}, {u"message"_s, denial.message}};
    return denials;
}

/// The command of each attempt as the journal has it, which is after redaction.
QHash<QPair<QString, int>, QJsonValue> commandsOf(const QList<RunEvent> &events)
{
    QHash<QPair<QString, int>, QJsonValue> commands;
    for (const RunEvent &event : events) {
        if (event.type == u"attempt-intent"_s)
            commands.insert({event.stepPath, event.data[u"attempt"_s].toInt()}, event.data[u"argv"_s]);
    }
    return commands;
}

QHash<QString, QJsonArray> attemptsOf(const EvidenceInput &input)
{
    const auto commands = commandsOf(input.events);
    QHash<QString, QJsonArray> attempts;
    for (const AttemptRecord &attempt : input.attempts) {
        QJsonObject entry{{u"attempt"_s, attempt.attempt}};
        const QJsonValue argv = commands.value({attempt.path, attempt.attempt}, QJsonValue::Undefined);
        if (argv.isArray())
            entry[u"argv"_s] = argv;
        setTime(entry, u"startedAt"_s, attempt.startedAt);
        setTime(entry, u"finishedAt"_s, attempt.finishedAt);
        if (attempt.exitCode)
            entry[u"exitCode"_s] = *attempt.exitCode;
        if (attempt.signal)
            entry[u"signal"_s] = *attempt.signal;
        attempts[attempt.path] += entry;
    }
    return attempts;
}

QJsonArray stepsOf(const EvidenceInput &input, const QHash<QString, QString> &transcripts)
{
    // A stored plan that was damaged is no reason to keep the evidence back: the verifier will say so.
    auto plan = Plan::parse(input.plan);
    const auto index = plan ? std::optional<PlanIndex>(std::in_place, std::move(*plan)) : std::nullopt;
    const auto attempts = attemptsOf(input);
    QJsonArray steps;
    for (const StepRecord &step : input.steps) {
        QJsonObject entry{{u"path"_s, step.path},
                          {u"status"_s, toString(step.state)},
                          {u"attempts"_s, attempts.value(step.path)},
                          {u"lastTransitionAt"_s, toIso(step.lastTransitionAt)}};
        if (const auto found = index ? index->find(step.path) : std::nullopt)
            entry[u"kind"_s] = toString(found->step->kind);
        if (!step.reason.isEmpty())
            entry[u"reason"_s] = step.reason;
        if (const QString transcript = transcripts.value(step.path); !transcript.isEmpty())
            entry[u"transcript"_s] = transcript;
        steps += entry;
    }
    return steps;
}

QJsonArray approvalsOf(const EvidenceInput &input)
{
    QJsonArray approvals;
    for (const GateRequest &gate : input.gates) {
        QJsonArray decisions;
        for (const Decision &decision : input.decisions) {
            if (decision.statement.path != gate.path)
                continue; // Those of earlier revisions belong to the record, too.
            QJsonObject entry{{u"revision"_s, decision.statement.revision},
                              {u"approver"_s, decision.statement.approver},
                              {u"decision"_s, toString(decision.statement.verdict)},
                              {u"keyId"_s, decision.keyId},
                              {u"decidedAt"_s, toIso(decision.statement.decidedAt)},
                              {u"sha256"_s, sha256Hex(decision.envelope)}};
            if (const auto &withdrawal = decision.withdrawal)
                entry[u"withdrawal"_s] =
                    QJsonObject{{u"keyId"_s, withdrawal->keyId},
                                {u"withdrawnAt"_s, toIso(withdrawal->statement.withdrawnAt)},
                                {u"sha256"_s, sha256Hex(withdrawal->envelope)}};
            decisions += entry;
        }
        approvals += QJsonObject{{u"gate"_s, gate.path},
                                 {u"approval"_s, gate.approvalId},
                                 {u"revision"_s, gate.revision},
                                 {u"required"_s, gate.required},
                                 {u"state"_s, toString(gate.state)},
                                 {u"requestedAt"_s, toIso(gate.requestedAt)},
                                 {u"decisions"_s, decisions}};
    }
    return approvals;
}

QJsonArray policiesOf(const EvidenceInput &input)
{
    QJsonArray policies;
    for (const PolicyDecision &policy : input.policies)
        policies += QJsonObject{{u"gate"_s, policy.path},
                                {u"policy"_s, policy.policyId},
                                {u"allow"_s, policy.allow},
                                {u"denials"_s, denialsOf(policy)},
                                {u"decidedAt"_s, toIso(policy.decidedAt)}};
    return policies;
}

QJsonArray artifactsOf(const EvidenceInput &input)
{
    QJsonArray artifacts;
    for (const Artifact &artifact : input.artifacts) {
        QJsonObject entry{
            {u"step"_s, artifact.stepPath}, {u"name"_s, artifact.name}, {u"status"_s, artifact.status}};
        if (artifact.status == u"stored"_s) {
            entry[u"sha256"_s] = artifact.sha256;
            entry[u"size"_s] = artifact.sizeBytes;
        }
        if (!artifact.notes.isEmpty())
            entry[u"notes"_s] = artifact.notes;
        artifacts += entry;
    }
    return artifacts;
}

} // namespace

QJsonObject describeValue(const QJsonValue &value)
{
    const QJsonObject file = value.toObject();
    if (file[u"name"_s].isString() && file[u"sha256"_s].isString() && file[u"size"_s].isDouble())
        return {{u"sha256"_s, file[u"sha256"_s]}, {u"size"_s, file[u"size"_s]}};
    return {{u"sha256"_s, layout::redacted}};
}

std::optional<Timestamp> startedAt(const QList<RunEvent> &events)
{
    for (const RunEvent &event : events) {
        if (event.type == u"run-state"_s && event.data[u"state"_s].toString() == toString(RunState::Running))
            return event.timestamp;
    }
    return {};
}

QJsonObject packRunPayload(const EvidenceInput &input, const QHash<QString, QString> &transcripts)
{
    QJsonObject inputs;
    for (auto value = input.inputs.begin(); value != input.inputs.end(); ++value)
        inputs[value.key()] = describeValue(value.value());
    QJsonArray outputs;
    for (auto value = input.outputs.begin(); value != input.outputs.end(); ++value) {
        QJsonObject entry = describeValue(value.value());
        entry[u"name"_s] = value.key();
        outputs += entry;
    }
    const RunSummary &run = input.run;
    QJsonObject payload{
        {u"schema"_s, layout::packRunSchema},
        {u"runId"_s, run.id.value},
        {u"packName"_s, run.packName},
        {u"packVersion"_s, run.packVersion},
        {u"packDigest"_s, run.packDigest},
        {u"planHash"_s, run.planHash},
        {u"tenantId"_s, run.tenant},
        {u"requestedBy"_s, run.requestedBy},
        {u"outcome"_s, toString(run.state)},
        {u"partial"_s, run.partial},
        {u"inputs"_s, inputs},
        {u"outputs"_s, outputs},
        {u"artifacts"_s, artifactsOf(input)},
        {u"steps"_s, stepsOf(input, transcripts)},
        {u"approvals"_s, approvalsOf(input)},
        {u"policies"_s, policiesOf(input)},
        {u"sandbox"_s, QJsonObject{{u"mode"_s, u"open"_s}}},
        {u"journal"_s,
         QJsonObject{{u"events"_s, qint64(input.events.size())},
                     {u"lastHash"_s, input.events.isEmpty() ? noPreviousHash : input.events.last().hash}}},
        {u"engine"_s, QJsonObject{{u"version"_s, input.engine.version},
                                  {u"binarySha256"_s, input.engine.binarySha256},
                                  {u"platform"_s, input.engine.platform}}},
    };
    if (!run.reason.isEmpty())
        payload[u"reason"_s] = run.reason;
    setTime(payload, u"startedAt"_s, startedAt(input.events));
    setTime(payload, u"completedAt"_s, run.completedAt);
    return payload;
}

} // namespace engine
