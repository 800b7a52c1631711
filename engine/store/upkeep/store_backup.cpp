#include "engine/store/upkeep/store_backup.h"

#include "engine/base/json.h"
#include "engine/store/artifact_store.h"
#include "engine/store/database_file.h"
#include "engine/store/durable.h"
#include "engine/store/store.h"
#include "engine/store/upkeep/evidence_files.h"

#include <QDir>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QVariant>

#include <filesystem>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

const QString databaseName = u"taskrunner.sqlite"_s;
const QString labelName = u"backup.json"_s;

Error ioError(const QString &path, const QString &why)
{
    return {ErrorCode::Io, u"cannot write \"%1\": %2"_s.arg(path, why), {}, {}};
}

/// Another backup, and nothing that somebody put beside it.
bool isBackup(const QString &folder)
{
    static const QSet<QString> parts{
        databaseName,  databaseName + u"-wal"_s, databaseName + u"-shm"_s, u"artifacts"_s,
        u"evidence"_s, u"trust.json"_s,          u"backup.json"_s,         u"lock"_s};
    const QFileInfo info(folder);
    if (info.isSymLink() || !info.isDir() || !QFileInfo::exists(folder + u'/' + labelName))
        return false;
    const QStringList names =
        QDir(folder).entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
    return std::ranges::all_of(names, [](const QString &name) { return parts.contains(name); });
}

Result<> checkTarget(const QString &dataDir, const QString &folder, bool replace)
{
    const QString inside = QFileInfo(dataDir).canonicalFilePath() + u'/';
    const QString parent = QFileInfo(QFileInfo(folder).path()).canonicalFilePath();
    if ((parent + u'/').startsWith(inside)
        || (QFileInfo(folder).canonicalFilePath() + u'/').startsWith(inside))
        return invalid(u"\"%1\" lies within the data directory \"%2\""_s.arg(folder, dataDir));
    const QFileInfo info(folder);
    if (!info.exists() && !info.isSymLink())
        return {};
    if (!replace)
        return Error{ErrorCode::Conflict, u"\"%1\" exists already"_s.arg(folder), {}, {}};
    if (!isBackup(folder))
        return Error{
            ErrorCode::Conflict, u"\"%1\" is not a backup; it was left as it is"_s.arg(folder), {}, {}};
    return {};
}

Result<> writeSynced(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly) || file.write(bytes) != bytes.size()
        || !syncFile(file))
        return ioError(path, file.errorString());
    return {};
}

/// Copies a regular file, if there is one; says whether there was.
Result<bool> copySynced(const QString &from, const QString &to)
{
    const QFileInfo info(from);
    if (info.isSymLink() || !info.isFile())
        return false;
    QFile source(from);
    if (!source.open(QIODevice::ReadOnly))
        return Error{ErrorCode::Io, u"cannot open \"%1\": %2"_s.arg(from, source.errorString()), {}, {}};
    QFile target(to);
    if (!target.open(QIODevice::WriteOnly | QIODevice::NewOnly))
        return ioError(to, target.errorString());
    while (!source.atEnd()) {
        const QByteArray block = source.read(1 << 20);
        if (block.isEmpty() && source.error() != QFile::NoError)
            return Error{ErrorCode::Io, u"cannot read \"%1\": %2"_s.arg(from, source.errorString()), {}, {}};
        if (target.write(block) != block.size())
            return ioError(to, target.errorString());
    }
    if (!syncFile(target))
        return ioError(to, target.errorString());
    return true;
}

/// One backup on its way into a folder that has another name yet.
class BackupWriter
{
public:
    BackupWriter(QString dataDir, QString folder)
        : m_dataDir(std::move(dataDir))
        , m_folder(std::move(folder))
    {
    }

    Result<BackupReport> write(Timestamp now);

private:
    Result<> copyDatabase();
    Result<> copyArtifacts(const Store &copy);
    Result<> copyEvidence(const Store &copy);

    const QString m_dataDir;
    const QString m_folder;
    BackupReport m_report;
};

/// SQLite reads from one snapshot however long it takes, and writes a database without gaps
/// (https://www.sqlite.org/lang_vacuum.html#vacuuminto).
Result<> BackupWriter::copyDatabase()
{
    const QString target = m_folder + u'/' + databaseName;
    const auto source = openDatabaseFile(QFileInfo(m_dataDir + u'/' + databaseName).absoluteFilePath(),
                                         Connection::Access::ReadOnly);
    if (!source)
        return source.error();
    if (auto done = (*source)->run(u"VACUUM INTO ?"_s, {target}); !done)
        return done;
    QFile file(target);
    if (!file.setPermissions(QFile::ReadOwner | QFile::WriteOwner) || !file.open(QIODevice::ReadWrite)
        || !syncFile(file))
        return ioError(target, file.errorString());
    return {};
}

