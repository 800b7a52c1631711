#include "engine/store/log_table.h"

#include "engine/base/json.h"
#include "engine/store/change_writer.h"
#include "engine/store/schema.h"

#include <QVariant>

#include <algorithm>
#include <tuple>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// Equal lines share everything but number and message.
bool alike(const LogLine &a, const LogLine &b)
{
    return a.timestamp == b.timestamp && a.attempt == b.attempt && a.level == b.level
           && a.continues == b.continues && a.invalidUtf8 == b.invalidUtf8 && a.stepPath == b.stepPath
           && a.eventType == b.eventType;
}

/// Inserts `count` lines that are alike. Binding a value through Qt costs more than SQLite needs for a whole
/// row, so what they share is bound once and each row adds its message only: three times as fast as a row at
/// a time.
QString insertion(qsizetype count)
{
    if (count == 1) // The same values in the same order, without the detour.
        return uR"(INSERT INTO pack_run_logs (key, timestamp, level, eventType, stepId, metadata, message)
VALUES (?, ?, ?, ?, ?, ?, ?))"_s;
    QStringList rows;
    for (qsizetype i = 0; i < count; ++i)
        rows += u"(%1, ?)"_s.arg(i);
    return uR"(WITH shared (firstKey, timestamp, level, eventType, stepId, metadata) AS (SELECT ?, ?, ?, ?, ?, ?)
INSERT INTO pack_run_logs (key, timestamp, level, eventType, message, stepId, metadata)
SELECT firstKey + own.column1, timestamp, level, eventType, own.column2, stepId, metadata
FROM (VALUES %1) AS own, shared)"_s.arg(rows.join(u", "_s));
}

struct Insertion
{
    qsizetype rows;
    QString sql;
};

/// Largest first; the last takes whatever is left.
const QList<Insertion> &insertions()
{
    static const QList<Insertion> all{{100, insertion(100)}, {10, insertion(10)}, {1, insertion(1)}};
    return all;
}

/// The texts of a line that take long to make; mostly they are those of the line before.
class SharedTexts
{
public:
    void moveTo(const LogLine &line)
    {
        if (time.isNull() || line.timestamp != m_timestamp)
            time = toIso(line.timestamp);
        const auto facts = std::tuple(line.attempt, line.continues, line.invalidUtf8);
        if (metadata.isNull() || facts != m_facts)
            metadata = metadataOf(line);
        m_timestamp = line.timestamp;
        m_facts = facts;
    }

    QString time;
    QString metadata;

private:
    static QString metadataOf(const LogLine &line)
    {
        QJsonObject members;
        if (line.attempt != 0)
            members.insert(u"attempt"_s, line.attempt);
        if (line.continues)
            members.insert(u"continues"_s, true);
        if (line.invalidUtf8)
            members.insert(u"invalidUtf8"_s, true);
        return QString::fromUtf8(canonicalJsonOf(members));
    }

    Timestamp m_timestamp{};
    std::tuple<int, bool, bool> m_facts{};
};

qint64 logKey(qint64 runKey, qint64 number)
{
    return (runKey << logNumberBits) | number;
}

QString asciiLower(QString text)
{
    for (QChar &letter : text) {
        if (letter >= u'A' && letter <= u'Z')
            letter = QChar(letter.unicode() + (u'a' - u'A'));
    }
    return text;
}

/// The condition for a step and what is below it: "p", "p/...", "p[..." and "p::...".
void addStepFilter(Query &query, const QString &path)
{
    query.sql += u" AND (stepId = ?"_s;
    query.values += path;
    for (const QString &joint : {u"/"_s, u"["_s, u"::"_s}) {
        // Texts that begin with a prefix lie between it and the prefix with its last character raised by one.
        QString end = path + joint;
        end.back() = QChar(end.back().unicode() + 1);
        query.sql += u" OR (stepId >= ? AND stepId < ?)"_s;
        query.values << path + joint << end;
    }
    query.sql += u')';
}

void addLevelFilter(Query &query, LogLevel least)
{
    static constexpr LogLevel all[] = {LogLevel::Debug, LogLevel::Info, LogLevel::Warn, LogLevel::Error};
    if (least == LogLevel::Debug)
        return;
    QStringList marks;
    for (const LogLevel level : all) {
        if (level >= least) {
            marks += u"?"_s;
            query.values += toString(level);
        }
    }
    query.sql += u" AND level IN (%1)"_s.arg(marks.join(u", "_s));
}

/// Reads lines, remembering what the line before had: neighbours mostly share it, and reading a time costs
/// more than the rest of a row.
class LineReader
{
public:
    LogLine operator()(Row &row)
    {
        LogLine line;
        line.sequence = row.number(0) & maxLogNumber;
        if (const QString time = row.text(1); time != m_timeText) {
            m_time = row.time(1);
            m_timeText = time;
        }
        if (const QString metadata = row.text(6); metadata != m_metadataText) {
            m_metadata = row.object(6);
            m_metadataText = metadata;
        }
        line.timestamp = m_time;
        line.level = row.parsed<LogLevel>(2, parseLogLevel);
        line.eventType = row.text(3);
        line.message = row.text(4);
        line.stepPath = row.text(5);
        line.attempt = m_metadata.value(u"attempt"_s).toInt();
        line.continues = m_metadata.value(u"continues"_s).toBool();
        line.invalidUtf8 = m_metadata.value(u"invalidUtf8"_s).toBool();
        return line;
    }

private:
    QString m_timeText;
    Timestamp m_time{};
    QString m_metadataText;
    QJsonObject m_metadata;
};

} // namespace

