#include "engine/store/database_file.h"

#include "engine/store/schema.h"
#include "engine/store/store.h"

#include <QFile>
#include <QFileInfo>

#include <filesystem>

using namespace Qt::StringLiterals;

namespace engine {

using Access = Connection::Access;

/// Larger files are not looked through on opening, since that takes seconds; their damage shows when it is
/// read.
static constexpr qint64 maxCheckedBytes = 32LL * 1024 * 1024;

static Error refused(const QString &path, const QString &why)
{
    return {ErrorCode::Database, u"database \"%1\" %2"_s.arg(path, why), {}, {}};
}

static Error newerVersion(const QString &path, qint64 version)
{
    return refused(
        path,
        u"was written by a newer version of this program (schema %1; this one knows up to %2)"_s.arg(version)
            .arg(Store::SchemaVersion));
}

/// Looks at the header in the file alone, without the log and the helper files beside it. Our files have
/// their application id there from their first moment on; the version there may be older than the one in the
/// log.
///
/// Through SQLite, since a plain close() of the file would drop the locks that other connections of this
/// process hold (https://www.sqlite.org/howtocorrupt.html, section 2.2).
static Result<> checkHeader(const QString &path)
{
    auto connection = Connection::open(path, Access::Immutable);
    if (!connection)
        return connection.error();
    const auto id = (*connection)->number(u"PRAGMA application_id"_s);
    if (!id)
        return id.error();
    if (quint32(*id) != applicationId)
        return refused(path, u"belongs to another program (application id 0x%1); it was left as it is"_s.arg(
                                 quint32(*id), 8, 16, QLatin1Char('0')));
    const auto version = (*connection)->number(u"PRAGMA user_version"_s);
    if (!version)
        return version.error();
    if (*version > Store::SchemaVersion)
        return newerVersion(path, *version);
    return {};
}

/// Makes a file of the present version under another name first, so that the path never holds half of one.
static Result<> createFile(const QString &path)
{
    const QString fresh = path + u".new"_s;
    for (const QString &left : {fresh, fresh + u"-journal"_s, fresh + u"-wal"_s, fresh + u"-shm"_s})
        QFile::remove(left); // Of a program that was killed right here.
    {
        auto connection = Connection::open(fresh, Access::ReadWrite);
        if (!connection)
            return connection.error();
        QFile::setPermissions(fresh, QFile::ReadOwner | QFile::WriteOwner);
        const auto prepare = [&](const QString &sql) { return (*connection)->run(sql); };
        if (auto done = prepare(u"PRAGMA application_id = %1"_s.arg(applicationId)); !done)
            return done;
        if (auto done = migrate(**connection, migrations()); !done)
            return done;
        if (auto done = prepare(u"PRAGMA journal_mode = WAL"_s); !done)
            return done;
    }
    std::error_code error;
    std::filesystem::rename(fresh.toStdU16String(), path.toStdU16String(), error);
    if (error)
        return refused(path, u"cannot be made: "_s + QString::fromStdString(error.message()));
    return {};
}

/// Whether commits may stand in the log that the database itself does not have yet.
static bool hasLog(const QString &path)
{
    return QFileInfo(path + u"-wal"_s).size() > 0;
}

static Result<> createIfMissing(const QString &path, Access access)
{
    const QFileInfo file(path);
    if (file.exists() && file.size() > 0)
        return {};
    if (access != Access::ReadWrite)
        return refused(path, file.exists() ? u"is empty"_s : u"does not exist"_s);
    // SQLite would throw the log away; it may be all that is left of somebody's runs.
    if (hasLog(path))
        return refused(path,
                       u"is missing although its log \"%1-wal\" is there; nothing was changed"_s.arg(path));
    return createFile(path);
}

/// A connection to look at the file before it is written. Nobody else writes it then, so without a log the
/// file alone tells everything, and no helper files are made that would be left beside a file that is
/// refused.
static Result<std::unique_ptr<Connection>> openToInspect(const QString &path)
{
    return Connection::open(path, hasLog(path) ? Access::ReadOnly : Access::Immutable);
}

/// A connection that only reads, also where no helper files can be made beside the database: there, and
/// without a log, nobody is writing.
static Result<std::unique_ptr<Connection>> openForReading(const QString &path)
{
    auto connection = Connection::open(path, Access::ReadOnly);
    if (!connection)
        return connection;
    const auto version = (*connection)->number(u"PRAGMA user_version"_s);
    if (version)
        return connection;
    if (QFileInfo(QFileInfo(path).path()).isWritable() || hasLog(path))
        return version.error();
    return Connection::open(path, Access::Immutable);
}

/// Returns the schema's version.
static Result<qint64> checkContent(Connection &connection, bool thoroughly)
{
    const QString &path = connection.path();
    auto version = connection.number(u"PRAGMA user_version"_s);
    if (!version)
        return version;
    if (*version > Store::SchemaVersion)
        return newerVersion(path, *version);
    auto tables = connection.number(u"SELECT count(*) FROM sqlite_schema WHERE name = 'pack_runs'"_s);
    if (!tables)
        return tables;
    if (*version < 1 || *tables != 1)
        return refused(path, u"is damaged: it has no table of runs; it was left as it is"_s);
    if (!thoroughly || QFileInfo(path).size() > maxCheckedBytes)
        return version;
    const auto found = connection.first(u"PRAGMA quick_check(1)"_s, {}, [](Row &row) { return row.text(0); });
    if (!found)
        return found.error();
    if (found->value_or(QString()) != u"ok"_s)
        return refused(
            path, u"is damaged: %1; it was left as it is"_s.arg(found->value_or(QString()).simplified()));
    return version;
}

static Result<> prepareForWriting(Connection &connection)
{
    static const QStringList settings{
        u"PRAGMA synchronous = FULL"_s,
        u"PRAGMA wal_autocheckpoint = 4000"_s, // Pages: 16 MiB; bursts of log lines are not slowed by
                                               // copying.
        u"PRAGMA journal_size_limit = 67108864"_s,
        u"PRAGMA cache_size = -16384"_s, // KiB
    };
    const auto mode =
        connection.first(u"PRAGMA journal_mode = WAL"_s, {}, [](Row &row) { return row.text(0); });
    if (!mode)
        return mode.error();
    if (*mode != u"wal"_s) // SQLite reports no error where the file system cannot share memory.
        return refused(connection.path(), u"cannot have a write-ahead log in this folder"_s);
    for (const QString &setting : settings) {
        if (auto done = connection.run(setting); !done)
            return done;
    }
    if (auto done = migrate(connection, migrations()); !done)
        return done;
    return connection.run(u"PRAGMA foreign_keys = ON"_s);
}

Result<std::unique_ptr<Connection>> openDatabaseFile(const QString &path, Access access)
{
    if (auto made = createIfMissing(path, access); !made)
        return made.error();
    if (auto ours = checkHeader(path); !ours)
        return ours.error();
    const bool writes = access == Access::ReadWrite;
    auto reading = writes ? openToInspect(path) : openForReading(path);
    if (!reading)
        return reading;
    const auto version = checkContent(**reading, writes);
    if (!version)
        return version.error();
    if (!writes && *version < Store::SchemaVersion)
        return refused(path, u"has schema %1; open it for writing once to bring it to %2"_s.arg(*version).arg(
                                 Store::SchemaVersion));
    if (!writes)
        return reading;
    reading->reset();
    auto connection = Connection::open(path, Access::ReadWrite);
    if (!connection)
        return connection;
    if (auto prepared = prepareForWriting(**connection); !prepared)
        return prepared.error();
    return connection;
}

} // namespace engine
