#pragma once

#include "app/cli/commands.h"
#include "engine/base/result.h"

namespace cli {

enum class Format { Text, Json, Dot, Mermaid };

/// What --format and --json say together; InvalidInput when they exclude each other.
engine::Result<Format> formatOf(const Options &options);

} // namespace cli
