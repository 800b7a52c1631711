#include "engine/pack/files/formats/byte_source.h"
#include "engine/pack/files/formats/tar_reader.h"
#include "engine/pack/files/formats/zip_reader.h"
#include "engine/pack/files/pack_archive.h"
#include "engine/pack/files/thread_locale.h"

#include <QDir>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// Counts what a packed stream unpacks to.
class MeteredSource : public ByteSource
{
public:
    MeteredSource(ByteSource &source, const ByteBudget &budget)
        : m_source(source)
        , m_budget(budget)
    {
    }

    Result<QByteArrayView> next() override
    {
        const auto block = m_source.next();
        if (!block)
            return block.error();
        if (const auto spent = m_budget.spend(block->size()); !spent)
            return spent.error();
        return *block;
    }

private:
    ByteSource &m_source;
    ByteBudget m_budget;
};

Result<> readFormat(QFile &file, ArchiveFormat format, const ArchiveLimits &limits, FolderFiller &filler)
{
    const ThreadLocale asBytes("C");
    FileSource source(file);
    switch (format) {
    case ArchiveFormat::Tar: return readTar(source, filler);
    case ArchiveFormat::TarZstd: {
        constexpr qint64 maxHeaderBytes = 4096;
        ZstdSource unpacked(source);
        MeteredSource metered(unpacked, ByteBudget(limits, file.size(), limits.maxEntries * maxHeaderBytes));
        return readTar(metered, filler);
    }
    case ArchiveFormat::Zip: return readZip(file, limits, filler);
    }
    Q_UNREACHABLE();
}

/// "name/" of the one folder that holds everything, where pack.yaml does not stand at the root.
Result<QString> findPrefix(const QString &folder, const QString &archive)
{
    const QDir root(folder);
    if (root.exists(u"pack.yaml"_s))
        return QString();
    const auto all =
        root.entryInfoList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
    if (all.size() == 1 && all.first().isDir() && QDir(all.first().filePath()).exists(u"pack.yaml"_s))
        return QString(all.first().fileName() + u'/');
    return Error{ErrorCode::NotFound, u"there is no pack.yaml at the root of \"%1\""_s.arg(archive), {}, {}};
}

} // namespace

std::optional<ArchiveFormat> archiveFormatOf(const QString &path)
{
    if (path.endsWith(".tar"_L1, Qt::CaseInsensitive))
        return ArchiveFormat::Tar;
    if (path.endsWith(".tar.zst"_L1, Qt::CaseInsensitive))
        return ArchiveFormat::TarZstd;
    if (path.endsWith(".zip"_L1, Qt::CaseInsensitive))
        return ArchiveFormat::Zip;
    return {};
}

QString UnpackedArchive::packFolder() const
{
    return prefix.isEmpty() ? folder->path() : folder->path() + u'/' + prefix.chopped(1);
}

Result<UnpackedArchive> unpackArchive(const QString &path, ArchiveFormat format, const ArchiveLimits &limits)
{
    QFile file(path);
    if (!file.exists())
        return Error{ErrorCode::NotFound, u"there is no pack \"%1\""_s.arg(path), {}, {}};
    if (!QFileInfo(path).isFile()) // A pipe would have us wait for ever.
        return invalid(u"\"%1\" is not a regular file"_s.arg(path));
    if (!file.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return Error{ErrorCode::Io, u"cannot open \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
    auto folder = std::make_shared<const QTemporaryDir>(QDir::tempPath() + u"/taskrunner-pack-XXXXXX"_s);
    if (!folder->isValid())
        return Error{
            ErrorCode::Io, u"cannot make a temporary folder: %1"_s.arg(folder->errorString()), {}, {}};
    FolderFiller filler(folder->path(), limits, file.size());
    const auto read = readFormat(file, format, limits, filler);
    QList<Error> problems = filler.problems();
    if (!read)
        problems += read.error();
    for (Error &problem : problems) {
        if (problem.code == ErrorCode::InvalidInput)
            problem.where.file = problem.where.file.isEmpty() ? path : path + u'/' + problem.where.file;
    }
    if (!problems.isEmpty())
        return combined(problems);
    auto prefix = findPrefix(folder->path(), path);
    if (!prefix)
        return prefix.error();
    return UnpackedArchive{std::move(folder), *std::move(prefix)};
}

} // namespace engine
