#pragma once

#include "engine/pack/reader/pack_context.h"
#include "engine/pack/reader/template_check.h"

namespace engine {

/// Every step id written below a list of steps, well formed or not.
QSet<QString> allStepIds(const YamlNode &steps);

/// Reads a list of steps: a pack's own or those of a parallel.
/// @param context  as the list's place in the pack gives it; the list adds a level
/// @param nesting  how many parallel and map steps enclose the list; at most 8
QList<StepSpec> readSteps(const NodeAt &list, const TemplateContext &context, const PackContext &pack,
                          bool sideBySide, int nesting, Problems &problems);

/// Reads the run steps that follow the others whatever becomes of them.
/// @param context  with the level of the pack's own steps, all of them done
QList<StepSpec> readFinally(const NodeAt &list, const TemplateContext &context, const PackContext &pack,
                            Problems &problems);

} // namespace engine
