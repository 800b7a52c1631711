#include "engine/base/duration.h"
#include "engine/base/json.h"
#include "engine/plan/plan.h"
#include "engine/plan/plan_values.h"

#include <QJsonArray>

#include <algorithm>
#include <utility>
#include <vector>

using namespace Qt::StringLiterals;

namespace engine {

/// Leaves out what is empty or false, see plan.h.
static void put(QJsonObject &object, const QString &name, const QString &text)
{
    if (!text.isEmpty())
        object.insert(name, text);
}

static void put(QJsonObject &object, const QString &name, const QJsonArray &array)
{
    if (!array.isEmpty())
        object.insert(name, array);
}

static void put(QJsonObject &object, const QString &name, const QJsonObject &value)
{
    if (!value.isEmpty())
        object.insert(name, value);
}

static void put(QJsonObject &object, const QString &name, bool flag)
{
    if (flag)
        object.insert(name, true);
}

template<class Value, class ToJson>
static QJsonArray listOf(const QList<Value> &values, const ToJson &toJson)
{
    QJsonArray array;
    for (const Value &value : values)
        array.append(toJson(value));
    return array;
}

static QJsonObject approvalJson(const ApprovalSpec &approval)
{
    QJsonObject json{{u"id"_s, approval.id},
                     {u"required"_s, approval.required},
                     {u"allowSelfApproval"_s, approval.allowSelfApproval},
                     {u"expiresAfter"_s, toIsoDuration(approval.expiresAfter)},
                     {u"requireReason"_s, approval.requireReason}};
    put(json, u"approvers"_s, QJsonArray::fromStringList(approval.approvers));
    put(json, u"title"_s, approval.title);
    put(json, u"reasonTemplate"_s, approval.reasonTemplate);
    return json;
}

static QJsonObject policyJson(const PolicySpec &policy)
{
    const auto ruleJson = [](const PolicyRule &rule) {
        QJsonObject json{{u"id"_s, rule.id}, {u"deny"_s, rule.deny}};
        put(json, u"message"_s, rule.message);
        return json;
    };
    QJsonObject json{{u"id"_s, policy.id}, {u"engine"_s, toString(policy.engine)}};
    if (policy.engine == PolicyEngine::Opa)
        json.insert(u"path"_s, policy.path);
    else
        json.insert(u"rules"_s, listOf(policy.rules, ruleJson));
    return json;
}

static QJsonObject sandboxJson(const SandboxSpec &sandbox)
{
    QJsonObject json{{u"mode"_s, toString(sandbox.mode.value_or(SandboxMode::Open))}};
    put(json, u"egress"_s, listOf(sandbox.egress, [](const EgressRule &rule) {
            return QJsonObject{{u"host"_s, rule.host}, {u"port"_s, rule.port}};
        }));
    if (sandbox.recordViolations)
        json.insert(u"onViolation"_s, u"record"_s);
    return json;
}

static void putSecrets(QJsonObject &json, const QList<SecretSpec> &secrets)
{
    QJsonArray names;
    QJsonObject rules;
    for (const SecretSpec &secret : secrets) {
        names.append(secret.name);
        QJsonObject rule;
        put(rule, u"optional"_s, !secret.required);
        put(rule, u"allowShort"_s, secret.allowShort);
        put(rules, secret.name, rule);
    }
    put(json, u"secrets"_s, names);
    put(json, u"secretRules"_s, rules);
}

static QJsonObject retriesJson(const RetrySpec &retries)
{
    QJsonObject json{{u"maxAttempts"_s, retries.maxAttempts},
                     {u"backoff"_s, toIsoDuration(retries.backoff)},
                     {u"factor"_s, planForm(QJsonValue(retries.factor))}};
    if (retries.maxBackoff)
        json.insert(u"maxBackoff"_s, toIsoDuration(*retries.maxBackoff));
    if (retries.maxDuration)
        json.insert(u"maxDuration"_s, toIsoDuration(*retries.maxDuration));
    put(json, u"onExitCodes"_s, listOf(retries.onExitCodes, [](int code) { return code; }));
    return json;
}

static QJsonObject outputJson(const RunOutputSpec &output)
{
    QJsonObject json{{u"name"_s, output.name}};
    put(json, u"value"_s, output.value);
    put(json, u"file"_s, output.file);
    return json;
}

static void putRun(QJsonObject &json, const RunSpec &run)
{
    const auto stepOutputJson = [](const StepOutputSpec &output) {
        QJsonObject object{{u"name"_s, output.name}, {u"type"_s, output.type}};
        put(object, u"path"_s, output.path);
        put(object, u"secret"_s, output.secret);
        return object;
    };
    json.insert(u"uses"_s, run.uses);
    if (!run.module.name.isEmpty()) {
        json.insert(u"module"_s, QJsonObject{{u"name"_s, run.module.name}, {u"digest"_s, run.module.digest}});
        json.insert(u"command"_s, QJsonArray::fromStringList(run.module.command));
    }
    put(json, u"with"_s, run.with);
    put(json, u"env"_s, run.env);
    put(json, u"outputs"_s, listOf(run.outputs, stepOutputJson));
    put(json, u"artifacts"_s, QJsonArray::fromStringList(run.artifacts));
    if (run.timeout)
        json.insert(u"timeout"_s, toIsoDuration(*run.timeout));
    json.insert(u"grace"_s, toIsoDuration(run.grace));
    if (run.retries)
        json.insert(u"retries"_s, retriesJson(*run.retries));
    put(json, u"idempotent"_s, run.idempotent);
    put(json, u"allowUnixSockets"_s, run.allowUnixSockets);
}

static void putSpread(QJsonObject &json, const PlanStep &step)
{
    if (step.maxParallel > 0)
        json.insert(u"maxParallel"_s, step.maxParallel);
    json.insert(u"failurePolicy"_s, toString(step.failurePolicy));
}

QJsonObject stepDetail(const PlanStep &step)
{
    QJsonObject json{{u"id"_s, step.id}, {u"kind"_s, toString(step.kind)}};
    put(json, u"name"_s, step.name);
    put(json, u"skip"_s, step.skip);
    put(json, u"when"_s, step.when);
    put(json, u"continueOnError"_s, step.continueOnError);
    switch (step.kind) {
    case StepKind::Run: putRun(json, step.run); break;
    case StepKind::Parallel: putSpread(json, step); break;
    case StepKind::Map:
        putSpread(json, step);
        json.insert(u"items"_s, step.items);
        break;
    case StepKind::Approval:
        json.insert(u"approval"_s, step.gate);
        put(json, u"message"_s, step.message);
        break;
    case StepKind::Policy:
        json.insert(u"policy"_s, step.gate);
        put(json, u"input"_s, step.input);
        json.insert(u"failAction"_s, step.failActionContinue ? u"continue"_s : u"halt"_s);
        break;
    }
    return json;
}

// NOLINTNEXTLINE(misc-no-recursion): over the steps of a plan, nested at most maxNesting levels
static QJsonObject stepJson(const PlanStep &step)
{
    QJsonObject json = stepDetail(step);
    if (step.kind == StepKind::Parallel || (step.kind == StepKind::Map && step.expanded))
        json.insert(u"steps"_s, listOf(step.children, stepJson));
    else if (step.kind == StepKind::Map)
        json.insert(u"step"_s, stepJson(step.children.first()));
    return json;
}

// NOLINTBEGIN(misc-no-recursion): over the steps of a plan, nested at most maxNesting levels

/// Steps that are a member of an object.
struct StepMember
{
    QString name{};
    const QList<PlanStep> &steps;
    bool isList = true; ///< Otherwise the first of them stands there alone.
};

static Result<> appendStep(QByteArray &out, const PlanStep &step);

static Result<> appendSteps(QByteArray &out, const StepMember &member)
{
    if (!member.isList)
        return appendStep(out, member.steps.first());
    out += '[';
    for (qsizetype i = 0; i < member.steps.size(); ++i) {
        if (i > 0)
            out += ',';
        if (const auto appended = appendStep(out, member.steps[i]); !appended)
            return appended;
    }
    out += ']';
    return {};
}

/// Appends an object in canonical form, with steps as members beside its own. As JSON values, those of a
/// large plan would take many times the memory of their text, and the time to fetch it.
static Result<> appendWithSteps(QByteArray &out, const QJsonObject &object,
                                const std::vector<StepMember> &members)
{
    QStringList names = object.keys();
    for (const StepMember &member : members)
        names += member.name;
    std::sort(names.begin(), names.end());
    char before = '{';
    for (const QString &name : std::as_const(names)) {
        out += std::exchange(before, ',');
        if (const auto appended = appendCanonicalString(out, name); !appended)
            return appended;
        out += ':';
        const auto steps = std::find_if(members.begin(), members.end(),
                                        [&name](const StepMember &member) { return member.name == name; });
        const auto appended =
            steps == members.end() ? appendCanonical(out, object.value(name)) : appendSteps(out, *steps);
        if (!appended)
            return appended;
    }
    out += '}';
    return {};
}

static Result<> appendStep(QByteArray &out, const PlanStep &step)
{
    const QJsonObject detail = stepDetail(step);
    if (step.kind == StepKind::Parallel || (step.kind == StepKind::Map && step.expanded))
        return appendWithSteps(out, detail, {{u"steps"_s, step.children}});
    if (step.kind == StepKind::Map)
        return appendWithSteps(out, detail, {{u"step"_s, step.children, false}});
    return appendCanonical(out, detail);
}

// NOLINTEND(misc-no-recursion)

/// All but the steps.
QJsonObject Plan::headJson() const
{
    QJsonObject json{
        {u"schema"_s, u"stellaops.plan/v1"_s},
        {u"pack"_s,
         QJsonObject{{u"name"_s, m_packName}, {u"version"_s, m_packVersion}, {u"digest"_s, m_packDigest}}},
        {u"inputs"_s, m_inputs},
        {u"sandbox"_s, sandboxJson(m_sandbox)},
    };
    putSecrets(json, m_secrets);
    put(json, u"approvals"_s, listOf(m_approvals, approvalJson));
    put(json, u"policies"_s, listOf(m_policies, policyJson));
    put(json, u"outputs"_s, listOf(m_outputs, outputJson));
    return json;
}

QJsonObject Plan::toJson() const
{
    QJsonObject json = headJson();
    json.insert(u"steps"_s, listOf(m_steps, stepJson));
    put(json, u"finally"_s, listOf(m_finally, stepJson));
    return json;
}

Result<QByteArray> Plan::checkedCanonical() const
{
    std::vector<StepMember> members{{u"steps"_s, m_steps}};
    if (!m_finally.isEmpty())
        members.push_back({u"finally"_s, m_finally});
    QByteArray text;
    if (const auto appended = appendWithSteps(text, headJson(), members); !appended)
        return appended.error();
    return text;
}

QByteArray Plan::canonical() const
{
    const auto text = checkedCanonical();
    Q_ASSERT_X(text, "Plan::canonical", "a value that JSON cannot hold");
    return text ? *text : QByteArray();
}

} // namespace engine
