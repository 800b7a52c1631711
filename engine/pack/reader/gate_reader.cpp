#include "engine/pack/reader/declaration_reader.h"
#include "engine/pack/reader/names.h"

#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

static QStringList readApprovers(const MappingReader &reader, int required, Problems &problems)
{
    QStringList approvers;
    UniqueNames names(u"approver"_s);
    reader.forEach(u"approvers", [&](const NodeAt &item) {
        const auto text = nonEmptyTextOf(item, problems);
        if (!text)
            return;
        const QString name = text->section(u':', 1);
        if ((!text->startsWith("user:"_L1) && !text->startsWith("role:"_L1)) || name.isEmpty()
            || name != name.trimmed())
            problems.add(item,
                         u"\"%1\" is not an approver; expected \"user:NAME\" or \"role:NAME\""_s.arg(*text));
        else
            names.add(*text, item, problems);
        approvers += *text;
    });
    const auto isUser = [](const QString &approver) { return approver.startsWith("user:"_L1); };
    if (!approvers.isEmpty() && approvers.size() < required
        && std::all_of(approvers.begin(), approvers.end(), isUser))
        problems.add(
            *reader.find(u"approvers"),
            u"%1 must approve, but only %2 may; expected more approvers or a role"_s.arg(required).arg(
                approvers.size()));
    return approvers;
}

static ApprovalSpec readApproval(const NodeAt &at, const TemplateContext &context, Problems &problems)
{
    const MappingReader reader(at,
                               {u"id"_s, u"required"_s, u"approvers"_s, u"allowSelfApproval"_s,
                                u"expiresAfter"_s, u"requireReason"_s, u"title"_s, u"reasonTemplate"_s},
                               problems);
    ApprovalSpec approval;
    approval.id = readId(reader, u"id", problems).value_or(QString());
    approval.required = reader.integer(u"required", approval.required, 1, int(maxEntries));
    approval.approvers = readApprovers(reader, approval.required, problems);
    approval.allowSelfApproval = reader.boolean(u"allowSelfApproval", false);
    approval.expiresAfter = reader.duration(u"expiresAfter").value_or(approval.expiresAfter);
    approval.requireReason = reader.boolean(u"requireReason", false);
    approval.title = reader.text(u"title").value_or(QString());
    if (const auto reason = reader.find(u"reasonTemplate")) {
        checkTemplate(*reason, context, openPlace(u"reasonTemplate"_s), problems);
        approval.reasonTemplate = reason->node->value.toString();
    }
    return approval;
}

QList<ApprovalSpec> readApprovals(const MappingReader &spec, const TemplateContext &context,
                                  Problems &problems)
{
    QList<ApprovalSpec> approvals;
    UniqueNames ids(u"approval id"_s);
    spec.forEach(u"approvals", [&](const NodeAt &item) {
        approvals += readApproval(item, context, problems);
        if (!approvals.last().id.isEmpty())
            ids.add(approvals.last().id, item, problems);
    });
    return approvals;
}

static PolicyRule readRule(const NodeAt &at, const TemplateContext &context, Problems &problems)
{
    const MappingReader reader(at, {u"id"_s, u"deny"_s, u"message"_s}, problems);
    PolicyRule rule;
    rule.id = readId(reader, u"id", problems).value_or(QString());
    if (const auto deny = reader.require(u"deny")) {
        checkExpression(*deny, context, openPlace(u"deny"_s, expr::Boolean), problems);
        rule.deny = deny->node->value.toString();
    }
    if (const auto message = reader.find(u"message")) {
        checkTemplate(*message, context, openPlace(u"message"_s), problems);
        rule.message = message->node->value.toString();
    }
    return rule;
}

static void readRules(const MappingReader &reader, const TemplateContext &context, PolicySpec &policy,
                      Problems &problems)
{
    if (const auto path = reader.find(u"path"))
        problems.add(*path, u"\"path\" belongs to the policy engine opa; expected \"rules\""_s);
    const auto list = reader.require(u"rules");
    if (list && list->node->kind == YamlNode::Kind::List && list->node->items.empty())
        problems.add(*list, u"the list of rules is empty; expected at least one"_s);
    UniqueNames ids(u"rule id"_s);
    reader.forEach(u"rules", [&](const NodeAt &item) {
        policy.rules += readRule(item, context, problems);
        if (!policy.rules.last().id.isEmpty())
            ids.add(policy.rules.last().id, item, problems);
    });
}

/// The OPA Data API addresses a document by its path below /v1/data/.
static void readOpa(const MappingReader &reader, PolicySpec &policy, Problems &problems)
{
    static const QRegularExpression form(
        u"\\A[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*\\z"_s);
    if (const auto rules = reader.find(u"rules"))
        problems.add(*rules, u"\"rules\" belong to the policy engine rules; expected \"path\""_s);
    const auto path = reader.requiredText(u"path");
    if (path && !form.match(*path).hasMatch())
        problems.add(
            *reader.find(u"path"),
            u"\"%1\" is not the path of an OPA document; expected one such as packs/release/allow"_s.arg(
                *path));
    policy.engine = PolicyEngine::Opa;
    policy.path = path.value_or(QString());
}

static PolicySpec readPolicy(const NodeAt &at, const TemplateContext &context, Problems &problems)
{
    const MappingReader reader(at, {u"id"_s, u"engine"_s, u"rules"_s, u"path"_s}, problems);
    PolicySpec policy;
    policy.id = readId(reader, u"id", problems).value_or(QString());
    reader.require(u"engine");
    const auto engineName =
        reader.choice(u"engine", {toString(PolicyEngine::Rules), toString(PolicyEngine::Opa)});
    if (engineName == toString(PolicyEngine::Opa))
        readOpa(reader, policy, problems);
    else if (engineName)
        readRules(reader, context, policy, problems);
    return policy;
}

QList<PolicySpec> readPolicies(const MappingReader &spec, const TemplateContext &context, Problems &problems)
{
    QList<PolicySpec> policies;
    UniqueNames ids(u"policy id"_s);
    spec.forEach(u"policies", [&](const NodeAt &item) {
        policies += readPolicy(item, context, problems);
        if (!policies.last().id.isEmpty())
            ids.add(policies.last().id, item, problems);
    });
    return policies;
}

} // namespace engine
