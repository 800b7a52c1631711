#pragma once

#include "app/cli/commands.h"
#include "engine/plan/plan.h"

namespace cli {

/// Plans the pack of the command line. Pure: planning needs no data directory, so it opens no service.
engine::Result<engine::Plan> planOf(const Options &options);

/// What --diff names: a file with a plan as `plan --canonical` or `plan --format json` prints it, at most
/// Plan::MaxBytes long; or a pack, planned with those of the inputs that it has.
///
/// Fails with NotFound, Io, or InvalidInput at the file.
engine::Result<engine::Plan> readOldPlan(const Options &options);

} // namespace cli
