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

const QString columns = u"sequence, timestamp, tenantId, actor, action, data, previousHash, hash"_s;

AuditRow readAudit(Row &row)
{
    return {row.number(0), row.text(1),   row.text(2), row.text(3),
            row.text(4),   row.object(5), row.text(6), row.text(7)};
}

/// Every column but the hash.
QJsonObject hashedJson(const AuditRow &row)
{
    return {{u"sequence"_s, row.sequence},
            {u"timestamp"_s, row.timestamp},
            {u"tenantId"_s, row.tenant},
            {u"actor"_s, row.actor},
            {u"action"_s, row.action},
            {u"data"_s, row.data},
            {u"previousHash"_s, row.previousHash}};
}

/// Hex SHA-256 over canonical JSON, as for events.
QString hashOf(const AuditRow &row)
{
    return sha256Hex(canonicalJsonOf(hashedJson(row)));
}

const QString began = u"incident-began"_s;
const QString snapshotTaken = u"incident-snapshot"_s;

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
            u"SELECT %1 FROM audit_log WHERE sequence > ? ORDER BY sequence LIMIT 1000"_s.arg(columns),
            {previous.sequence}, readAudit);
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

Result<Incident> AuditLog::incident()
{
    const auto rows = m_connection.list(
        u"SELECT %1 FROM audit_log WHERE action IN ('incident-began', "
        "'incident-ended', 'incident-snapshot') ORDER BY sequence DESC LIMIT 2"_s.arg(columns),
        {}, readAudit);
    if (!rows)
        return rows.error();
    Incident incident;
    const bool hasSnapshot = rows->size() == 2 && rows->first().action == snapshotTaken;
    if (hasSnapshot) {
        const QJsonObject data = rows->first().data;
        incident.snapshot = data.value(u"file"_s).toString();
        incident.snapshotSha256 = data.value(u"sha256"_s).toString();
        incident.snapshotError = data.value(u"error"_s).toString();
    }
    if (rows->isEmpty())
        return incident;
    const AuditRow &moved = hasSnapshot ? rows->last() : rows->first();
    const auto since = parseIso(moved.timestamp);
    if (!since)
        return since.error();
    incident.isOn = moved.action == began;
    incident.by = moved.actor;
    incident.reason = moved.data.value(u"reason"_s).toString();
    incident.since = *since;
    return incident;
}

Result<QList<QJsonObject>> AuditLog::newest(int limit)
{
    const auto rows = m_connection.list(
        u"SELECT %1 FROM audit_log ORDER BY sequence DESC LIMIT ?"_s.arg(columns), {limit}, readAudit);
    if (!rows)
        return rows.error();
    QList<QJsonObject> list;
    for (const AuditRow &row : *rows) {
        QJsonObject json = hashedJson(row);
        json.insert(u"hash"_s, row.hash);
        list.prepend(json);
    }
    return list;
}

} // namespace engine
