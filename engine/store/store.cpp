#include "engine/store/store.h"

#include "engine/base/json.h"
#include "engine/store/approval_request_table.h"
#include "engine/store/audit_log.h"
#include "engine/store/change_writer.h"
#include "engine/store/database_file.h"
#include "engine/store/schema.h"
#include "engine/store/store_impl.h"
#include "engine/store/store_observer.h"

#include <QFileInfo>
#include <QVariant>

using namespace Qt::StringLiterals;

namespace engine {

Store::Store(std::unique_ptr<Impl> impl)
    : m_impl(std::move(impl))
{
}

Store::~Store()
{
    Q_ASSERT(m_impl->isOwnThread());
}

Result<std::unique_ptr<Store>> Store::open(const QString &path, Mode mode)
{
    const auto access =
        mode == Mode::ReadWrite ? Connection::Access::ReadWrite : Connection::Access::ReadOnly;
    auto connection = openDatabaseFile(QFileInfo(path).absoluteFilePath(), access);
    if (!connection)
        return connection.error();
    return std::unique_ptr<Store>(new Store(std::make_unique<Impl>(*std::move(connection))));
}

Error Store::Impl::noSuchRun(const RunId &id)
{
    return {ErrorCode::NotFound, u"there is no run \"%1\""_s.arg(id.value), {}, {}};
}

Result<qint64> Store::Impl::keyOf(const RunId &id)
{
    auto key = connection->number(u"SELECT key FROM pack_runs WHERE id = ?"_s, {id.value});
    if (key && *key == 0)
        return noSuchRun(id);
    return key;
}

Result<Store::Impl::Head> Store::Impl::headOf(const RunId &id)
{
    if (const auto known = heads.constFind(id); known != heads.constEnd())
        return *known;
    const auto key = keyOf(id);
    if (!key)
        return key.error();
    const auto readEnd = [](Row &row) { return std::pair(row.number(0), row.text(1)); };
    const auto end = connection->first(
        u"SELECT sequence, hash FROM pack_run_events WHERE runId = ? ORDER BY sequence DESC LIMIT 1"_s,
        {*key}, readEnd);
    if (!end)
        return end.error();
    const auto lastLog = logs().lastNumber(*key);
    if (!lastLog)
        return lastLog.error();
    const auto [lastEvent, lastHash] = end->value_or(std::pair(qint64(0), noPreviousHash));
    return Head{*key, lastEvent, lastHash, *lastLog};
}

/// Numbers, chains and writes drafts behind head, and moves head to the last of them.
static Result<QList<RunEvent>> writeEvents(ChangeWriter &writer, const RunId &run, Timestamp at,
                                           const QList<EventDraft> &drafts, qint64 &last, QString &lastHash)
{
    QList<RunEvent> events;
    events.reserve(drafts.size());
    for (const EventDraft &draft : drafts) {
        const auto data = canonicalJson(draft.data);
        if (!data)
            return data.error();
        RunEvent event{run, last + 1, at, draft.type, draft.stepPath, draft.data, lastHash, {}};
        event.hash = hashOf(event, *data);
        writer.writeEvent(event, *data);
        last = event.sequence;
        lastHash = event.hash;
        events += std::move(event);
    }
    if (!writer.result())
        return writer.result().error();
    return events;
}

static Result<qint64> insertRun(Connection &connection, const NewRun &run)
{
    const RunSummary &summary = run.summary;
    auto present = connection.number(u"SELECT count(*) FROM pack_runs WHERE id = ?"_s, {summary.id.value});
    if (!present)
        return present;
    if (*present > 0)
        return Error{ErrorCode::Conflict, u"there is a run \"%1\" already"_s.arg(summary.id.value), {}, {}};
    const auto inputs = jsonText(run.inputs);
    if (!inputs)
        return inputs.error();
    // Never a key that lines of a removed run still have; see Store::removeRun().
    const auto key = connection.number(uR"(SELECT max(coalesce((SELECT max(key) FROM pack_runs), 0),
  coalesce((SELECT max(key) FROM pack_run_logs), 0) >> ?) + 1)"_s,
                                       {logNumberBits});
    if (!key)
        return key;
    const auto inserted = connection.run(
        uR"(INSERT INTO pack_runs
  (key, id, packName, packVersion, packDigest, packPath, planHash, status, partial, reason, requestedBy, requestedAt,
   createdAt, updatedAt, completedAt, tenantId, inputs, outputs, plan)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '{}', CAST(? AS BLOB)))"_s,
        {*key, summary.id.value, summary.packName, summary.packVersion, summary.packDigest, run.packPath,
         summary.planHash, toString(summary.state), summary.partial, summary.reason, summary.requestedBy,
         toSql(summary.requestedAt), toSql(summary.createdAt), toSql(summary.updatedAt),
         toSql(summary.completedAt), summary.tenant, *inputs, run.plan});
    if (!inserted)
        return inserted.error();
    return key;
}

