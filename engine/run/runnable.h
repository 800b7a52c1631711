#pragma once

#include "engine/plan/plan.h"

namespace engine {

/// Fails with Unsupported, naming each of them, where a plan needs what this engine cannot do yet. A run that
/// left such a thing out would do something else than the plan says. Fails with Conflict, naming the policy,
/// where one is decided by a policy server and the engine knows none.
Result<> checkRunnable(const Plan &plan, bool hasPolicyServer);

} // namespace engine
