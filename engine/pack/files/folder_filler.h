#pragma once

#include "engine/pack/files/archive_limits.h"

#include <QFile>

namespace engine {

/// One entry as an archive describes it.
struct ArchiveEntry
{
    enum class Kind { File, Folder, Link, Other };

    QByteArray name{}; ///< As it is stored.
    Kind kind = Kind::File;
    bool executable = false;
    qint64 sizeBytes = 0;
};

/// Puts the entries of an archive into an empty folder of its own and refuses what no pack holds. An entry
/// that is refused is a problem and left out; a limit or a failing disk is an error that ends the unpacking.
///
/// Files get mode 755 or 644. Nothing but files and folders is made, and a file only where none is, so no
/// name leads out of the folder.
class FolderFiller
{
public:
    /// @param folder  must exist and be empty, and nobody else may write to it
    FolderFiller(QString folder, const ArchiveLimits &limits, qint64 packedBytes);

    /// Starts an entry. True when its bytes are to follow, false when there are none or nobody wants them.
    Result<bool> begin(const ArchiveEntry &entry);
    Result<> write(QByteArrayView bytes);
    Result<> end(); ///< Ends a file; fails with InvalidInput when it is not as long as announced.

    /// Refuses what was begun, or would have been.
    void refuse(const QByteArray &name, const QString &why);

    const QList<Error> &problems() const { return m_problems; } ///< where.file is the path in the archive.
    bool isFull() const; ///< There are as many problems as anybody reads.
    qsizetype entries() const { return m_entries; }

private:
    std::optional<QString> accept(const ArchiveEntry &entry);
    Result<> makeFolder(const QString &path);
    Result<> createFile(const QString &path, bool executable);

    const QString m_folder;
    const ArchiveLimits m_limits;
    ByteBudget m_budget;
    PackNames m_names;
    qsizetype m_entries = 0;
    QString m_lastFolder; ///< That was made.
    QFile m_file;
    QString m_path; ///< Of the file that is being written.
    qint64 m_left = 0;
    QList<Error> m_problems;
};

} // namespace engine
