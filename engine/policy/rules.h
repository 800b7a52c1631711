#pragma once

#include "engine/pack/expression/template.h"
#include "engine/pack/manifest.h"
#include "engine/record/gate_record.h"

namespace engine {

/// Evaluates a policy's rules. A rule that cannot be evaluated, or yields no boolean, denies and says why:
/// nothing is allowed by accident. Pure.
///
/// @param scope  everything known in the run; its `input` is what the gate gives
QList<PolicyDenial> evaluateRules(const PolicySpec &policy, const Scope &scope);

} // namespace engine
