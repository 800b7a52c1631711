#include "engine/base/json.h"
#include "engine/run/run_execution_p.h"

using namespace Qt::StringLiterals;

/// The part of RunExecution that begins steps: conditions, maps, and what expressions see.
namespace engine {

namespace {

/// The ids of steps that the templates in a value name.
QStringList stepIdsIn(const QJsonValue &value)
{
    QStringList ids;
    QList<QJsonValue> open{value};
    while (!open.isEmpty()) {
        const QJsonValue current = open.takeLast();
        if (current.isObject()) {
            for (const QJsonValue &member : current.toObject())
                open += member;
        } else if (current.isArray()) {
            for (const QJsonValue &member : current.toArray())
                open += member;
        } else if (const QString text = current.toString(); text.contains(u"{{"_s)) {
            if (const auto parsed = Template::parse(text))
                ids += parsed->stepIds();
        }
    }
    return ids;
}

} // namespace

/// What expressions and policies see of the run itself.
QJsonObject RunExecution::runValue() const
{
    return {{u"id"_s, m_summary.id.value},
            {u"planHash"_s, m_summary.planHash},
            {u"tenant"_s, m_summary.tenant},
            {u"requestedBy"_s, m_summary.requestedBy}};
}

Scope RunExecution::scopeFor(int id, const QJsonValue &templates) const
{
    Scope scope;
    scope.inputs = m_inputs;
    QJsonObject steps;
    for (const QString &stepId : stepIdsIn(templates)) {
        if (const int step = m_tree.visibleStep(id, stepId); step >= 0 && !steps.contains(stepId))
            steps.insert(stepId, m_tree.valueOf(step));
    }
    scope.steps = steps;
    const RunNode &node = m_tree.node(id);
    if (node.index) {
        scope.item = node.item;
        scope.index = node.index;
    }
    scope.run = runValue();
    return scope;
}

Result<QJsonValue> RunExecution::evaluate(int id, const QJsonValue &templates) const
{
    return evaluateAll(templates, scopeFor(id, templates));
}

Result<bool> RunExecution::whenHolds(int id) const
{
    const QString &when = m_tree.node(id).step->when;
    if (when.isEmpty())
        return true;
    const auto value = evaluate(id, when);
    if (!value)
        return value.error();
    if (!value->isBool())
        return invalid(u"\"when\" is not true or false"_s);
    return value->toBool();
}

void RunExecution::activate(int id)
{
    const PlanStep &step = *m_tree.node(id).step;
    const bool isContainer = step.kind == StepKind::Parallel || step.kind == StepKind::Map;
    if (isContainer && m_ranBefore.remove(m_tree.node(id).path) && !m_tree.isBelowFinally(id))
        return m_tree.beginContainer(id); // What decided that it runs is behind it.
    const auto runs = step.skip ? Result<bool>(false) : whenHolds(id);
    if (!runs)
        return m_tree.finish(id, StepState::Failed, runs.error().message);
    if (!*runs)
        return m_tree.finish(id, StepState::Skipped);
    switch (step.kind) {
    case StepKind::Run: makeReady(id); break;
    case StepKind::Parallel: m_tree.beginContainer(id); break;
    case StepKind::Map:
        if (step.expanded)
            m_tree.beginContainer(id);
        else
            expandMap(id);
        break;
    case StepKind::Approval: openGate(id); break;
    case StepKind::Policy: decidePolicy(id); break;
    }
}

std::set<int> &RunExecution::readyOf(int id)
{
    return m_tree.node(id).step->run.uses == "builtin:http"_L1 ? m_readyRequests : m_ready;
}

void RunExecution::makeReady(int id)
{
    m_tree.setState(id, StepState::Ready);
    readyOf(id).insert(id);
}

void RunExecution::expandMap(int id)
{
    constexpr qsizetype maxItems = 100'000;
    const auto items = evaluate(id, m_tree.node(id).step->items);
    if (!items)
        return m_tree.finish(id, StepState::Failed, items.error().message);
    if (!items->isArray())
        return m_tree.finish(id, StepState::Failed, u"\"items\" is not an array"_s);
    const QJsonArray list = items->toArray();
    if (list.size() > maxItems)
        return m_tree.finish(
            id, StepState::Failed,
            u"\"items\" has %1 entries; at most %2 can be run"_s.arg(list.size()).arg(maxItems));
    if (const auto expanded = m_tree.expand(id, list); !expanded)
        return m_tree.finish(id, StepState::Failed, expanded.error().message);
    m_expandedMaps = true;
    wordStepChanges(false);
    addEvent(u"map-expanded"_s, id, {{u"count"_s, list.size()}, {u"items"_s, list}});
    m_tree.beginContainer(id);
}

Result<QJsonObject> RunExecution::runOutputs() const
{
    QJsonObject outputs;
    for (const RunOutputSpec &spec : m_plan.outputs()) {
        const QString &source = spec.file.isEmpty() ? spec.value : spec.file;
        const auto value = evaluate(RunTree::root, source);
        if (!value)
            return invalid(u"output \"%1\": %2"_s.arg(spec.name, value.error().message));
        QJsonValue result = *value;
        if (!spec.file.isEmpty()) {
            QJsonObject file = value->toObject();
            if (!file.contains(u"sha256"_s))
                return invalid(u"output \"%1\" is not an artifact"_s.arg(spec.name));
            file.remove(u"path"_s); // Where it is kept is no part of what it is.
            result = QJsonObject{{u"file"_s, file}};
        }
        outputs.insert(spec.name, result);
    }
    return outputs;
}

} // namespace engine
