#pragma once

#include "engine/api/values.h"

namespace ui {

/// A log message without its colour sequences (ECMA-48 SGR, "ESC [ ... m") and line clearing (EL, "ESC [ ...
/// K"), otherwise as safeText(): other control characters stay visible as tokens.
QString logText(const QString &message);

enum class TimeShown { Off, Local, Utc };

/// "10:05:00.123", in UTC with a "Z" at its end; empty when off.
QString logTime(engine::Timestamp time, TimeShown shown);

/// A short word for what kind of line it is: "debug", "warn", "error", "engine", or nothing for plain output.
/// What a step writes to its error output is stored as "warn".
QString logMark(const engine::LogLine &line);

} // namespace ui
