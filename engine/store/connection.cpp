#include "engine/store/connection.h"

#include "engine/store/store_observer.h"

#include <QUrl>
#include <QUuid>
#include <QVariant>

using namespace Qt::StringLiterals;

namespace engine {

static constexpr int patience = 2000; // Milliseconds.
static constexpr int impatience = 50;

Connection::Connection(QString path, Access access)
    : m_path(std::move(path))
    , m_name(u"store-"_s + QUuid::createUuid().toString(QUuid::WithoutBraces))
    , m_access(access)
{
}

Connection::~Connection()
{
    // The last connection to close copies the log into the file. One that can only read does not, and while
    // it is open this one is not the last.
    std::unique_ptr<Connection> guard;
    if (m_access == Access::ReadWrite && !m_damage.isEmpty()) {
        if (auto opened = open(m_path, Access::ReadOnly)) {
            guard = *std::move(opened);
            (void)guard->number(u"PRAGMA user_version"_s); // Takes the lock, whatever it reads.
        }
    }
    m_statements.clear();
    m_database.close();
    m_database = {}; // Qt warns when a handle is left while the connection is removed.
    QSqlDatabase::removeDatabase(m_name);
}

Result<std::unique_ptr<Connection>> Connection::open(const QString &path, Access access)
{
    std::unique_ptr<Connection> connection(new Connection(path, access));
    QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, connection->m_name);
    if (!database.isValid())
        return Error{ErrorCode::Database,
                     u"Qt has no SQLite driver here; install the package that brings it"_s,
                     {},
                     {}};
    QStringList options{u"QSQLITE_BUSY_TIMEOUT=%1"_s.arg(patience)};
    if (access != Access::ReadWrite)
        options += u"QSQLITE_OPEN_READONLY"_s;
    if (access == Access::Immutable)
        options += u"QSQLITE_OPEN_URI"_s;
    database.setConnectOptions(options.join(u';'));
    database.setDatabaseName(access == Access::Immutable
                                 ? QUrl::fromLocalFile(path).toString(QUrl::FullyEncoded) + u"?immutable=1"_s
                                 : path);
    if (!database.open())
        return connection->failure(database.lastError());
    connection->m_database = database;
    return connection;
}

Error Connection::failure(const QSqlError &error)
{
    const QString text = error.databaseText().isEmpty() ? error.driverText() : error.databaseText();
    // Result codes of SQLite: the low byte says what, the rest where (https://www.sqlite.org/rescode.html).
    constexpr int corrupt = 11;
    constexpr int notADatabase = 26;
    const int code = error.nativeErrorCode().toInt() & 0xFF;
    if ((code == corrupt || code == notADatabase) && m_damage.isEmpty())
        m_damage = text;
    return {ErrorCode::Database, u"database \"%1\": %2"_s.arg(m_path, text), {}, {}};
}

Error Connection::damaged(const QString &problem) const
{
    return {ErrorCode::Database, u"database \"%1\" is damaged: %2"_s.arg(m_path, problem), {}, {}};
}

Result<Connection::Statement> Connection::execute(const QString &sql, const QVariantList &values)
{
    std::shared_ptr<QSqlQuery> &query = m_statements[sql];
    if (!query) {
        auto fresh = std::make_shared<QSqlQuery>(m_database);
        fresh->setForwardOnly(true);
        if (!fresh->prepare(sql)) {
            m_statements.remove(sql);
            return failure(fresh->lastError());
        }
        query = std::move(fresh);
    }
    for (qsizetype i = 0; i < values.size(); ++i) {
        const QVariant &value = values[i];
        const bool nullText = value.typeId() == QMetaType::QString && value.toString().isNull();
        query->bindValue(int(i), nullText ? QVariant(u""_s) : value);
    }
    Statement statement(query.get());
    if (!query->exec())
        return failure(query->lastError());
    return statement;
}

Result<> Connection::run(const QString &sql, const QVariantList &values)
{
    const auto statement = execute(sql, values);
    return statement ? Result<>() : statement.error();
}

Result<qint64> Connection::number(const QString &sql, const QVariantList &values)
{
    const auto value = first(sql, values, [](Row &row) { return row.number(0); });
    if (!value)
        return value.error();
    return value->value_or(0);
}

void Connection::setPatient(bool isPatient)
{
    if (std::exchange(m_isPatient, isPatient) != isPatient)
        (void)run(u"PRAGMA busy_timeout = %1"_s.arg(isPatient ? patience : impatience));
}

Transaction::~Transaction()
{
    // Where this fails SQLite has rolled back by itself.
    if (m_open)
        (void)m_connection.run(u"ROLLBACK"_s);
}

Result<> Transaction::begin()
{
    if (!m_connection.damage().isEmpty())
        return Error{ErrorCode::Database,
                     u"database \"%1\" is damaged and nothing is written to it: %2"_s.arg(
                         m_connection.path(), m_connection.damage()),
                     {},
                     {}};
    auto begun = m_connection.run(u"BEGIN IMMEDIATE"_s);
    m_open = bool(begun);
    m_connection.setPatient(m_open);
    return begun;
}

Result<> Transaction::commit()
{
    const auto begun = std::chrono::steady_clock::now();
    auto committed = m_connection.run(u"COMMIT"_s);
    m_open = !committed;
    if (StoreObserver *observer = m_connection.observer(); observer && committed)
        observer->committed(std::chrono::steady_clock::now() - begun);
    return committed;
}

} // namespace engine
