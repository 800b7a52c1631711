#pragma once

#include "engine/base/digest.h"
#include "engine/pack/files/pack_names.h"
#include "engine/pack/pack.h"

#include <QMap>

namespace engine {

struct PackListing
{
    QList<PackFile> files{}; ///< Sorted by path, by UTF-16 code units as RFC 8785 sorts names.
    QList<Error> problems{}; ///< What must not be in a pack; where.file is its path in the pack.
};

/// How large the folder of a pack may be.
struct FolderLimits
{
    qsizetype maxEntries = maxPackEntries;
    qint64 maxBytes = maxPackBytes; ///< Of all files.
};

/// Lists and digests every regular file below a folder. Fails with NotFound, Io, or InvalidInput beyond a
/// limit.
Result<PackListing> listPackFiles(const QString &root, const FolderLimits &limits = {});

/// "sha256:" and hex SHA-256 over the canonical JSON list of {path, mode ("644" or "755"), size, sha256}.
///
/// @param meanings  size and sha256 to take instead for some paths, see ManifestReading::meanings
QString packDigest(const QList<PackFile> &files, const QMap<QString, FileDigest> &meanings);

/// The bytes of one regular file of a pack, at most 16 MiB; neither it nor a folder on the way may be a link.
/// Fails with NotFound, InvalidInput or Io.
Result<QByteArray> readPackFile(const QString &root, const QString &path);

} // namespace engine
