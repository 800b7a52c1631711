#pragma once

#include "engine/api/values.h"

namespace cli {

/// "12:00:01.250 collect  text", with "!" before what went to standard error and "?" where bytes were not
/// UTF-8.
QString logText(const engine::LogLine &line);

} // namespace cli
