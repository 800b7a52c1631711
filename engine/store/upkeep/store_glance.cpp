#include "engine/store/upkeep/store_glance.h"

#include "engine/store/audit_log.h"
#include "engine/store/connection.h"
#include "engine/store/schema.h"

#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

void readWhole(Connection &connection, StoreGlance &glance)
{
    glance.isWhole = true;
    const auto found =
        connection.first(u"PRAGMA quick_check(1)"_s, {}, [](Row &row) { return row.text(0).simplified(); });
    if (!found || found->value_or(QString()) != u"ok"_s) {
        glance.damage = found ? found->value_or(u"nothing can be read"_s) : found.error().message;
        return;
    }
    const auto newest = connection.list(uR"(SELECT (SELECT timestamp FROM pack_run_events
  WHERE runId = pack_runs.key ORDER BY sequence DESC LIMIT 1) AS last FROM pack_runs ORDER BY last DESC LIMIT 1)"_s,
                                        {}, [](Row &row) { return row.optionalTime(0); });
    const auto incident = AuditLog(connection).incident();
    for (const Error *error : {newest ? nullptr : &newest.error(), incident ? nullptr : &incident.error()}) {
        if (error) {
            glance.damage = error->message;
            return;
        }
    }
    glance.incident = *incident;
    if (!newest->isEmpty())
        glance.newestEvent = newest->first();
}

} // namespace

Result<StoreGlance> glanceAtStore(const QString &databaseFile, bool isInUse)
{
    if (!QFileInfo::exists(databaseFile))
        return Error{ErrorCode::NotFound, u"there is no store \"%1\""_s.arg(databaseFile), {}, {}};
    const auto connection = Connection::open(databaseFile, Connection::Access::Immutable);
    if (!connection)
        return connection.error();
    const auto id = (*connection)->number(u"PRAGMA application_id"_s);
    const auto version = (*connection)->number(u"PRAGMA user_version"_s);
    for (const Error *error : {id ? nullptr : &id.error(), version ? nullptr : &version.error()}) {
        if (error)
            return *error;
    }
    if (quint32(*id) != applicationId)
        return Error{
            ErrorCode::Database, u"database \"%1\" belongs to another program"_s.arg(databaseFile), {}, {}};
    StoreGlance glance{*version, QFileInfo(databaseFile + u"-wal"_s).size(), false, {}, {}, {}};
    if (isInUse || glance.logBytes > 0)
        return glance;
    readWhole(**connection, glance);
    return glance;
}

Result<QString> sqliteVersion()
{
    const auto memory = Connection::open(u":memory:"_s, Connection::Access::ReadWrite);
    if (!memory)
        return memory.error();
    const auto version =
        (*memory)->first(u"SELECT sqlite_version()"_s, {}, [](Row &row) { return row.text(0); });
    if (!version)
        return version.error();
    return version->value_or(QString());
}

} // namespace engine