Result<QList<RunEvent>> Store::createRun(const NewRun &run, const QList<StepRecord> &steps,
                                         const QList<EventDraft> &events)
{
    Q_ASSERT(m_impl->isOwnThread());
    if (events.isEmpty() || events.first().type != u"run-created"_s)
        return invalid(u"the first event of run \"%1\" is not \"run-created\""_s.arg(run.summary.id.value));
    Transaction transaction(*m_impl->connection);
    if (auto begun = transaction.begin(); !begun)
        return begun.error();
    const auto key = insertRun(*m_impl->connection, run);
    if (!key)
        return key.error();
    Impl::Head head{*key, 0, noPreviousHash, 0};
    ChangeWriter writer(*m_impl->connection, *key);
    for (const StepRecord &step : steps)
        writer.writeStep(step);
    auto written =
        writeEvents(writer, run.summary.id, run.summary.createdAt, events, head.lastEvent, head.lastHash);
    if (!written)
        return written;
    if (auto committed = transaction.commit(); !committed)
        return committed.error();
    m_impl->heads.insert(run.summary.id, head);
    return written;
}

/// All but the events.
static void writeRows(ChangeWriter &writer, const RunChange &change)
{
    if (change.status)
        writer.writeStatus(*change.status, change.at);
    if (change.outputs)
        writer.writeOutputs(*change.outputs, change.at);
    for (const StepRecord &step : change.steps)
        writer.writeStep(step);
    for (const AttemptRecord &attempt : change.attempts)
        writer.writeAttempt(attempt);
    for (const Artifact &artifact : change.artifacts)
        writer.writeArtifact(artifact);
    for (const GateRequest &gate : change.gates)
        writer.writeGate(gate);
    for (const Decision &decision : change.decisions)
        writer.writeDecision(decision);
    for (const Decision &decision : change.withdrawn)
        writer.writeWithdrawal(decision);
    for (const PolicyDecision &decision : change.policies)
        writer.writePolicyDecision(decision);
    if (change.anchors)
        writer.writeAnchors(*change.anchors);
}

/// After the decisions that they name.
static Result<> writeRequests(Connection &connection, qint64 runKey, const RunChange &change)
{
    ApprovalRequestTable table(connection);
    for (const ExportedRequest &request : change.requests) {
        if (auto written = table.write(runKey, request); !written)
            return written;
    }
    for (const RequestAnswer &answer : change.answers) {
        if (auto written = table.answer(runKey, answer); !written)
            return written;
    }
    return {};
}

Result<QList<RunEvent>> Store::apply(const RunChange &change)
{
    Q_ASSERT(m_impl->isOwnThread());
    Transaction transaction(*m_impl->connection);
    if (auto begun = transaction.begin(); !begun)
        return begun.error();
    auto head = m_impl->headOf(change.run);
    m_impl->heads.remove(change.run); // Comes back when all went well.
    if (!head)
        return head.error();
    ChangeWriter writer(*m_impl->connection, head->key);
    writeRows(writer, change);
    if (auto written = writeRequests(*m_impl->connection, head->key, change); !written)
        return written.error();
    auto events = writeEvents(writer, change.run, change.at, change.events, head->lastEvent, head->lastHash);
    if (!events)
        return events;
    if (auto committed = transaction.commit(); !committed)
        return committed.error();
    if (!change.status || !isFinal(change.status->state)) // A finished run is seldom written again.
        m_impl->heads.insert(change.run, *head);
    return events;
}

