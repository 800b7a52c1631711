#pragma once

#include "engine/plan/view/plan_difference.h"

/// One change as a sentence. Internal to engine/plan.
namespace engine {

/// "items/3" of an expanded map, whose items have no name of their own, or what is below it.
bool isItem(const PlanChange &change);

/// `step "build": timeout changed from PT5M to PT10M`; more lines, indented, show how a long text or list
/// differs. Printable, without a line feed at the end.
QString changeText(const PlanChange &change);

} // namespace engine
