#include "engine/store/audit_log.h"

#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/record/run_record.h"
#include "engine/store/change_writer.h"

#include <QVariant>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

struct AuditRow
{
    qint64 sequence = 0;
    QString timestamp{};
    QString tenant{};
    QString actor{};
    QString action{};
    QJsonObject data{};
    QString previousHash{};
    QString hash{};
};

/// Hex SHA-256 over the canonical JSON of every column but the hash, as for events.
QString hashOf(const AuditRow &row)
{
    return sha256Hex(canonicalJsonOf(QJsonObject{{u"sequence"_s, row.sequence},
                                                 {u"timestamp"_s, row.timestamp},
                                                 {u"tenantId"_s, row.tenant},
                                                 {u"actor"_s, row.actor},
                                                 {u"action"_s, row.action},
                                                 {u"data"_s, row.data},
                                                 {u"previousHash"_s, row.previousHash}}));
}

} // namespace

Result<> AuditLog::append(Timestamp at, const QString &actor, const QString &action, const QJsonObject &data)
{
    Transaction transaction(m_connection);
    if (auto begun = transaction.begin(); !begun)
        return begun;
    if (auto written = write(at, actor, action, data); !written)
        return written;
    return transaction.commit();
}

Result<> AuditLog::write(Timestamp at, const QString &actor, const QString &action, const QJsonObject &data)
{
    const auto text = jsonText(data);
    if (!text)
        return text.error();
    const auto last =
        m_connection.first(u"SELECT sequence, hash FROM audit_log ORDER BY sequence DESC LIMIT 1"_s, {},
                           [](Row &row) { return std::pair(row.number(0), row.text(1)); });
    if (!last)
        return last.error();
    const auto [number, hash] = last->value_or(std::pair(qint64(0), noPreviousHash));
    const AuditRow row{number + 1, toIso(at), RunSummary().tenant, actor, action, data, hash, {}};
    return m_connection.run(
        uR"(INSERT INTO audit_log
  (sequence, timestamp, tenantId, actor, action, data, previousHash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?))"_s,
        {row.sequence, row.timestamp, row.tenant, actor, action, *text, row.previousHash, hashOf(row)});
}

Result<> AuditLog::check()
{
    AuditRow previous;
    previous.hash = noPreviousHash;
    while (true) {
        const auto rows = m_connection.list(
            uR"(SELECT sequence, timestamp, tenantId, actor, action, data, previousHash, hash FROM audit_log
WHERE sequence > ? ORDER BY sequence LIMIT 1000)"_s,
            {previous.sequence}, [](Row &row) {
                return AuditRow{row.number(0), row.text(1),   row.text(2), row.text(3),
                                row.text(4),   row.object(5), row.text(6), row.text(7)};
            });
        if (!rows)
            return rows.error();
        if (rows->isEmpty())
            return {};
        for (const AuditRow &row : *rows) {
            if (row.sequence != previous.sequence + 1)
                return invalid(
                    u"audit log row %1: expected number %2"_s.arg(row.sequence).arg(previous.sequence + 1));
            if (row.previousHash != previous.hash)
                return invalid(u"audit log row %1: it does not follow the row before it"_s.arg(row.sequence));
            if (row.hash != hashOf(row))
                return invalid(u"audit log row %1: its content does not match its hash"_s.arg(row.sequence));
            previous = row;
        }
    }
}

} // namespace engine
