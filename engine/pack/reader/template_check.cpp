#include "engine/pack/reader/template_check.h"

#include "engine/base/nearest_name.h"
#include "engine/pack/reader/mapping_reader.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

/// Why the step id cannot be named; empty when it can.
static QString whyNotVisible(const QString &id, const TemplateContext &context)
{
    QString reason;
    QStringList visible;
    for (qsizetype i = context.levels.size() - 1; i >= 0; --i) {
        const StepLevel &level = context.levels[i];
        if (!level.sideBySide)
            visible += level.siblings.first(level.position);
        const qsizetype at = level.siblings.indexOf(id);
        if (at < 0 || !reason.isEmpty())
            continue;
        if (at == level.position)
            reason = i == context.levels.size() - 1
                         ? u"step \"%1\" is this step itself"_s
                         : u"step \"%1\" encloses this step and has no results yet"_s;
        else if (level.sideBySide)
            reason = u"step \"%1\" runs side by side with this step"_s;
        else if (at > level.position)
            reason = u"step \"%1\" comes later"_s;
    }
    if (visible.contains(id))
        return {};
    if (reason.isEmpty() && context.allSteps.contains(id))
        reason = u"step \"%1\" stands inside another step and is not visible here"_s;
    return reason.isEmpty() ? u"unknown step \"%1\"%2"_s.arg(id, didYouMean(id, visible)) : reason.arg(id);
}

static void checkRoots(const Template &parsed, const NodeAt &at, const TemplateContext &context,
                       Problems &problems)
{
    const QSet<QString> roots = parsed.roots();
    for (const QString &name : {u"item"_s, u"index"_s}) {
        if (roots.contains(name) && !context.inMap)
            problems.add(at, u"\"%1\" exists only inside the step of a map"_s.arg(name));
    }
    if (roots.contains(u"input"_s) && !context.inRule)
        problems.add(at, u"\"input\" exists only in the rules of a policy; did you mean \"inputs\"?"_s);
}

std::optional<Template> checkTemplate(const NodeAt &at, const TemplateContext &context, Problems &problems)
{
    const auto text = textOf(at, problems);
    if (!text)
        return {};
    SourcePos where = problems.positionOf(at);
    where.column = at.node->textColumn;
    const auto parsed = Template::parse(*text, where);
    if (!parsed) {
        // Inside a folded or escaped text the column is not known; the text's own is then the best there is.
        const int column = where.column > 0 ? parsed.error().where.column : at.node->mark.column;
        problems.addAt({at.node->mark.line, column}, at.path, parsed.error().message, parsed.error().code);
        return {};
    }
    checkRoots(*parsed, at, context, problems);
    for (const QString &name : parsed->inputNames()) {
        if (context.inputs.contains(name))
            continue;
        const QString hint =
            context.inputs.isEmpty() ? u"; the pack declares no inputs"_s : didYouMean(name, context.inputs);
        problems.add(at, u"unknown input \"%1\"%2"_s.arg(name, hint));
    }
    for (const QString &id : parsed->stepIds()) {
        if (const QString reason = whyNotVisible(id, context); !reason.isEmpty())
            problems.add(at, reason);
    }
    return *parsed;
}

void checkExpression(const NodeAt &at, const TemplateContext &context, Problems &problems)
{
    const bool isText = at.node->kind == YamlNode::Kind::String;
    const auto parsed = isText ? checkTemplate(at, context, problems) : std::nullopt;
    if (!isText || (parsed && parsed->isLiteral()))
        expected(at, u"an expression in {{ }}"_s, problems);
}

// NOLINTNEXTLINE(misc-no-recursion): the reader bounds the depth
void checkTemplates(const NodeAt &at, const TemplateContext &context, Problems &problems)
{
    switch (at.node->kind) {
    case YamlNode::Kind::Null:
    case YamlNode::Kind::Boolean:
    case YamlNode::Kind::Number: return;
    case YamlNode::Kind::String: checkTemplate(at, context, problems); return;
    case YamlNode::Kind::List:
        for (size_t i = 0; i < at.node->items.size(); ++i)
            checkTemplates(at.item(i), context, problems);
        return;
    case YamlNode::Kind::Mapping:
        for (const YamlMember &member : at.node->members)
            checkTemplates(at.member(member), context, problems);
        return;
    }
}

} // namespace engine
