#include "engine/pack/files/folder_filler.h"

#include <QDir>

using namespace Qt::StringLiterals;

namespace engine {

static Error ioError(const QString &path, const QString &why)
{
    return {ErrorCode::Io, u"cannot unpack \"%1\": %2"_s.arg(path, why), {}, {}};
}

/// A harmless "./" in front, and the "/" that ends the name of a folder.
static QByteArray plainName(const ArchiveEntry &entry)
{
    QByteArray name = entry.name;
    if (name.startsWith("./"))
        name.remove(0, 2);
    if (entry.kind == ArchiveEntry::Kind::Folder && name.size() > 1 && name.endsWith('/'))
        name.chop(1);
    return name;
}

FolderFiller::FolderFiller(QString folder, const ArchiveLimits &limits, qint64 packedBytes)
    : m_folder(std::move(folder))
    , m_limits(limits)
    , m_budget(limits, packedBytes)
{
}

bool FolderFiller::isFull() const
{
    constexpr qsizetype maxProblems = 100;
    return m_problems.size() >= maxProblems;
}

void FolderFiller::refuse(const QByteArray &name, const QString &why)
{
    m_problems += Error{ErrorCode::InvalidInput, why, {QString::fromUtf8(name.left(200)), 0, 0, {}}, {}};
}

/// The path of an entry that may stand in a pack.
std::optional<QString> FolderFiller::accept(const ArchiveEntry &entry)
{
    const auto path = PackNames::parse(plainName(entry));
    if (!path) {
        m_problems += path.error();
        return {};
    }
    if (entry.kind == ArchiveEntry::Kind::Link || entry.kind == ArchiveEntry::Kind::Other) {
        refuse(path->toUtf8(), entry.kind == ArchiveEntry::Kind::Link ? linkProblem() : notRegularProblem());
        return {};
    }
    const auto kind =
        entry.kind == ArchiveEntry::Kind::Folder ? PackNames::Kind::Folder : PackNames::Kind::File;
    if (const auto clash = m_names.add(*path, kind)) {
        m_problems += *clash;
        return {};
    }
    return *path;
}

Result<bool> FolderFiller::begin(const ArchiveEntry &entry)
{
    ++m_entries;
    if (entry.kind == ArchiveEntry::Kind::Folder && (entry.name == "." || entry.name == "./"))
        return false; // As "tar cf x.tar ." writes it.
    const auto path = accept(entry);
    if (m_entries > m_limits.maxEntries || m_names.size() > m_limits.maxEntries)
        return invalid(u"the archive holds more than %1 files and folders"_s.arg(m_limits.maxEntries));
    if (m_names.characters() > m_limits.maxNameCharacters)
        return invalid(u"the names in the archive are too long: more than %1 characters together"_s.arg(
            m_limits.maxNameCharacters));
    if (!path)
        return false;
    if (entry.kind == ArchiveEntry::Kind::Folder) {
        const auto made = makeFolder(*path);
        return made ? Result<bool>(false) : made.error();
    }
    if (!m_budget.holds(entry.sizeBytes))
        return m_budget.overspent();
    if (const auto created = createFile(*path, entry.executable); !created)
        return created.error();
    m_left = entry.sizeBytes;
    return true;
}

Result<> FolderFiller::makeFolder(const QString &path)
{
    if (path == m_lastFolder)
        return {};
    if (!QDir().mkpath(m_folder + u'/' + path))
        return ioError(path, u"the folder cannot be made"_s);
    m_lastFolder = path;
    return {};
}

Result<> FolderFiller::createFile(const QString &path, bool executable)
{
    const qsizetype slash = path.lastIndexOf(u'/');
    if (slash > 0) {
        if (const auto made = makeFolder(path.left(slash)); !made)
            return made.error();
    }
    m_path = path;
    m_file.setFileName(m_folder + u'/' + path);
    if (!m_file.open(QIODevice::NewOnly | QIODevice::WriteOnly | QIODevice::Unbuffered))
        return ioError(path, m_file.errorString());
    QFile::Permissions mode = QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup | QFile::ReadOther;
    if (executable)
        mode |= QFile::ExeOwner | QFile::ExeGroup | QFile::ExeOther;
    if (!m_file.setPermissions(mode))
        return ioError(path, m_file.errorString());
    return {};
}

Result<> FolderFiller::write(QByteArrayView bytes)
{
    m_left -= bytes.size();
    if (m_left < 0)
        return Error{ErrorCode::InvalidInput, u"is longer than the archive says"_s, {m_path, 0, 0, {}}, {}};
    if (const auto spent = m_budget.spend(bytes.size()); !spent)
        return spent.error();
    if (m_file.write(bytes.data(), bytes.size()) != bytes.size())
        return ioError(m_path, m_file.errorString());
    return {};
}

Result<> FolderFiller::end()
{
    m_file.close();
    if (m_file.error() != QFileDevice::NoError)
        return ioError(m_path, m_file.errorString());
    if (m_left > 0)
        return Error{ErrorCode::InvalidInput, u"is shorter than the archive says"_s, {m_path, 0, 0, {}}, {}};
    return {};
}

} // namespace engine
