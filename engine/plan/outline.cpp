#include "engine/plan/outline.h"

#include <algorithm>

namespace engine {

/// Items of the maps that a run expanded, by the map's path.
using Expansions = QHash<QString, QJsonArray>;

// NOLINTNEXTLINE(misc-no-recursion): over the steps of a plan, nested at most Plan::MaxNesting levels
static void append(Outline &outline, const PlanStep &step, const QString &path, int parent, bool isTemplate,
                   const Expansions &expansions = {})
{
    const int self = int(outline.size());
    const int depth = parent < 0 ? 0 : outline.at(parent).depth + 1;
    outline += OutlineNode{path,  step.id,   step.name,  step.kind,        parent,
                           depth, step.skip, isTemplate, stepDetail(step), false};
    const bool holdsTemplate = step.kind == StepKind::Map && !step.expanded;
    const auto items = holdsTemplate ? expansions.constFind(path) : expansions.cend();
    if (items != expansions.cend()) {
        for (int i = 0; i < int(items->size()); ++i) {
            if (const auto child = expandTemplate(step.children.first(), items->at(i), i))
                append(outline, *child, mapChildPath(path, i, child->id), self, isTemplate, expansions);
        }
        return;
    }
    for (qsizetype i = 0; i < step.children.size(); ++i)
        append(outline, step.children.at(i), planChildPath(path, step, i), self, isTemplate || holdsTemplate,
               expansions);
}

Outline outlineOf(const Plan &plan, const Expansions &expansions)
{
    Outline outline;
    for (const PlanStep &step : plan.steps())
        append(outline, step, childPath({}, step.id), -1, false, expansions);
    for (const PlanStep &step : plan.finally()) {
        append(outline, step, childPath({}, step.id), -1, false, expansions);
        outline.last().isFinally = true;
    }
    return outline;
}

// NOLINTNEXTLINE(misc-no-recursion): over the steps of a plan, nested at most Plan::MaxNesting levels
static bool holdsGate(const PlanStep &step)
{
    if (step.skip)
        return false;
    if (step.kind == StepKind::Approval)
        return true;
    return std::any_of(step.children.begin(), step.children.end(), holdsGate);
}

Outline stepsAfter(const Plan &plan, const QString &path)
{
    // Only the steps of the plan itself follow each other; what a parallel or map holds runs side by side, so
    // nothing in it waits for a gate in it.
    const auto isEnd = [](QChar letter) { return letter == u'/' || letter == u'['; };
    const QString top(path.constData(), std::find_if(path.begin(), path.end(), isEnd) - path.begin());
    const QList<PlanStep> &steps = plan.steps();
    auto next =
        std::find_if(steps.begin(), steps.end(), [&top](const PlanStep &step) { return step.id == top; });
    Outline outline;
    if (next == steps.end())
        return outline;
    for (++next; next != steps.end(); ++next) {
        if (!next->skip)
            append(outline, *next, childPath({}, next->id), -1, false);
        if (holdsGate(*next))
            break;
    }
    return outline;
}

} // namespace engine
