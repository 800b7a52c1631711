#pragma once

#include "engine/base/result.h"

#include <chrono>

namespace engine {

/// Reads an ISO 8601 duration of days, hours, minutes and seconds: "PT4H", "P1DT12H", "PT1.5S".
/// Years, months, weeks, signs and zero-length text are refused; at most 10 000 days.
Result<std::chrono::milliseconds> parseDuration(const QString &text);

/// The shortest ISO 8601 form: "PT4H", "P1DT12H", "PT1.5S", "PT0S". Reads back to the same value.
QString toIsoDuration(std::chrono::milliseconds duration);

/// For people: "4 h", "1 d 12 h", "1.5 s", "250 ms"; at most the two largest units.
QString toWords(std::chrono::milliseconds duration);

} // namespace engine
