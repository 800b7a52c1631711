#pragma once

#include "engine/plan/plan.h"

namespace engine {

/// What a policy gate would answer. Internal to engine/plan.
struct PolicyForecast
{
    enum Answer { Allows, Denies, Unknown };
    Answer answer = Unknown;
    QString reason{};
};

/// Evaluates the gate's rules when inputs and the planHash alone decide them. Like the run, it allows nothing
/// by accident: a rule that cannot be evaluated, or gives no boolean, denies.
PolicyForecast forecastPolicy(const Plan &plan, const QString &planHash, const PlanStep &gate);

} // namespace engine
