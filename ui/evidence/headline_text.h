#pragma once

#include "engine/api/values.h"

namespace ui {

/// What a verification came to, as one sentence: no two headlines share words that could be mistaken.
QString headlineTitle(engine::Headline headline);

/// What that means for the reader and what to do about it.
QString headlineAdvice(engine::Headline headline);

QString checkResultWord(engine::CheckResult result);

} // namespace ui