Result<> LogTable::append(qint64 runKey, qint64 last, const QList<LogLine> &lines)
{
    if (lines.size() > maxLogNumber - last) {
        return Error{ErrorCode::Database,
                     u"database \"%1\": a run cannot have more than %2 log lines"_s.arg(m_connection.path())
                         .arg(maxLogNumber),
                     {},
                     {}};
    }
    SharedTexts texts;
    qsizetype next = 0;
    while (next < lines.size()) {
        const LogLine &first = lines[next];
        const auto here = lines.begin() + next;
        const auto furthest = here + std::min(insertions().first().rows, lines.size() - next);
        const auto end =
            std::find_if(here, furthest, [&first](const LogLine &line) { return !alike(line, first); });
        const auto fitting = std::find_if(
            insertions().begin(), insertions().end(),
            [alikes = end - here](const Insertion &insertion) { return insertion.rows <= alikes; });
        texts.moveTo(first);
        QVariantList values{logKey(runKey, last + next + 1),
                            texts.time,
                            toString(first.level),
                            first.eventType,
                            first.stepPath,
                            texts.metadata};
        values.reserve(values.size() + fitting->rows);
        for (auto line = here; line != here + fitting->rows; ++line)
            values += line->message;
        if (auto done = m_connection.run(fitting->sql, values); !done)
            return done;
        next += fitting->rows;
    }
    return {};
}

Query logSelection(qint64 runKey, const LogQuery &wanted)
{
    Query query;
    query.sql = uR"(SELECT key, timestamp, level, eventType, message, stepId, metadata FROM pack_run_logs
WHERE key > ? AND key <= ?)"_s;
    query.values = {logKey(runKey, std::clamp<qint64>(wanted.after, 0, maxLogNumber)),
                    logKey(runKey, maxLogNumber)};
    addLevelFilter(query, wanted.minLevel);
    if (!wanted.stepPath.isEmpty())
        addStepFilter(query, wanted.stepPath);
    if (!wanted.text.isEmpty()) {
        query.sql += u" AND instr(lower(message), ?) > 0"_s;
        query.values += asciiLower(wanted.text);
    }
    query.sql += u" ORDER BY key LIMIT ?"_s;
    query.values += wanted.limit;
    return query;
}

Result<QList<LogLine>> LogTable::read(qint64 runKey, const LogQuery &query)
{
    const Query selection = logSelection(runKey, query);
    return m_connection.list(selection.sql, selection.values, LineReader());
}

Result<qint64> LogTable::lastNumber(qint64 runKey)
{
    auto key = m_connection.number(
        u"SELECT key FROM pack_run_logs WHERE key > ? AND key <= ? ORDER BY key DESC LIMIT 1"_s,
        {logKey(runKey, 0), logKey(runKey, maxLogNumber)});
    if (!key)
        return key;
    return *key & maxLogNumber;
}

Result<LogTable::Extent> LogTable::extent(qint64 runKey)
{
    const auto row =
        m_connection.first(u"SELECT count(*), max(key) FROM pack_run_logs WHERE key > ? AND key <= ?"_s,
                           {logKey(runKey, 0), logKey(runKey, maxLogNumber)}, [](Row &values) {
                               return Extent{values.number(0), values.number(1) & maxLogNumber};
                           });
    if (!row)
        return row.error();
    return row->value_or(Extent{});
}

Result<QList<LogTable::Gap>> LogTable::gaps(qint64 runKey, qint64 last, int limit)
{
    // A line whose follower is missing, or the start when there is no first line.
    return m_connection.list(uR"(SELECT number + 1, coalesce(
  (SELECT min(key) FROM pack_run_logs WHERE key > ? + number AND key <= ?) - ? - 1, ?)
FROM (SELECT 0 AS number UNION ALL
      SELECT key - ? FROM pack_run_logs WHERE key > ? AND key < ?) AS present
WHERE NOT EXISTS (SELECT 1 FROM pack_run_logs AS next WHERE next.key = ? + number + 1)
ORDER BY number LIMIT ?)"_s,
                             {logKey(runKey, 0), logKey(runKey, last), logKey(runKey, 0), last,
                              logKey(runKey, 0), logKey(runKey, 0), logKey(runKey, last), logKey(runKey, 0),
                              limit},
                             [](Row &row) {
                                 return Gap{row.number(0), row.number(1)};
                             });
}

Result<qint64> LogTable::removeOrphans(int limit)
{
    // From run to run by their first line, without reading what lies between.
    qint64 key = 0;
    while (true) {
        const auto next = m_connection.number(u"SELECT min(key) FROM pack_run_logs WHERE key > ?"_s, {key});
        if (!next || *next == 0)
            return next;
        const qint64 runKey = *next >> logNumberBits;
        const auto isKept = m_connection.number(u"SELECT count(*) FROM pack_runs WHERE key = ?"_s, {runKey});
        if (!isKept)
            return isKept;
        if (*isKept == 0) {
            const auto removed = m_connection.run(uR"(DELETE FROM pack_run_logs WHERE key IN
(SELECT key FROM pack_run_logs WHERE key >= ? AND key <= ? ORDER BY key LIMIT ?))"_s,
                                                  {*next, logKey(runKey, maxLogNumber), limit});
            return removed ? m_connection.number(u"SELECT changes()"_s) : removed.error();
        }
        key = logKey(runKey, maxLogNumber);
    }
}

} // namespace engine
