#pragma once

#include "engine/api/run_service.h"
#include "engine/api/timeline/timeline.h"

#include <functional>

namespace ui {

/// By the name's end: ".jsonl" is the journal, ".txt" the text, everything else a Chrome trace.
engine::TimelineFormat timelineFormatOf(const QString &path);

/// Reads a run and writes its timeline to a file, in the format of its name. Calls done on context's thread,
/// unless that goes away before; fails like RunService::run() and events(), or with Io.
void exportTimeline(engine::RunService &service, const engine::RunId &run, const QString &path,
                    QObject *context, std::function<void(const engine::Result<> &)> done);

} // namespace ui