/// What is missing or damaged is left out; the check of the copy names it.
Result<> BackupWriter::copyArtifacts(const Store &copy)
{
    const auto paths = copy.artifactPaths({});
    if (!paths)
        return paths.error();
    const ArtifactStore from(m_dataDir);
    const ArtifactStore to(m_folder);
    for (const QString &path : *paths) {
        // A path of another form is none of ours.
        const QString sha256 = path.section(u'/', 2).remove(u'/');
        if (path.isEmpty() || path != ArtifactStore::pathOf(sha256))
            continue;
        const auto stored = to.add(from.absolutePath(path), std::numeric_limits<qint64>::max());
        if (stored && stored->path != path && !paths->contains(stored->path))
            QFile::remove(to.absolutePath(stored->path));
        const bool isSkipped =
            !stored
            && (stored.error().code == ErrorCode::NotFound || stored.error().code == ErrorCode::InvalidInput);
        if (!stored && !isSkipped)
            return stored.error();
    }
    return {};
}

Result<> BackupWriter::copyEvidence(const Store &copy)
{
    const auto runs = copy.runs({{}, {}, -1, {}});
    if (!runs)
        return runs.error();
    const QString folder = m_folder + u"/evidence"_s;
    if (!QDir().mkpath(folder))
        return ioError(folder, u"the folder cannot be made"_s);
    QSet<RunId> known;
    for (const RunSummary &run : *runs)
        known.insert(run.id);
    for (const QString &fileName : QDir(m_dataDir + u"/evidence"_s).entryList(QDir::Files)) {
        const auto file = evidenceFileOf(fileName);
        if (!file || !file->isWhole || !known.contains(file->run))
            continue;
        const QString name = u"/evidence/"_s + fileName;
        const auto copied = copySynced(m_dataDir + name, m_folder + name);
        if (!copied)
            return copied.error();
        m_report.evidenceFiles += *copied ? 1 : 0;
    }
    if (!syncFolder(folder))
        return ioError(folder, u"the folder cannot be synced"_s);
    return {};
}

Result<BackupReport> BackupWriter::write(Timestamp now)
{
    if (auto copied = copyDatabase(); !copied)
        return copied.error();
    {
        const auto copy = Store::open(m_folder + u'/' + databaseName, Store::Mode::ReadOnly);
        if (!copy)
            return copy.error();
        if (auto copied = copyArtifacts(**copy); !copied)
            return copied.error();
        if (auto copied = copyEvidence(**copy); !copied)
            return copied.error();
    }
    if (auto copied = copySynced(m_dataDir + u"/trust.json"_s, m_folder + u"/trust.json"_s); !copied)
        return copied.error();
    const QJsonObject label{{u"kind"_s, u"taskrunner-backup"_s},
                            {u"createdAt"_s, toIso(now)},
                            {u"dataDir"_s, QFileInfo(m_dataDir).absoluteFilePath()}};
    if (auto written = writeSynced(m_folder + u'/' + labelName, canonicalJsonOf(label) + '\n'); !written)
        return written.error();
    auto checked = checkStore(m_folder + u'/' + databaseName, m_folder);
    if (!checked)
        return checked.error();
    m_report.check = *std::move(checked);
    if (!syncFolder(m_folder))
        return ioError(m_folder, u"the folder cannot be synced"_s);
    return m_report;
}

Result<> rename(const QString &from, const QString &to)
{
    std::error_code error;
    std::filesystem::rename(from.toStdU16String(), to.toStdU16String(), error);
    return error ? Result<>(ioError(to, QString::fromStdString(error.message()))) : Result<>();
}

/// Puts the whole folder under its name. An earlier backup is moved aside first and goes when the new one is
/// there.
Result<> moveIntoPlace(const QString &fresh, const QString &folder)
{
    const QString old = fresh + u".old"_s;
    const bool replaces = QFileInfo::exists(folder);
    if (replaces) {
        if (auto moved = rename(folder, old); !moved)
            return moved;
    }
    if (auto moved = rename(fresh, folder); !moved) {
        if (replaces)
            (void)rename(old, folder);
        return moved;
    }
    const QString parent = QFileInfo(folder).path();
    if (!syncFolder(parent))
        return ioError(folder, u"the folder \"%1\" cannot be synced"_s.arg(parent));
    if (replaces && !QDir(old).removeRecursively())
        return Error{
            ErrorCode::Io, u"the backup is written, but the one before is left as \"%1\""_s.arg(old), {}, {}};
    return {};
}

} // namespace

Result<BackupReport> backupStore(const QString &dataDir, const QString &folder, bool replace, Timestamp now)
{
    const QString target = QDir::cleanPath(QDir(folder).absolutePath());
    if (auto allowed = checkTarget(dataDir, target, replace); !allowed)
        return allowed.error();
    const QFileInfo place(target);
    if (!QDir().mkpath(place.path()))
        return ioError(place.path(), u"the folder cannot be made"_s);
    QTemporaryDir fresh(place.path() + u"/.%1.partial-XXXXXX"_s.arg(place.fileName()));
    if (!fresh.isValid())
        return ioError(target, fresh.errorString());
    auto report = BackupWriter(dataDir, fresh.path()).write(now);
    if (!report)
        return report;
    fresh.setAutoRemove(false);
    if (auto moved = moveIntoPlace(fresh.path(), target); !moved) {
        fresh.setAutoRemove(true); // Removes nothing when it has its new name.
        return moved.error();
    }
    return report;
}

} // namespace engine
