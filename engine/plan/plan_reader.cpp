#include "engine/plan/plan_reader.h"

#include "engine/base/json.h"
#include "engine/pack/egress.h"
#include "engine/pack/expression/template.h"
#include "engine/plan/plan_values.h"

#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace engine {

QString PlanReader::readId(JsonMembers &members, const QString &name)
{
    static const QRegularExpression form(u"\\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\z"_s);
    const QString id = members.text(name);
    if (!members.failed() && !form.match(id).hasMatch())
        members.failAt(name, u"\"%1\" is not an id; expected a to z, 0 to 9 and \"-\" inside"_s.arg(id));
    return id;
}

// NOLINTNEXTLINE(misc-no-recursion): the parser's limit on depth
void PlanReader::checkTemplates(JsonMembers &members, const QJsonValue &value, const QString &path)
{
    if (value.isString()) {
        const QString text = value.toString();
        if (!text.contains("{{"_L1))
            return;
        if (const auto parsed = Template::parse(text); !parsed)
            members.fail(path, parsed.error().message);
    } else if (value.isDouble() && !isPlanForm(value)) {
        members.fail(path, u"the number %1 stands in a plan as text"_s.arg(
                               QString::fromLatin1(es6Number(value.toDouble()))));
    } else if (value.isArray()) {
        const QJsonArray array = value.toArray();
        for (qsizetype i = 0; i < array.size() && !problem; ++i)
            checkTemplates(members, array.at(i), path + u'/' + QString::number(i));
    } else if (value.isObject()) {
        const QJsonObject object = value.toObject();
        for (auto member = object.begin(); member != object.end() && !problem; ++member)
            checkTemplates(members, member.value(), path + u'/' + pointerToken(member.key()));
    }
}

QString PlanReader::readTemplate(JsonMembers &members, const QString &name, JsonMembers::Need need)
{
    const QString text = members.text(name, need);
    checkTemplates(members, text, members.pathOf(name));
    return text;
}

QJsonObject PlanReader::readTemplates(JsonMembers &members, const QString &name)
{
    const QJsonObject object = members.object(name);
    checkTemplates(members, object, members.pathOf(name));
    return object;
}

QList<ApprovalSpec> PlanReader::readApprovals(JsonMembers &plan)
{
    return readList(plan, u"approvals"_s, JsonMembers::Optional, &ApprovalSpec::id,
                    [this](const QJsonObject &json, const QString &at) { return readApproval(json, at); });
}

QList<PolicySpec> PlanReader::readPolicies(JsonMembers &plan)
{
    return readList(plan, u"policies"_s, JsonMembers::Optional, &PolicySpec::id,
                    [this](const QJsonObject &json, const QString &at) { return readPolicy(json, at); });
}

QList<RunOutputSpec> PlanReader::readOutputs(JsonMembers &plan)
{
    return readList(plan, u"outputs"_s, JsonMembers::Optional, &RunOutputSpec::name,
                    [this](const QJsonObject &json, const QString &at) { return readOutput(json, at); });
}

ApprovalSpec PlanReader::readApproval(const QJsonObject &json, const QString &path)
{
    JsonMembers members(json, path, problem);
    ApprovalSpec approval;
    approval.id = readId(members, u"id"_s);
    approval.required = members.integer(u"required"_s, 1);
    approval.approvers = members.texts(u"approvers"_s);
    approval.allowSelfApproval = members.flag(u"allowSelfApproval"_s, JsonMembers::Required);
    approval.expiresAfter = members.duration(u"expiresAfter"_s).value_or(approval.expiresAfter);
    approval.requireReason = members.flag(u"requireReason"_s, JsonMembers::Required);
    approval.title = members.text(u"title"_s, JsonMembers::Optional);
    approval.reasonTemplate = readTemplate(members, u"reasonTemplate"_s, JsonMembers::Optional);
    members.refuseTheRest();
    return approval;
}

PolicySpec PlanReader::readPolicy(const QJsonObject &json, const QString &path)
{
    JsonMembers members(json, path, problem);
    PolicySpec policy;
    policy.id = readId(members, u"id"_s);
    policy.engine = readChoice(members, u"engine"_s, {PolicyEngine::Rules, PolicyEngine::Opa});
    if (policy.engine == PolicyEngine::Opa)
        policy.path = members.text(u"path"_s);
    else
        policy.rules =
            readList(members, u"rules"_s, JsonMembers::Required, &PolicyRule::id,
                     [this](const QJsonObject &rule, const QString &at) { return readRule(rule, at); });
    members.refuseTheRest();
    return policy;
}

PolicyRule PlanReader::readRule(const QJsonObject &json, const QString &path)
{
    JsonMembers members(json, path, problem);
    PolicyRule rule;
    rule.id = readId(members, u"id"_s);
    rule.deny = readTemplate(members, u"deny"_s, JsonMembers::Required);
    rule.message = readTemplate(members, u"message"_s, JsonMembers::Optional);
    members.refuseTheRest();
    return rule;
}

