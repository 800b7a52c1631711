#include "engine/api/values.h"

#include "engine/base/json.h"

using namespace Qt::StringLiterals;

namespace engine {

namespace {

template<class List, class Fn>
QJsonArray arrayOf(const List &list, Fn fn)
{
    QJsonArray array;
    for (const auto &entry : list)
        array.append(fn(entry));
    return array;
}

/// Sets what is there and leaves out what is not.
void setIf(QJsonObject &json, const QString &name, const std::optional<Timestamp> &time)
{
    if (time)
        json.insert(name, toIso(*time));
}

void setIf(QJsonObject &json, const QString &name, const QString &text)
{
    if (!text.isEmpty())
        json.insert(name, text);
}

} // namespace

QJsonObject toJson(const Error &error)
{
    QJsonObject json{{u"code"_s, toString(error.code)}, {u"message"_s, error.message}};
    setIf(json, u"file"_s, error.where.file);
    if (error.where.line > 0)
        json.insert(u"line"_s, error.where.line);
    if (error.where.column > 0)
        json.insert(u"column"_s, error.where.column);
    setIf(json, u"pointer"_s, error.where.path);
    if (!error.causes.isEmpty())
        json.insert(u"errors"_s, arrayOf(error.causes, [](const Error &cause) {
                        return toJson(cause); // NOLINT(misc-no-recursion): causes have no causes of their own
                    }));
    return json;
}

QJsonObject toJson(const RunSummary &run)
{
    QJsonObject json{
        {u"runId"_s, run.id.value},
        {u"packName"_s, run.packName},
        {u"packVersion"_s, run.packVersion},
        {u"packDigest"_s, run.packDigest},
        {u"planHash"_s, run.planHash},
        {u"state"_s, toString(run.state)},
        {u"partial"_s, run.partial},
        {u"requestedBy"_s, run.requestedBy},
        {u"tenant"_s, run.tenant},
        {u"requestedAt"_s, toIso(run.requestedAt)},
        {u"createdAt"_s, toIso(run.createdAt)},
        {u"updatedAt"_s, toIso(run.updatedAt)},
    };
    setIf(json, u"reason"_s, run.reason);
    setIf(json, u"completedAt"_s, run.completedAt);
    return json;
}

QJsonObject toJson(const StepRecord &step)
{
    QJsonObject json{
        {u"path"_s, step.path}, {u"state"_s, toString(step.state)}, {u"attempts"_s, step.attempts}};
    setIf(json, u"reason"_s, step.reason);
    if (step.lastTransitionAt != Timestamp{})
        json.insert(u"lastTransitionAt"_s, toIso(step.lastTransitionAt));
    setIf(json, u"nextAttemptAt"_s, step.nextAttemptAt);
    if (!step.outputs.isEmpty())
        json.insert(u"outputs"_s, step.outputs);
    return json;
}

QJsonObject toJson(const AttemptRecord &attempt)
{
    QJsonObject json{{u"path"_s, attempt.path}, {u"attempt"_s, attempt.attempt}};
    setIf(json, u"startedAt"_s, attempt.startedAt);
    setIf(json, u"finishedAt"_s, attempt.finishedAt);
    if (attempt.exitCode)
        json.insert(u"exitCode"_s, *attempt.exitCode);
    if (attempt.signal)
        json.insert(u"signal"_s, *attempt.signal);
    if (attempt.usage) {
        json.insert(u"usage"_s,
                    QJsonObject{{u"userMicroseconds"_s, qint64(attempt.usage->userTime.count())},
                                {u"systemMicroseconds"_s, qint64(attempt.usage->systemTime.count())},
                                {u"peakMemoryBytes"_s, attempt.usage->peakMemoryBytes},
                                {u"writtenBytes"_s, attempt.usage->writtenBytes}});
    }
    return json;
}

QJsonObject toJson(const Decision &decision)
{
    QJsonObject json = toJson(decision.statement);
    json.insert(u"decisionId"_s, decision.id);
    json.insert(u"keyId"_s, decision.keyId);
    return json;
}

QJsonObject toJson(const PolicyDecision &decision)
{
    return {
        {u"gate"_s, decision.path},
        {u"policy"_s, decision.policyId},
        {u"input"_s, decision.input},
        {u"allow"_s, decision.allow},
        {u"denials"_s, arrayOf(decision.denials,
                               [](const PolicyDenial &denial) {
                                   return QJsonObject{{u"id"_s, denial.id}, {u"message"_s, denial.message}};
                               })},
        {u"decidedAt"_s, toIso(decision.decidedAt)},
    };
}

QJsonObject toJson(const Artifact &artifact)
{
    QJsonObject json{
        {u"artifactId"_s, artifact.id}, {u"name"_s, artifact.name},
        {u"step"_s, artifact.stepPath}, {u"type"_s, artifact.type},
        {u"sha256"_s, artifact.sha256}, {u"size"_s, artifact.sizeBytes},
        {u"status"_s, artifact.status}, {u"capturedAt"_s, toIso(artifact.capturedAt)},
    };
    setIf(json, u"notes"_s, artifact.notes);
    return json;
}

QJsonObject toJson(const LogLine &line)
{
    QJsonObject json{
        {u"sequence"_s, line.sequence},     {u"timestamp"_s, toIso(line.timestamp)},
        {u"level"_s, toString(line.level)}, {u"eventType"_s, line.eventType},
        {u"message"_s, line.message},
    };
    setIf(json, u"step"_s, line.stepPath);
    if (line.attempt > 0)
        json.insert(u"attempt"_s, line.attempt);
    if (line.continues)
        json.insert(u"continues"_s, true);
    if (line.invalidUtf8)
        json.insert(u"invalidUtf8"_s, true);
    return json;
}

QJsonObject toJson(const PackDescription &pack)
{
    const auto input = [](const InputSpec &spec) {
        QJsonObject json{
            {u"name"_s, spec.name}, {u"type"_s, toString(spec.type)}, {u"required"_s, spec.required}};
        if (spec.defaultValue)
            json.insert(u"default"_s, *spec.defaultValue);
        if (!spec.schema.isEmpty())
            json.insert(u"schema"_s, spec.schema);
        setIf(json, u"description"_s, spec.description);
        return json;
    };
    return {
        {u"name"_s, pack.name},
        {u"version"_s, pack.version},
        {u"digest"_s, pack.digest},
        {u"description"_s, pack.description},
        {u"inputs"_s, arrayOf(pack.inputs, input)},
        {u"approvals"_s, arrayOf(pack.approvals, [](const ApprovalSpec &spec) { return spec.id; })},
    };
}

QJsonObject toJson(const RunView &view)
{
    QJsonObject json = toJson(view.summary);
    const auto convert = [](const auto &value) { return toJson(value); };
    json.insert(u"steps"_s, arrayOf(view.steps, convert));
    json.insert(u"attempts"_s, arrayOf(view.attempts, convert));
    json.insert(u"gates"_s, arrayOf(view.gates, convert));
    json.insert(u"decisions"_s, arrayOf(view.decisions, convert));
    json.insert(u"policies"_s, arrayOf(view.policies, convert));
    json.insert(u"artifacts"_s, arrayOf(view.artifacts, convert));
    json.insert(u"inputs"_s, view.inputs);
    json.insert(u"outputs"_s, view.outputs);
    json.insert(u"lastLogSequence"_s, view.lastLogSequence);
    return json;
}

} // namespace engine
