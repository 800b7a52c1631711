#pragma once

#include "engine/store/connection.h"
#include "engine/store/store.h"

namespace engine {

/// A query and the values to bind in it.
struct Query
{
    QString sql{};
    QVariantList values{};
};

/// What reads the lines that a query asks for: columns key, timestamp, level, eventType, message, stepId,
/// metadata.
Query logSelection(qint64 runKey, const LogQuery &query);

/// The rows of pack_run_logs: many, written in bursts and read in pages.
class LogTable
{
public:
    explicit LogTable(Connection &connection)
        : m_connection(connection)
    {
    }

    /// Writes lines with the numbers that follow last, inside a transaction of the caller's.
    Result<> append(qint64 runKey, qint64 last, const QList<LogLine> &lines);

    Result<QList<LogLine>> read(qint64 runKey, const LogQuery &query);
    Result<qint64> lastNumber(qint64 runKey);

    /// How many lines a run has and the number of the last; both are 0 when there is none.
    struct Extent
    {
        qint64 count = 0;
        qint64 last = 0;
    };
    Result<Extent> extent(qint64 runKey);

    /// Numbers that no line has, both ends included.
    struct Gap
    {
        qint64 first = 0;
        qint64 last = 0;

        bool operator==(const Gap &) const = default;
    };
    /// The first gaps between 1 and last.
    Result<QList<Gap>> gaps(qint64 runKey, qint64 last, int limit);

    /// Removes at most limit lines of runs that are gone, inside a transaction of the caller's. Returns how
    /// many.
    Result<qint64> removeOrphans(int limit);

private:
    Connection &m_connection;
};

} // namespace engine
