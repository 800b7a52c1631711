#pragma once

#include "engine/store/connection.h"
#include "engine/store/log_table.h"
#include "engine/store/store.h"

#include <QHash>
#include <QThread>

namespace engine {

struct Store::Impl
{
    /// Where a run's journal and log end. Kept between calls by the writing store, which nobody else can
    /// overtake; forgotten whenever a transaction fails.
    struct Head
    {
        qint64 key = 0; ///< Of the run in all tables.
        qint64 lastEvent = 0;
        QString lastHash{};
        qint64 lastLog = 0;
    };

    Impl(std::unique_ptr<Connection> opened)
        : connection(std::move(opened))
    {
    }

    bool isOwnThread() const { return QThread::currentThread() == thread; }

    Result<qint64> keyOf(const RunId &id);
    Result<Head> headOf(const RunId &id); ///< From memory when it is there.

    /// One row of a run that exists. sql selects it by the run's key, its only value.
    template<class Read, class Value = std::invoke_result_t<Read, Row &>>
    Result<Value> ofRun(const QString &sql, const RunId &id, Read read)
    {
        auto rows = listOfRun(sql, id, {}, std::move(read));
        if (!rows)
            return rows.error();
        if (rows->isEmpty()) // Deleted by another process just now.
            return noSuchRun(id);
        return std::move(rows->first());
    }

    /// The rows of a run that exists. The run's key comes before values.
    template<class Read, class Value = std::invoke_result_t<Read, Row &>>
    Result<QList<Value>> listOfRun(const QString &sql, const RunId &id, const QVariantList &values, Read read)
    {
        const auto key = keyOf(id);
        if (!key)
            return key.error();
        return connection->list(sql, QVariantList{*key} + values, std::move(read));
    }

    static Error noSuchRun(const RunId &id);

    /// The lines of all runs, through whatever connection there is now.
    LogTable logs() { return LogTable(*connection); }

    std::unique_ptr<Connection> connection; ///< Opened anew after damage; see Store::probe().
    QThread *const thread = QThread::currentThread();
    QHash<RunId, Head> heads;
};

} // namespace engine
