#pragma once

#include "engine/api/timeline/timeline.h"

/// The formats that timelineIn() chooses from. Internal to this folder.
namespace engine {

QByteArray timelineText(const RunSummary &run, const Timeline &timeline, Timestamp now);
QByteArray chromeTrace(const RunView &view, const Timeline &timeline, Timestamp now);

} // namespace engine
