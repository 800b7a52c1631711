#pragma once

#include "engine/base/error.h"

namespace ui {

/// What kind of failure this is, in the user's language: the headline above the engine's own sentence.
QString errorHeadline(engine::ErrorCode code);

/// The engine's words, made fit to be seen, one line for each cause.
QString errorDetail(const engine::Error &error);

} // namespace ui
