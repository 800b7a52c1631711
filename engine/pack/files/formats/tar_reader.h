#pragma once

#include "engine/pack/files/folder_filler.h"
#include "engine/pack/files/formats/byte_source.h"

namespace engine {

/// Reads a tar archive (ustar, pax, GNU) into a folder, to the end of the stream: behind the archive's end
/// mark nothing but zeros may follow.
///
/// Fails like the source, and with InvalidInput for what is damaged, cut off or beyond a limit.
Result<> readTar(ByteSource &stream, FolderFiller &filler);

} // namespace engine
