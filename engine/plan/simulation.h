#pragma once

#include "engine/plan/plan.h"

namespace engine {

enum class SimulatedOutcome {
    WouldRun,
    WouldSkip,
    WaitsForApproval,
    PolicyAllows,
    PolicyDenies,
    DecidedAtRunTime, ///< A `when`, the items of a map or a policy that depends on step results.
};

QString toString(SimulatedOutcome outcome); ///< "would-run", ...

struct SimulatedStep
{
    QString path{};
    StepKind kind = StepKind::Run;
    SimulatedOutcome outcome = SimulatedOutcome::WouldRun;
    QString reason{}; ///< Why, in one sentence; for an approval: who, how long, quorum.
    int wave = 0;     ///< From 1: steps of one wave may run side by side; 0 for what does not run.

    bool operator==(const SimulatedStep &) const = default;
};

/// What would happen, computed from the plan alone: byte for byte the same for the same plan.
struct Simulation
{
    QString planHash{};
    QList<SimulatedStep> steps{}; ///< In plan order, containers included.
    int waves = 0;
    int approvals = 0; ///< How many gates would wait for people.

    QString toText() const;
    QJsonObject toJson() const;
    bool operator==(const Simulation &) const = default;
};

Simulation simulate(const Plan &plan);

} // namespace engine
