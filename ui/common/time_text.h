#pragma once

#include "engine/base/clock.h"

namespace ui {

/// A point in time in the user's zone and locale; only the time of day when it is on the same day as now.
QString momentText(engine::Timestamp time, engine::Timestamp now);

/// A span with its two largest units: "3 d 4 h", "1 h 5 min", "3 min 20 s", "12 s". Negative spans count as
/// none.
QString spanText(std::chrono::milliseconds span);

/// How long there is until a point in time: "in 3 h 20 min", or that it is over.
QString countdownText(engine::Timestamp until, engine::Timestamp now);

engine::Timestamp currentTime();

} // namespace ui
