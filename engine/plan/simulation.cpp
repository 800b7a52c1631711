#include "engine/plan/simulation.h"

#include "engine/base/duration.h"
#include "engine/plan/policy_forecast.h"
#include "engine/plan/simulation_needs.h"

#include <QJsonArray>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

QString toString(SimulatedOutcome outcome)
{
    switch (outcome) {
    case SimulatedOutcome::WouldRun: return u"would-run"_s;
    case SimulatedOutcome::WouldSkip: return u"would-skip"_s;
    case SimulatedOutcome::WaitsForApproval: return u"waits-for-approval"_s;
    case SimulatedOutcome::PolicyAllows: return u"policy-allows"_s;
    case SimulatedOutcome::PolicyDenies: return u"policy-denies"_s;
    case SimulatedOutcome::DecidedAtRunTime: return u"decided-at-run-time"_s;
    case SimulatedOutcome::UnknownUntilRun: return u"unknown-until-run"_s;
    }
    Q_UNREACHABLE();
}

QString toString(SecretState state)
{
    switch (state) {
    case SecretState::NoSource: return u"no-source"_s;
    case SecretState::Found: return u"found"_s;
    case SecretState::Missing: return u"missing"_s;
    case SecretState::AskedAtStart: return u"asked-at-start"_s;
    }
    Q_UNREACHABLE();
}

namespace {

QString count(qsizetype number, const QString &thing)
{
    return number == 1 ? u"1 "_s + thing : QString::number(number) + u' ' + thing + u's';
}

QString runReason(const RunSpec &run)
{
    QString reason = run.uses;
    if (run.timeout)
        reason += u", at most "_s + toWords(*run.timeout);
    if (run.retries && run.retries->maxAttempts > 1)
        reason += u", up to %1 attempts"_s.arg(run.retries->maxAttempts);
    return reason;
}

QString spreadReason(const PlanStep &step)
{
    const QString children = count(step.children.size(), step.kind == StepKind::Map ? u"item"_s : u"step"_s);
    if (step.children.size() < 2)
        return children;
    if (step.maxParallel == 0 || step.maxParallel >= step.children.size())
        return children + u" side by side"_s;
    return u"%1, at most %2 at a time"_s.arg(children).arg(step.maxParallel);
}

QString approvalReason(const ApprovalSpec &approval)
{
    const QString who =
        approval.approvers.isEmpty() ? u"those who may approve"_s : approval.approvers.join(u", "_s);
    return u"needs %1 of %2; expires after %3; who submits may%4 approve%5"_s.arg(
        QString::number(approval.required), who, toWords(approval.expiresAfter),
        approval.allowSelfApproval ? QString() : u" not"_s,
        approval.requireReason ? u"; asks for a reason"_s : QString());
}

class Simulator
{
public:
    explicit Simulator(const Plan &plan)
        : m_plan(plan)
        , m_needs(plan.sandbox())
    {
    }

    Simulation run();

private:
    /// What is known of the step that a step stands in, or of those before it.
    struct Outer
    {
        enum State { Runs, MayRun, DoesNotRun };
        State state = Runs;
        QString reason{};
    };
    /// How many waves a step takes, and whether it is certain to fail.
    struct Extent
    {
        int waves = 0;
        bool fails = false;
    };

    Extent walk(const PlanStep &step, const QString &path, int wave, const Outer &outer);
    Extent walkChildren(const PlanStep &step, const QString &path, int wave, const Outer &outer);
    void judge(const PlanStep &step, SimulatedStep &out) const;

