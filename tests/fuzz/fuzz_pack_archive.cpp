// LIBS: engine_pack
#include "engine/pack/files/pack_archive.h"
#include "engine/pack/files/pack_files.h"

#include <QDirIterator>
#include <QFile>

#include <cstddef>
#include <cstdint>

using namespace Qt::StringLiterals;
using engine::ArchiveFormat;

static void require(bool holds)
{
    if (!holds)
        __builtin_trap();
}

static ArchiveFormat formatOf(const QByteArray &bytes)
{
    if (bytes.startsWith("PK"))
        return ArchiveFormat::Zip;
    return bytes.startsWith("\x28\xb5\x2f\xfd") ? ArchiveFormat::TarZstd : ArchiveFormat::Tar;
}

static engine::Result<engine::UnpackedArchive> unpack(const QString &path, ArchiveFormat format)
{
    engine::ArchiveLimits limits;
    limits.maxEntries = 64;
    limits.maxBytes = 1 << 20;
    limits.maxNameCharacters = 1 << 14;
    limits.freeBytes = 1 << 18;
    return engine::unpackArchive(path, format, limits);
}

static void checkError(const engine::Error &error, const QString &path)
{
    require(!error.message.isEmpty() && error.causes.size() <= 101);
    for (const engine::Error &cause : error.causes)
        require(!cause.message.isEmpty() && cause.causes.isEmpty());
    if (error.code == engine::ErrorCode::InvalidInput && error.causes.isEmpty())
        require(error.where.file.startsWith(path));
}

/// Every file that stands there is in the list; nothing else than files and folders stands there.
static QList<engine::PackFile> checkFiles(const QString &folder)
{
    const auto listing = engine::listPackFiles(folder);
    require(listing && listing->problems.isEmpty());
    qsizetype files = 0;
    QDirIterator walk(folder, QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot,
                      QDirIterator::Subdirectories);
    while (walk.hasNext()) {
        walk.next();
        require(!walk.fileInfo().isSymLink());
        const QString path = walk.filePath().mid(folder.size() + 1);
        const bool isVersionControl = path.startsWith(".git/"_L1) || path.startsWith(".hg/"_L1)
                                      || path.startsWith(".svn/"_L1) || path == ".git"_L1 || path == ".hg"_L1
                                      || path == ".svn"_L1;
        if (!isVersionControl && walk.fileInfo().isFile())
            ++files;
    }
    require(files == listing->files.size());
    return listing->files;
}

/// Whatever bytes an archive has, unpacking it ends with an error that says something, or with a folder that
/// holds nothing but listed files; packed again in any format, it is the same pack. Nothing is left behind.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const QTemporaryDir work;
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    const QString path = work.filePath(u"archive"_s);
    QFile file(path);
    require(file.open(QIODevice::WriteOnly | QIODevice::Truncate) && file.write(bytes) == bytes.size());
    file.close();

    auto unpacked = unpack(path, formatOf(bytes));
    if (!unpacked) {
        checkError(unpacked.error(), path);
        return 0;
    }
    const QList<engine::PackFile> files = checkFiles(unpacked->packFolder());
    for (const auto format : {ArchiveFormat::Tar, ArchiveFormat::TarZstd, ArchiveFormat::Zip}) {
        QFile copy(work.filePath(u"copy"_s));
        require(copy.open(QIODevice::WriteOnly | QIODevice::Truncate));
        require(bool(engine::writeArchive(unpacked->packFolder(), files, format, copy)));
        copy.close();
        const auto again = engine::unpackArchive(copy.fileName(), format);
        require(bool(again) && again->prefix.isEmpty());
        require(checkFiles(again->packFolder()) == files);
    }
    const QString folder = unpacked->folder->path();
    unpacked = engine::UnpackedArchive{};
    require(!QFile::exists(folder));
    return 0;
}
