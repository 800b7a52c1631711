#pragma once

#include "engine/pack/files/archive_limits.h"
#include "engine/pack/pack.h"

#include <QIODevice>
#include <QTemporaryDir>

#include <memory>

namespace engine {

enum class ArchiveFormat { Tar, TarZstd, Zip };

/// The format that the ending of a file's name says: .tar, .tar.zst or .zip, in any case.
std::optional<ArchiveFormat> archiveFormatOf(const QString &path);

/// The files of an archive on disk.
struct UnpackedArchive
{
    std::shared_ptr<const QTemporaryDir> folder{}; ///< Private (mode 0700), removed with the last pointer.
    QString prefix{}; ///< "name/" where the archive holds one folder with everything in it; otherwise empty.

    QString packFolder() const; ///< Where pack.yaml stands, without a "/" at the end.
};

/// Unpacks an archive of a folder with pack.yaml at its root, or of exactly one folder like that, into a new
/// temporary folder; nothing is written outside of it. Memory does not grow with the size of the files.
///
/// Refuses links and whatever is neither file nor folder, names that PackNames refuses, files with holes,
/// encrypted files, what is damaged, cut off or followed by other data, and archives beyond the limits. Goes
/// on after an entry that is refused, and reports the first 100 of them; where.file is the archive and the
/// path in it.
///
/// Fails with NotFound, Io, or InvalidInput that carries the problems as causes; nothing is left on disk
/// then.
///
/// Thread: any.
Result<UnpackedArchive> unpackArchive(const QString &path, ArchiveFormat format,
                                      const ArchiveLimits &limits = {});

/// Writes files of a folder as an archive, in the order of the list: mode 644 or 755, no owner, no time (zip:
/// 1980-01-01), so that the same list gives the same bytes, whoever writes it, wherever and whenever.
///
/// Fails with Io; also when a file is no longer what the list says.
Result<> writeArchive(const QString &folder, const QList<PackFile> &files, ArchiveFormat format,
                      QIODevice &out);

/// What writePackArchive() wrote.
struct WrittenArchive
{
    QString path{};
    Pack pack{};
    qint64 sizeBytes = 0;
};

/// Reads a pack and, when it is valid, writes it as an archive in the format that out's ending says. The file
/// appears whole or not at all and replaces one that is there.
///
/// @param packPath  as readPack() takes it
/// @param out  empty: NAME-VERSION.tar.zst in the current folder; must not lie in the pack's folder
/// Fails like readPack(), with InvalidInput for a wrong out, or with Io.
Result<WrittenArchive> writePackArchive(const QString &packPath, const QString &out);

} // namespace engine
