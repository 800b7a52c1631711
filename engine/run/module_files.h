#pragma once

#include "engine/plan/plan.h"
#include "engine/run/run_folder.h"

namespace engine {

/// The pack's own modules that the steps of a plan use, each once, sorted by name; without commands.
QList<ModuleUse> usedModules(const Plan &plan);

/// Copies a module of a pack to where the run uses it, and proves that what arrived is what was planned.
/// Fails with Io, or with Conflict when the module is no longer the one that was planned.
///
/// @param packFolder  where the files of the pack stand
/// Thread: any.
Result<> stageModule(const QString &packFolder, const ModuleUse &module, const RunFolder &run);

} // namespace engine
