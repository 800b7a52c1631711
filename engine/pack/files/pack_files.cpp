#include "engine/pack/files/pack_files.h"

#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/pack/files/pack_names.h"

#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <filesystem>

using namespace Qt::StringLiterals;
namespace fs = std::filesystem;

namespace engine {

namespace {

Error ioError(const QString &what, const std::error_code &code)
{
    return {
        ErrorCode::Io, u"cannot read \"%1\": %2"_s.arg(what, QString::fromStdString(code.message())), {}, {}};
}

/// Walks a folder with a list of open folders instead of recursion: its depth is the user's.
/// QDirIterator would pass over names that are not UTF-8; they are errors here.
class Walker
{
public:
    Walker(const QString &root, const FolderLimits &limits)
        : m_root(root)
        , m_limits(limits)
    {
    }

    Result<PackListing> walk();

private:
    Result<> readFolder(const QString &folder);
    Result<> readEntry(const QString &folder, const fs::directory_entry &entry);
    Result<> addFile(const QString &path, fs::perms permissions);
    std::optional<QString> nameOf(const QString &folder, const fs::directory_entry &entry);
    void problem(const QString &path, QString message);
    fs::path diskPath(const QString &path) const;

    const QString m_root;
    const FolderLimits m_limits;
    QStringList m_open; ///< Folders still to read; "" is the root.
    PackNames m_names;
    PackListing m_listing;
    qsizetype m_entries = 0;
    qint64 m_bytes = 0;
};

fs::path Walker::diskPath(const QString &path) const
{
    const QString full = path.isEmpty() ? m_root : m_root + u'/' + path;
    return {QFile::encodeName(full).toStdString()};
}

void Walker::problem(const QString &path, QString message)
{
    m_listing.problems += Error{ErrorCode::InvalidInput, std::move(message), {path, 0, 0, {}}, {}};
}

std::optional<QString> Walker::nameOf(const QString &folder, const fs::directory_entry &entry)
{
    const QByteArray name = QByteArray::fromStdString(entry.path().filename().string());
    const auto path = PackNames::parse(folder.isEmpty() ? name : folder.toUtf8() + '/' + name);
    if (!path) {
        m_listing.problems += path.error();
        return {};
    }
    std::error_code code; // What cannot be looked at fails later.
    const bool isFolder = entry.symlink_status(code).type() == fs::file_type::directory;
    if (const auto clash = m_names.add(*path, isFolder ? PackNames::Kind::Folder : PackNames::Kind::File))
        m_listing.problems += *clash;
    return *path;
}

Result<> Walker::addFile(const QString &path, fs::perms permissions)
{
    const QString disk = m_root + u'/' + path;
    m_bytes += QFileInfo(disk).size();
    if (m_bytes > m_limits.maxBytes)
        return invalid(u"the pack \"%1\" holds more than %2 bytes"_s.arg(m_root).arg(m_limits.maxBytes));
    const auto digest = digestOfFile(disk);
    if (!digest)
        return digest.error();
    const bool isExecutable = (permissions & fs::perms::owner_exec) != fs::perms::none;
    m_listing.files += PackFile{path, isExecutable, digest->sizeBytes, digest->sha256};
    return {};
}

Result<> Walker::readEntry(const QString &folder, const fs::directory_entry &entry)
{
    static const QStringList versionControl{u".git"_s, u".hg"_s, u".svn"_s};
    if (++m_entries > m_limits.maxEntries)
        return invalid(
            u"the pack \"%1\" holds more than %2 files and folders"_s.arg(m_root).arg(m_limits.maxEntries));
    const auto path = nameOf(folder, entry);
    if (!path)
        return {};
    if (folder.isEmpty() && versionControl.contains(*path))
        return {};
    std::error_code code;
    const fs::file_status status = entry.symlink_status(code);
    if (code)
        return ioError(*path, code);
    switch (status.type()) {
    case fs::file_type::regular: return addFile(*path, status.permissions());
    case fs::file_type::directory: m_open += *path; return {};
    case fs::file_type::symlink: problem(*path, linkProblem()); return {};
    default: problem(*path, notRegularProblem()); return {};
    }
}

Result<> Walker::readFolder(const QString &folder)
{
    std::error_code code;
    for (fs::directory_iterator it(diskPath(folder), code), end; it != end; it.increment(code)) {
        if (const auto read = readEntry(folder, *it); !read)
            return read.error();
        if (code)
            break;
    }
    if (code)
        return ioError(folder.isEmpty() ? m_root : folder, code);
    return {};
}

Result<PackListing> Walker::walk()
{
    m_open = {QString()};
    while (!m_open.isEmpty()) {
        if (const auto read = readFolder(m_open.takeLast()); !read)
            return read.error();
    }
    std::sort(m_listing.files.begin(), m_listing.files.end(),
              [](const PackFile &a, const PackFile &b) { return a.path < b.path; });
    std::sort(m_listing.problems.begin(), m_listing.problems.end(),
              [](const Error &a, const Error &b) { return a.where.file < b.where.file; });
    return std::move(m_listing);
}

} // namespace

Result<PackListing> listPackFiles(const QString &root, const FolderLimits &limits)
{
    return Walker(root, limits).walk();
}

QString packDigest(const QList<PackFile> &files, const QMap<QString, FileDigest> &meanings)
{
    QJsonArray list;
    for (const PackFile &file : files) {
        const FileDigest digest = meanings.value(file.path, {file.sha256, file.sizeBytes});
        list.append(QJsonObject{{u"path"_s, file.path},
                                {u"mode"_s, file.executable ? u"755"_s : u"644"_s},
                                {u"size"_s, digest.sizeBytes},
                                {u"sha256"_s, digest.sha256}});
    }
    return u"sha256:"_s + sha256Hex(canonicalJsonOf(list));
}

Result<QByteArray> readPackFile(const QString &root, const QString &path)
{
    constexpr qint64 maxBytes = 16 * 1024 * 1024;
    QString disk = root;
    for (const QString &part : path.split(u'/')) {
        disk += u'/' + part;
        if (QFileInfo(disk).isSymLink())
            return invalid(u"\"%1\" is a link; a pack holds regular files only"_s.arg(path));
    }
    const QFileInfo info(disk);
    if (!info.exists())
        return Error{ErrorCode::NotFound, u"there is no file \"%1\" in the pack"_s.arg(path), {}, {}};
    if (!info.isFile())
        return invalid(u"\"%1\" is not a regular file"_s.arg(path));
    if (info.size() > maxBytes)
        return invalid(u"\"%1\" has more than 16 MiB"_s.arg(path));
    QFile file(disk);
    if (!file.open(QIODevice::ReadOnly))
        return Error{ErrorCode::Io, u"cannot open \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
    return file.read(maxBytes);
}

} // namespace engine
