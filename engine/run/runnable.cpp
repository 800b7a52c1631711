#include "engine/run/runnable.h"

#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// What the steps of a plan ask of the engine.
struct Needs
{
    QSet<QString> missing{};
    QStringList policies{}; ///< Those of the policy server.
};

// NOLINTNEXTLINE(misc-no-recursion): over the steps of a plan, nested at most Plan::MaxNesting levels
void collect(const Plan &plan, const QList<PlanStep> &steps, Needs &needs)
{
    for (const PlanStep &step : steps) {
        if (step.skip)
            continue;
        collect(plan, step.children, needs);
        if (step.kind == StepKind::Policy) {
            const PolicySpec *policy = plan.policy(step.gate);
            if (policy && policy->engine == PolicyEngine::Opa)
                needs.policies += policy->id;
        }
        if (step.kind == StepKind::Run
            && std::any_of(step.run.outputs.begin(), step.run.outputs.end(),
                           [](const StepOutputSpec &output) { return output.secret; }))
            needs.missing += u"secret outputs"_s;
    }
}

} // namespace

Result<> checkRunnable(const Plan &plan, bool hasPolicyServer)
{
    Needs needs;
    collect(plan, plan.steps(), needs);
    collect(plan, plan.finally(), needs);
    if (!plan.secrets().isEmpty())
        needs.missing += u"secrets"_s;
    if (plan.sandbox().mode == SandboxMode::Sealed)
        needs.missing += u"sealed mode"_s;
    if (!needs.missing.isEmpty()) {
        QStringList names = needs.missing.values();
        names.sort();
        return Error{
            ErrorCode::Unsupported,
            u"this version plans such a pack, but cannot run it yet; it lacks %1"_s.arg(names.join(u", "_s)),
            {},
            {}};
    }
    if (!needs.policies.isEmpty() && !hasPolicyServer)
        return Error{ErrorCode::Conflict,
                     u"a policy server decides policy \"%1\", and none is configured; name one with "
                     u"--policy-server or in TASKRUNNER_POLICY_SERVER"_s.arg(needs.policies.first()),
                     {},
                     {}};
    return {};
}

} // namespace engine
