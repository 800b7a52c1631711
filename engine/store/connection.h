#pragma once

#include "engine/store/row.h"

#include <QHash>
#include <QSqlDatabase>
#include <QSqlError>

#include <memory>

namespace engine {

class StoreObserver;

/// One connection to an SQLite file, with its prepared statements.
///
/// Every failure is ErrorCode::Database and says the file and SQLite's own words.
///
/// Thread: the one that opened it.
class Connection
{
public:
    enum class Access {
        ReadWrite,
        ReadOnly,
        Immutable, ///< Reads without locks or helper files, for media nobody can write to.
    };

    /// The file is made when it is missing and access is ReadWrite.
    static Result<std::unique_ptr<Connection>> open(const QString &path, Access access);
    ~Connection();
    Q_DISABLE_COPY_MOVE(Connection)

    const QString &path() const { return m_path; }

    /// What SQLite said when it found the file damaged; empty while it has not. Nothing is written from then
    /// on: Transaction::begin() fails, and closing leaves the file and its log as they are.
    const QString &damage() const { return m_damage; }

    /// Who is told of every commit; outlives the connection. nullptr: nobody.
    void setObserver(StoreObserver *observer) { m_observer = observer; }
    StoreObserver *observer() const { return m_observer; }

    /// Runs a statement; values are bound in order. A null string is bound as the empty one: NULL is
    /// QVariant().
    Result<> run(const QString &sql, const QVariantList &values = {});

    /// Runs a query and reads each row with read(Row &).
    template<class Read, class Value = std::invoke_result_t<Read, Row &>>
    Result<QList<Value>> list(const QString &sql, const QVariantList &values, Read read);

    /// Like list(), for the first row; nullopt when there is none.
    template<class Read, class Value = std::invoke_result_t<Read, Row &>>
    Result<std::optional<Value>> first(const QString &sql, const QVariantList &values, Read read);

    /// The only number of a query's only row, e.g. of a PRAGMA.
    Result<qint64> number(const QString &sql, const QVariantList &values = {});

private:
    Connection(QString path, Access access);

    /// A statement that is reset when it goes out of use: while one is not, SQLite can neither close a
    /// transaction nor start its log anew.
    struct Finish
    {
        void operator()(QSqlQuery *query) const { query->finish(); }
    };
    using Statement = std::unique_ptr<QSqlQuery, Finish>;

    Result<Statement> execute(const QString &sql, const QVariantList &values);
    Error failure(const QSqlError &error);
    Error damaged(const QString &problem) const;

    friend class Transaction;
    void setPatient(bool isPatient);

    const QString m_path;
    const QString m_name;
    const Access m_access;
    QString m_damage;
    bool m_isPatient = true;
    StoreObserver *m_observer = nullptr;
    QSqlDatabase m_database;
    /// By their text. Shared, since QHash copies its values.
    QHash<QString, std::shared_ptr<QSqlQuery>> m_statements;
};

/// From BEGIN IMMEDIATE to COMMIT; rolled back when it ends without commit().
///
/// begin() waits up to two seconds for another process that writes; after one that did not let go, only
/// briefly until it has, so that a locked file does not take all the time of the thread.
class Transaction
{
public:
    explicit Transaction(Connection &connection)
        : m_connection(connection)
    {
    }
    ~Transaction();
    Q_DISABLE_COPY_MOVE(Transaction)

    Result<> begin();
    Result<> commit();

private:
    Connection &m_connection;
    bool m_open = false;
};

template<class Read, class Value>
Result<QList<Value>> Connection::list(const QString &sql, const QVariantList &values, Read read)
{
    auto statement = execute(sql, values);
    if (!statement)
        return statement.error();
    QSqlQuery &query = **statement;
    QList<Value> all;
    while (query.next()) {
        Row row(query);
        all.append(read(row));
        if (!row.problem().isEmpty())
            return damaged(row.problem());
    }
    if (query.lastError().isValid())
        return failure(query.lastError());
    return all;
}

template<class Read, class Value>
Result<std::optional<Value>> Connection::first(const QString &sql, const QVariantList &values, Read read)
{
    auto all = list(sql, values, std::move(read));
    if (!all)
        return all.error();
    return all->isEmpty() ? std::nullopt : std::optional(std::move(all->first()));
}

} // namespace engine
