#pragma once

#include "engine/pack/manifest.h"

namespace engine {

/// Reads and checks a module that stands alone: a folder with a module.yaml, called as the module is. Its
/// digest is the one it has in its pack.
///
/// Fails with NotFound, Io, or InvalidInput that carries every problem as a cause.
///
/// Thread: any; touches only the folder.
Result<ModuleSpec> readModuleFolder(const QString &folder);

} // namespace engine