    const Plan &m_plan;
    Simulation m_result;
    SimulationNeeds m_needs;
};

Simulation Simulator::run()
{
    m_result.planHash = m_plan.hash();
    int wave = 1;
    Outer before;
    for (const PlanStep &step : m_plan.steps()) {
        const Extent extent = walk(step, childPath({}, step.id), wave, before);
        wave += extent.waves;
        if (extent.fails && before.state == Outer::Runs)
            before = {Outer::DoesNotRun, step.id + u" would fail before it"_s};
    }
    const qsizetype others = m_result.steps.size();
    for (const PlanStep &step : m_plan.finally())
        wave += walk(step, childPath({}, step.id), wave, {}).waves;
    for (qsizetype i = others; i < m_result.steps.size(); ++i)
        m_result.steps[i].isFinally = true;
    m_result.waves = wave - 1;
    m_result.approvals =
        int(std::count_if(m_result.steps.begin(), m_result.steps.end(), [](const SimulatedStep &step) {
            return step.outcome == SimulatedOutcome::WaitsForApproval;
        }));
    m_result.sandbox = m_plan.sandbox();
    m_result.requests = m_needs.requests();
    m_result.modules = m_needs.modules();
    return std::move(m_result);
}

/// The outcome of a step that is reached for certain.
void Simulator::judge(const PlanStep &step, SimulatedStep &out) const
{
    switch (step.kind) {
    case StepKind::Run: out.reason = runReason(step.run); return;
    case StepKind::Parallel: out.reason = spreadReason(step); return;
    case StepKind::Map:
        if (step.expanded) {
            out.reason = spreadReason(step);
            return;
        }
        out.outcome = SimulatedOutcome::UnknownUntilRun;
        out.reason = step.items.isString() ? u"one step for each item of "_s + step.items.toString()
                                           : count(step.items.toArray().size(), u"item"_s);
        return;
    case StepKind::Approval:
        out.outcome = SimulatedOutcome::WaitsForApproval;
        if (const ApprovalSpec *approval = m_plan.approval(step.gate))
            out.reason = approvalReason(*approval);
        return;
    case StepKind::Policy: {
        const PolicyForecast forecast = forecastPolicy(m_plan, m_result.planHash, step);
        out.outcome = forecast.answer == PolicyForecast::Allows   ? SimulatedOutcome::PolicyAllows
                      : forecast.answer == PolicyForecast::Denies ? SimulatedOutcome::PolicyDenies
                                                                  : SimulatedOutcome::DecidedAtRunTime;
        out.reason = forecast.reason;
        if (forecast.answer == PolicyForecast::Denies && step.failActionContinue)
            out.reason += u"; the run goes on"_s;
        return;
    }
    }
}

// NOLINTBEGIN(misc-no-recursion): over the steps of a plan, nested at most Plan::MaxNesting levels

Simulator::Extent Simulator::walk(const PlanStep &step, const QString &path, int wave, const Outer &outer)
{
    SimulatedStep out{path, step.kind, SimulatedOutcome::WouldRun, {}, 0, false};
    Outer inner;
    if (outer.state == Outer::DoesNotRun || step.skip) {
        out.outcome = SimulatedOutcome::WouldSkip;
        out.reason = outer.state == Outer::DoesNotRun ? outer.reason : u"its condition is false"_s;
        inner = {Outer::DoesNotRun, path + u" does not run"_s};
    } else if (outer.state == Outer::MayRun || !step.when.isEmpty()) {
        out.outcome = SimulatedOutcome::UnknownUntilRun;
        out.reason = outer.state == Outer::MayRun ? outer.reason : u"runs when "_s + step.when;
        inner = {Outer::MayRun, u"depends on "_s + path};
    } else {
        judge(step, out);
        if (step.kind == StepKind::Map && !step.expanded)
            inner = {Outer::MayRun, u"once for each item"_s};
    }

    const qsizetype self = m_result.steps.size();
    m_result.steps += out;
    if (step.kind == StepKind::Run && out.outcome != SimulatedOutcome::WouldSkip)
        m_needs.add(path, step.run);
    const bool isContainer = step.kind == StepKind::Parallel || step.kind == StepKind::Map;
    Extent extent;
    if (isContainer) {
        extent = walkChildren(step, path, wave, inner);
    } else if (out.outcome != SimulatedOutcome::WouldSkip) {
        extent.waves = 1;
        extent.fails = out.outcome == SimulatedOutcome::PolicyDenies && !step.failActionContinue;
    }
    if (extent.waves > 0)
        m_result.steps[self].wave = wave;
    extent.fails = extent.fails && !step.continueOnError && out.outcome != SimulatedOutcome::UnknownUntilRun;
    return extent;
}

/// Children share waves, as many at a time as maxParallel allows; the next ones start when those are done.
Simulator::Extent Simulator::walkChildren(const PlanStep &step, const QString &path, int wave,
                                          const Outer &outer)
{
    Extent total;
    int longest = 0; // Of the children that share waves now, and how many they are.
    int together = 0;
    for (qsizetype i = 0; i < step.children.size(); ++i) {
        const Extent extent =
            walk(step.children.at(i), planChildPath(path, step, i), wave + total.waves, outer);
        total.fails = total.fails || extent.fails;
        longest = std::max(longest, extent.waves);
        together += extent.waves > 0 ? 1 : 0;
        if (together == step.maxParallel && together > 0) {
            total.waves += longest;
            longest = together = 0;
        }
    }
    total.waves += longest;
    return total;
}

// NOLINTEND(misc-no-recursion)

} // namespace

Simulation simulate(const Plan &plan, const QMap<QString, SecretFinding> &findings)
{
    Simulation simulation = Simulator(plan).run();
    for (const SecretSpec &secret : plan.secrets())
        simulation.secrets += SimulatedSecret{secret.name, secret.required, findings.value(secret.name)};
    return simulation;
}

} // namespace engine
