#include "engine/pack/reader/declaration_reader.h"
#include "engine/pack/reader/names.h"

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
        problems.add(*reader.find(u"approvers"),
                     u"%1 must approve, but only %2 may"_s.arg(required).arg(approvers.size()));
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
    approval.required = reader.integer(u"required", approval.required, 1);
    approval.approvers = readApprovers(reader, approval.required, problems);
    approval.allowSelfApproval = reader.boolean(u"allowSelfApproval", false);
    approval.expiresAfter = reader.duration(u"expiresAfter").value_or(approval.expiresAfter);
    approval.requireReason = reader.boolean(u"requireReason", false);
    approval.title = reader.text(u"title").value_or(QString());
    if (const auto reason = reader.find(u"reasonTemplate")) {
        checkTemplate(*reason, context, problems);
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
        checkExpression(*deny, context, problems);
        rule.deny = deny->node->value.toString();
    }
    if (const auto message = reader.find(u"message")) {
        checkTemplate(*message, context, problems);
        rule.message = message->node->value.toString();
    }
    return rule;
}

static PolicySpec readPolicy(const NodeAt &at, const TemplateContext &context, Problems &problems)
{
    const MappingReader reader(at, {u"id"_s, u"engine"_s, u"rules"_s, u"path"_s}, problems);
    PolicySpec policy;
    policy.id = readId(reader, u"id", problems).value_or(QString());
    reader.require(u"engine");
    const auto engineName = reader.choice(u"engine", {u"rules"_s, u"opa"_s});
    if (engineName == u"opa"_s) {
        problems.addUnsupported(*reader.find(u"engine"), u"policy engine \"opa\""_s);
        return policy;
    }
    if (const auto path = reader.find(u"path"); path && engineName)
        problems.add(*path, u"\"path\" belongs to the policy engine opa; expected \"rules\""_s);
    if (!engineName)
        return policy;
    const auto list = reader.require(u"rules");
    if (list && list->node->kind == YamlNode::Kind::List && list->node->items.empty())
        problems.add(*list, u"the list of rules is empty; expected at least one"_s);
    UniqueNames ids(u"rule id"_s);
    reader.forEach(u"rules", [&](const NodeAt &item) {
        policy.rules += readRule(item, context, problems);
        if (!policy.rules.last().id.isEmpty())
            ids.add(policy.rules.last().id, item, problems);
    });
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