RunOutputSpec PlanReader::readOutput(const QJsonObject &json, const QString &path)
{
    JsonMembers members(json, path, problem);
    RunOutputSpec output{members.text(u"name"_s), readTemplate(members, u"value"_s, JsonMembers::Optional),
                         readTemplate(members, u"file"_s, JsonMembers::Optional)};
    if (output.value.isEmpty() == output.file.isEmpty())
        members.fail(path, u"expected exactly one of value and file"_s);
    members.refuseTheRest();
    return output;
}

QJsonObject PlanReader::readInputs(JsonMembers &plan)
{
    const QJsonObject inputs = plan.object(u"inputs"_s, JsonMembers::Required);
    for (auto input = inputs.begin(); input != inputs.end(); ++input) {
        if (!isPlanForm(input.value()))
            plan.fail(plan.pathOf(u"inputs"_s) + u'/' + pointerToken(input.key()),
                      u"a number that a plan holds as text"_s);
    }
    return inputs;
}

QList<SecretSpec> PlanReader::readSecrets(JsonMembers &plan)
{
    QList<SecretSpec> secrets;
    const QStringList names = plan.texts(u"secrets"_s);
    const QJsonObject rules = plan.object(u"secretRules"_s);
    JsonMembers ruleMembers(rules, plan.pathOf(u"secretRules"_s), problem);
    for (const QString &name : names) {
        SecretSpec secret;
        secret.name = name;
        if (rules.contains(name)) {
            JsonMembers rule(ruleMembers.object(name), ruleMembers.pathOf(name), problem);
            secret.required = !rule.flag(u"optional"_s);
            secret.allowShort = rule.flag(u"allowShort"_s);
            rule.refuseTheRest();
        }
        secrets += secret;
    }
    if (QSet<QString>(names.begin(), names.end()).size() != names.size())
        plan.failAt(u"secrets"_s, u"a name stands twice"_s);
    ruleMembers.refuseTheRest();
    return secrets;
}

EgressRule PlanReader::readEgressRule(const QJsonObject &json, const QString &path)
{
    JsonMembers members(json, path, problem);
    EgressRule rule{members.text(u"host"_s), members.integer(u"port"_s, 1, JsonMembers::Required, 65535)};
    if (const auto normal = normalHost(rule.host); !members.failed() && (!normal || *normal != rule.host))
        members.failAt(u"host"_s, u"\"%1\" is not a host as a plan writes it"_s.arg(rule.host));
    members.refuseTheRest();
    return rule;
}

SandboxSpec PlanReader::readSandbox(JsonMembers &plan)
{
    JsonMembers members(plan.object(u"sandbox"_s, JsonMembers::Required), plan.pathOf(u"sandbox"_s), problem);
    SandboxSpec sandbox;
    sandbox.mode = readChoice(members, u"mode"_s, {SandboxMode::Open, SandboxMode::Sealed});
    sandbox.egress =
        readList(members, u"egress"_s, JsonMembers::Optional, static_cast<QString EgressRule::*>(nullptr),
                 [this](const QJsonObject &json, const QString &at) { return readEgressRule(json, at); });
    const QString onViolation = members.text(u"onViolation"_s, JsonMembers::Optional);
    sandbox.recordViolations = !onViolation.isEmpty();
    if (sandbox.recordViolations && onViolation != u"record"_s)
        members.failAt(u"onViolation"_s, u"\"%1\" is not one of record"_s.arg(onViolation));
    members.refuseTheRest();
    return sandbox;
}

/// The deepest plan: MaxNesting steps, each in a list, around a value.
static constexpr int maxPlanDepth = 2 * (Plan::MaxNesting + 2) + maxValueDepth;

Result<Plan> Plan::parse(QByteArrayView canonical)
{
    const auto json = parseJsonObject(canonical, {},
                                      {.maxBytes = MaxBytes, .maxDepth = maxPlanDepth, .maxNodes = MaxBytes});
    if (!json)
        return json.error();

    PlanReader reader;
    JsonMembers members(*json, {}, reader.problem);
    const QString schema = members.text(u"schema"_s);
    if (schema != u"stellaops.plan/v1"_s)
        members.failAt(u"schema"_s, u"\"%1\" is not one of stellaops.plan/v1"_s.arg(schema));
    JsonMembers pack(members.object(u"pack"_s, JsonMembers::Required), u"/pack"_s, reader.problem);
    Plan plan;
    plan.m_packName = pack.text(u"name"_s);
    plan.m_packVersion = pack.text(u"version"_s);
    plan.m_packDigest = pack.text(u"digest"_s);
    pack.refuseTheRest();
    plan.m_inputs = reader.readInputs(members);
    plan.m_secrets = reader.readSecrets(members);
    plan.m_sandbox = reader.readSandbox(members);
    reader.approvals = plan.m_approvals = reader.readApprovals(members);
    reader.policies = plan.m_policies = reader.readPolicies(members);
    plan.m_steps = reader.readSteps(members);
    plan.m_finally = reader.readFinally(members);
    plan.m_outputs = reader.readOutputs(members);
    members.refuseTheRest();
    if (reader.problem)
        return *reader.problem;
    if (plan.canonical() != canonical)
        return invalid(u"the text is not the canonical form of its plan"_s);
    plan.setHash(canonical);
    return plan;
}

} // namespace engine
