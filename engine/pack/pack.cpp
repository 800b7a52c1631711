#include "engine/pack/pack.h"

#include "engine/base/digest.h"
#include "engine/pack/files/pack_archive.h"
#include "engine/pack/files/pack_files.h"
#include "engine/pack/reader/manifest_reader.h"

#include <QDir>
#include <QFileInfo>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

/// Where a pack stands: as it was named, for messages, and on disk.
struct Place
{
    QString root{};  ///< Pack::root.
    QString shown{}; ///< The folder of pack.yaml in messages.
    QString disk{};  ///< The same, where its files are.
    UnpackedFolder unpacked{};
};

static Result<QString> findRoot(const QString &path)
{
    const QFileInfo info(path);
    if (!info.exists())
        return Error{ErrorCode::NotFound, u"there is no pack \"%1\""_s.arg(path), {}, {}};
    if (info.isDir()) {
        if (QFileInfo::exists(QDir(path).filePath(u"pack.yaml"_s)))
            return path.size() > 1 && path.endsWith(u'/') ? path.chopped(1) : path;
        return Error{ErrorCode::NotFound, u"there is no pack.yaml in \"%1\""_s.arg(path), {}, {}};
    }
    if (info.fileName() == "pack.yaml"_L1)
        return info.path();
    return invalid(
        u"\"%1\" is neither a folder nor a file named pack.yaml, nor a .tar, .tar.zst or .zip"_s.arg(path));
}

static Result<Place> findPlace(const QString &path)
{
    const auto format = archiveFormatOf(path);
    if (!format || !QFileInfo(path).isFile()) {
        const auto root = findRoot(path);
        return root ? Result<Place>(Place{*root, *root, *root, {}}) : root.error();
    }
    const auto archive = unpackArchive(path, *format);
    if (!archive)
        return archive.error();
    const QString disk = archive->packFolder();
    return Place{path, path + u'/' + archive->prefix, disk, {archive->folder, disk}};
}

/// Reads a file that was digested before, and makes sure that it is still the same.
static Result<QByteArray> readListedFile(const QString &root, const QList<PackFile> &files,
                                         const QString &path)
{
    auto bytes = readPackFile(root, path);
    if (!bytes)
        return bytes.error();
    const auto listed =
        std::find_if(files.begin(), files.end(), [&path](const PackFile &file) { return file.path == path; });
    if (listed == files.end() || listed->sha256 != sha256Hex(*bytes))
        return Error{ErrorCode::Io, u"\"%1\" changed while the pack was read"_s.arg(path), {}, {}};
    return bytes;
}

Result<Manifest> parseManifest(const QByteArray &yaml, const QString &fileName, const QString &root)
{
    const auto readFile = [&root](const QString &path) -> Result<QByteArray> {
        if (root.isEmpty())
            return invalid(u"file \"%1\" cannot be read: the manifest stands alone"_s.arg(path));
        return readPackFile(root, path);
    };
    auto reading = readManifest(yaml, fileName, readFile, {});
    if (!reading)
        return reading.error();
    return std::move(reading->manifest);
}

Result<Pack> readPack(const QString &path)
{
    const auto place = findPlace(path);
    if (!place)
        return place.error();
    const auto listing = listPackFiles(place->disk);
    if (!listing)
        return listing.error();
    QList<Error> problems = listing->problems;
    const auto readFile = [&](const QString &file) {
        return readListedFile(place->disk, listing->files, file);
    };
    const auto yaml = readFile(u"pack.yaml"_s);
    if (!yaml) {
        problems += yaml.error();
        return combined(problems);
    }
    auto reading = readManifest(*yaml, QDir(place->shown).filePath(u"pack.yaml"_s), readFile, listing->files);
    if (!reading)
        problems += partsOf(reading.error());
    if (!problems.isEmpty())
        return combined(problems);
    const QString digest = packDigest(listing->files, reading->meanings);
    return Pack{place->root, std::move(reading->manifest), listing->files, digest, place->unpacked};
}

} // namespace engine
