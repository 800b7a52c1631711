#pragma once

#include "engine/pack/files/folder_filler.h"

namespace engine {

/// One file of a zip archive, as the directory at its end and the header before its data agree.
struct ZipEntry
{
    ArchiveEntry entry{};
    bool encrypted = false;
    int method = 0; ///< 0 stored, 8 deflated.
    qint64 offset = 0;
    qint64 packedBytes = 0;

    bool isReadable() const { return !encrypted && (method == 0 || method == 8); }
};

/// Reads the directory of a zip archive (PKWARE APPNOTE 6.3, with ZIP64) and checks that the archive has but
/// one meaning: its parts follow each other without gaps and overlaps, nothing stands before and nothing
/// behind them but the comment, and each file has the same name in both places.
///
/// Entries come in the order of their data. Fails with Io, or InvalidInput.
Result<QList<ZipEntry>> readZipIndex(QFile &file, const ArchiveLimits &limits);

} // namespace engine