/// Counted rather than encoded: lines come fast.
static qint64 utf8Size(const QString &text)
{
    qint64 bytes = 0;
    for (const QChar unit : text)
        bytes += unit < u'\u0080' ? 1 : unit < u'\u0800' || unit.isSurrogate() ? 2 : 3;
    return bytes;
}

void Store::setObserver(StoreObserver *observer)
{
    Q_ASSERT(m_impl->isOwnThread());
    m_impl->connection->setObserver(observer);
}

Result<qint64> Store::appendLogs(const RunId &run, const QList<LogLine> &lines)
{
    Q_ASSERT(m_impl->isOwnThread());
    Transaction transaction(*m_impl->connection);
    if (auto begun = transaction.begin(); !begun)
        return begun.error();
    auto head = m_impl->headOf(run);
    m_impl->heads.remove(run);
    if (!head)
        return head.error();
    if (auto written = m_impl->logs().append(head->key, head->lastLog, lines); !written)
        return written.error();
    if (auto committed = transaction.commit(); !committed)
        return committed.error();
    head->lastLog += lines.size();
    m_impl->heads.insert(run, *head);
    if (StoreObserver *observer = m_impl->connection->observer()) {
        qint64 bytes = 0;
        for (const LogLine &line : lines)
            bytes += utf8Size(line.message);
        observer->logLinesStored(lines.size(), bytes);
    }
    return head->lastLog;
}

/// A connection to a file that was found damaged and is whole again.
static Result<std::unique_ptr<Connection>> openedAnew(const QString &path)
{
    auto reading = openDatabaseFile(path, Connection::Access::ReadOnly);
    if (!reading)
        return reading;
    const auto found =
        (*reading)->first(u"PRAGMA quick_check(1)"_s, {}, [](Row &row) { return row.text(0).simplified(); });
    if (!found)
        return found.error();
    if (found->value_or(QString()) != u"ok"_s)
        return Error{ErrorCode::Database,
                     u"database \"%1\" is damaged and nothing is written to it: %2"_s.arg(
                         path, found->value_or(QString())),
                     {},
                     {}};
    return openDatabaseFile(path, Connection::Access::ReadWrite);
}

Result<> Store::probe()
{
    Q_ASSERT(m_impl->isOwnThread());
    if (!m_impl->connection->damage().isEmpty()) {
        auto anew = openedAnew(m_impl->connection->path());
        if (!anew)
            return anew.error();
        (*anew)->setObserver(m_impl->connection->observer());
        m_impl->connection = *std::move(anew);
        m_impl->heads.clear();
    }
    Transaction transaction(*m_impl->connection);
    if (auto begun = transaction.begin(); !begun)
        return begun;
    // What it is already; SQLite writes the page all the same.
    if (auto done = m_impl->connection->run(u"PRAGMA user_version = %1"_s.arg(SchemaVersion)); !done)
        return done;
    return transaction.commit();
}

Result<> Store::audit(Timestamp at, const QString &actor, const QString &action, const QJsonObject &data)
{
    Q_ASSERT(m_impl->isOwnThread());
    return AuditLog(*m_impl->connection).append(at, actor, action, data);
}

Result<> Store::checkAuditLog() const
{
    Q_ASSERT(m_impl->isOwnThread());
    return AuditLog(*m_impl->connection).check();
}

Result<Incident> Store::incident() const
{
    Q_ASSERT(m_impl->isOwnThread());
    return AuditLog(*m_impl->connection).incident();
}

Result<QList<QJsonObject>> Store::auditLog(int limit) const
{
    Q_ASSERT(m_impl->isOwnThread());
    return AuditLog(*m_impl->connection).newest(limit);
}

} // namespace engine
