#pragma once

#include "engine/pack/files/folder_filler.h"

namespace engine {

/// Reads a zip archive into a folder: stored and deflated files, as readZipIndex() lists them.
/// Fails with Io, and with InvalidInput for what is damaged or beyond a limit.
Result<> readZip(QFile &file, const ArchiveLimits &limits, FolderFiller &filler);

} // namespace engine
