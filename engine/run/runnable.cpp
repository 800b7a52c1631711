#include "engine/run/runnable.h"

#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

// NOLINTNEXTLINE(misc-no-recursion): over the steps of a plan, nested at most Plan::MaxNesting levels
static void collect(const Plan &plan, const QList<PlanStep> &steps, QSet<QString> &missing)
{
    for (const PlanStep &step : steps) {
        if (step.skip)
            continue;
        collect(plan, step.children, missing);
        if (step.kind == StepKind::Policy) {
            const PolicySpec *policy = plan.policy(step.gate);
            if (policy && policy->engine == PolicyEngine::Opa)
                missing += u"policies of the engine opa"_s;
        }
        if (step.kind != StepKind::Run)
            continue;
        if (std::any_of(step.run.outputs.begin(), step.run.outputs.end(),
                        [](const StepOutputSpec &output) { return output.secret; }))
            missing += u"secret outputs"_s;
    }
}

Result<> checkRunnable(const Plan &plan)
{
    QSet<QString> missing;
    collect(plan, plan.steps(), missing);
    if (!plan.secrets().isEmpty())
        missing += u"secrets"_s;
    collect(plan, plan.finally(), missing);
    if (plan.sandbox().mode == SandboxMode::Sealed)
        missing += u"sealed mode"_s;
    if (missing.isEmpty())
        return {};
    QStringList names = missing.values();
    names.sort();
    return Error{
        ErrorCode::Unsupported,
        u"this version plans such a pack, but cannot run it yet; it lacks %1"_s.arg(names.join(u", "_s)),
        {},
        {}};
}

} // namespace engine
