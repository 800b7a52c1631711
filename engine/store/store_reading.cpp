#include "engine/store/approval_request_table.h"
#include "engine/store/store_impl.h"

#include <QVariant>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

const QString summaryColumns =
    u"id, packName, packVersion, packDigest, planHash, status, partial, reason, requestedBy, "
    "tenantId, requestedAt, createdAt, updatedAt, completedAt"_s;

RunSummary readSummary(Row &row)
{
    RunSummary run;
    run.id = {row.text(0)};
    run.packName = row.text(1);
    run.packVersion = row.text(2);
    run.packDigest = row.text(3);
    run.planHash = row.text(4);
    run.state = row.parsed<RunState>(5, parseRunState);
    run.partial = row.flag(6);
    run.reason = row.text(7);
    run.requestedBy = row.text(8);
    run.tenant = row.text(9);
    run.requestedAt = row.time(10);
    run.createdAt = row.time(11);
    run.updatedAt = row.time(12);
    run.completedAt = row.optionalTime(13);
    return run;
}

StepRecord readStep(Row &row)
{
    return {row.text(0),  row.parsed<StepState>(1, parseStepState),
            row.text(2),  int(row.number(3)),
            row.time(4),  row.optionalTime(5),
            row.object(6)};
}

std::optional<ResourceUsage> readUsage(Row &row, int column)
{
    if (row.isNull(column))
        return std::nullopt;
    const QJsonObject json = row.object(column);
    return ResourceUsage{std::chrono::microseconds(json.value(u"userMicroseconds"_s).toInteger()),
                         std::chrono::microseconds(json.value(u"systemMicroseconds"_s).toInteger()),
                         json.value(u"peakMemoryBytes"_s).toInteger(),
                         json.value(u"writtenBytes"_s).toInteger()};
}

AttemptRecord readAttempt(Row &row)
{
    return {row.text(0),           int(row.number(1)),  row.number(2),       row.text(3),
            row.text(4),           row.optionalTime(5), row.optionalTime(6), row.optionalNumber(7),
            row.optionalNumber(8), readUsage(row, 9)};
}

Artifact readArtifact(Row &row)
{
    return {row.text(0), row.text(1),   row.text(2), row.text(3), row.text(4),
            row.text(5), row.number(6), row.text(7), row.text(8), row.time(9)};
}

const QString gateColumns =
    u"pack_runs.id, path, revision, approvalId, title, message, pack_run_approvals.planHash, "
    "required, approvers, allowSelfApproval, requireReason, reasonSuggestion, "
    "pack_run_approvals.requestedBy, pack_run_approvals.requestedAt, expiresAt, "
    "pack_run_approvals.status "
    "FROM pack_run_approvals JOIN pack_runs ON pack_runs.key = runId"_s;

GateRequest readGate(Row &row)
{
    GateRequest gate;
    gate.run = {row.text(0)};
    gate.path = row.text(1);
    gate.revision = int(row.number(2));
    gate.approvalId = row.text(3);
    gate.title = row.text(4);
    gate.message = row.text(5);
    gate.planHash = row.text(6);
    gate.required = int(row.number(7));
    for (const auto &approver : row.array(8))
        gate.approvers += approver.toString();
    gate.allowSelfApproval = row.flag(9);
    gate.requireReason = row.flag(10);
    gate.reasonSuggestion = row.text(11);
    gate.requestedBy = row.text(12);
    gate.requestedAt = row.time(13);
    gate.expiresAt = row.time(14);
    gate.state = row.parsed<GateState>(15, parseGateState);
    return gate;
}

Decision readDecision(const RunId &run, Row &row)
{
    Decision decision{row.text(0),
                      {run, row.text(1), int(row.number(2)), row.text(3),
                       row.parsed<Verdict>(4, parseVerdict), row.text(5), row.text(6), row.text(7),
                       row.time(8)},
                      row.text(9),
                      row.bytes(10),
                      {}};
    if (const auto at = row.optionalTime(11)) {
        const DecisionStatement &taken = decision.statement;
        decision.withdrawal = Withdrawal{{run, taken.path, taken.revision, taken.planHash, taken.approver,
                                          envelopeDigest(decision), row.text(12), *at},
                                         row.text(13),
                                         row.bytes(14)};
    }
    return decision;
}

QList<PolicyDenial> readDenials(const QJsonArray &json)
{
    QList<PolicyDenial> denials;
    for (const auto &denial : json)
        denials += {denial[u"id"_s].toString(), denial[u"message"_s].toString()};
    return denials;
}

} // namespace

Result<QList<RunSummary>> Store::runs(const RunFilter &filter) const
{
    Q_ASSERT(m_impl->isOwnThread());
    QStringList conditions;
    QVariantList values;
    if (!filter.states.isEmpty()) {
        QStringList marks;
        for (const RunState state : filter.states) {
            marks += u"?"_s;
            values += toString(state);
        }
        conditions += u"status IN (%1)"_s.arg(marks.join(u", "_s));
    }
    if (!filter.packName.isEmpty()) {
        conditions += u"packName = ?"_s;
        values += filter.packName;
    }
    if (!filter.before.isEmpty()) {
        conditions += u"id < ?"_s;
        values += filter.before.value;
    }
    const QString where = conditions.isEmpty() ? QString() : u" WHERE "_s + conditions.join(u" AND "_s);
    values += filter.limit;
    return m_impl->connection->list(
        u"SELECT %1 FROM pack_runs%2 ORDER BY id DESC LIMIT ?"_s.arg(summaryColumns, where), values,
        readSummary);
}

Result<QList<RunSummary>> Store::unfinishedRuns() const
{
    Q_ASSERT(m_impl->isOwnThread());
    return m_impl->connection->list(
        u"SELECT %1 FROM pack_runs WHERE completedAt IS NULL ORDER BY id"_s.arg(summaryColumns), {},
        readSummary);
}

Result<qint64> Store::readySteps() const
{
    Q_ASSERT(m_impl->isOwnThread());
    return m_impl->connection->number(
        uR"(SELECT count(*) FROM pack_runs JOIN pack_run_steps ON runId = pack_runs.key
WHERE completedAt IS NULL AND pack_run_steps.status = 'ready')"_s);
}

Result<RunSummary> Store::run(const RunId &id) const
{
    Q_ASSERT(m_impl->isOwnThread());
    return m_impl->ofRun(u"SELECT %1 FROM pack_runs WHERE key = ?"_s.arg(summaryColumns), id, readSummary);
}

Result<QString> Store::packPath(const RunId &id) const
{
    Q_ASSERT(m_impl->isOwnThread());
    return m_impl->ofRun(u"SELECT packPath FROM pack_runs WHERE key = ?"_s, id,
                         [](Row &row) { return row.text(0); });
}

Result<QByteArray> Store::plan(const RunId &id) const
{
    Q_ASSERT(m_impl->isOwnThread());
    return m_impl->ofRun(u"SELECT plan FROM pack_runs WHERE key = ?"_s, id,
                         [](Row &row) { return row.bytes(0); });
}

Result<QJsonObject> Store::inputs(const RunId &id) const
{
    Q_ASSERT(m_impl->isOwnThread());
    return m_impl->ofRun(u"SELECT inputs FROM pack_runs WHERE key = ?"_s, id,
                         [](Row &row) { return row.object(0); });
}

Result<QJsonObject> Store::outputs(const RunId &id) const
{
    Q_ASSERT(m_impl->isOwnThread());
    return m_impl->ofRun(u"SELECT outputs FROM pack_runs WHERE key = ?"_s, id,
                         [](Row &row) { return row.object(0); });
}

Result<QList<StepRecord>> Store::steps(const RunId &id) const
{
    Q_ASSERT(m_impl->isOwnThread());
    return m_impl->listOfRun(
        uR"(SELECT path, status, reason, attempts, lastTransitionAt, nextAttemptAt, outputs
FROM pack_run_steps WHERE runId = ? ORDER BY key)"_s,
        id, {}, readStep);
}

Result<QList<AttemptRecord>> Store::attempts(const RunId &id) const
{
    Q_ASSERT(m_impl->isOwnThread());
    return m_impl->listOfRun(
        uR"(SELECT path, attempt, pid, startTime, bootId, startedAt, finishedAt, exitCode, signal, usage
FROM pack_run_attempts WHERE runId = ? ORDER BY path, attempt)"_s,
        id, {}, readAttempt);
}

Result<QList<RunEvent>> Store::events(const RunId &id, qint64 after, int limit) const
{
    Q_ASSERT(m_impl->isOwnThread());
    return m_impl->listOfRun(uR"(SELECT sequence, timestamp, type, stepPath, data, previousHash, hash
FROM pack_run_events WHERE runId = ? AND sequence > ? ORDER BY sequence LIMIT ?)"_s,
                             id, {after, limit}, [&id](Row &row) {
                                 return RunEvent{id,          row.number(0), row.time(1), row.text(2),
                                                 row.text(3), row.object(4), row.text(5), row.text(6)};
                             });
}

Result<QList<LogLine>> Store::logs(const LogQuery &query) const
{
    Q_ASSERT(m_impl->isOwnThread());
    const auto key = m_impl->keyOf(query.run);
    if (!key)
        return key.error();
    return m_impl->logs().read(*key, query);
}

Result<qint64> Store::lastLogSequence(const RunId &id) const
{
    Q_ASSERT(m_impl->isOwnThread());
    auto key = m_impl->keyOf(id);
    if (!key)
        return key;
    return m_impl->logs().lastNumber(*key);
}

Result<QList<Artifact>> Store::artifacts(const RunId &id) const
{
    Q_ASSERT(m_impl->isOwnThread());
    return m_impl->listOfRun(
        uR"(SELECT id, name, stepPath, type, storedPath, sha256, size, status, notes, capturedAt
FROM pack_artifacts WHERE runId = ? ORDER BY key)"_s,
        id, {}, readArtifact);
}

Result<QSet<QString>> Store::artifactPaths(const QSet<RunId> &without) const
{
    Q_ASSERT(m_impl->isOwnThread());
    QSet<QString> paths;
    const auto read = m_impl->connection->list(
        u"SELECT pack_runs.id, storedPath FROM pack_artifacts JOIN pack_runs ON pack_runs.key = runId"_s, {},
        [&paths, &without](Row &row) {
            if (!without.contains({row.text(0)}))
                paths.insert(row.text(1));
            return true;
        });
    if (!read)
        return read.error();
    return paths;
}

Result<QList<GateRequest>> Store::gates(const RunId &id) const
{
    Q_ASSERT(m_impl->isOwnThread());
    return m_impl->listOfRun(u"SELECT %1 WHERE runId = ? ORDER BY pack_run_approvals.key"_s.arg(gateColumns),
                             id, {}, readGate);
}

Result<QList<GateRequest>> Store::openGates() const
{
    Q_ASSERT(m_impl->isOwnThread());
    return m_impl->connection->list(
        u"SELECT %1 WHERE pack_run_approvals.status = 'open' ORDER BY expiresAt, pack_run_approvals.key"_s
            .arg(gateColumns),
        {}, readGate);
}

Result<QList<Decision>> Store::decisions(const RunId &id) const
{
    Q_ASSERT(m_impl->isOwnThread());
    return m_impl->listOfRun(
        uR"(SELECT id, path, revision, planHash, verdict, approver, reason, shownDigest, decidedAt,
  keyId, CAST(envelope AS BLOB), withdrawnAt, withdrawalReason, withdrawalKeyId, CAST(withdrawalEnvelope AS BLOB)
FROM pack_run_decisions WHERE runId = ? ORDER BY key)"_s,
        id, {}, [&id](Row &row) { return readDecision(id, row); });
}

Result<JournalHead> Store::journalHead(const RunId &id) const
{
    Q_ASSERT(m_impl->isOwnThread());
    const auto head = m_impl->headOf(id);
    return head ? Result<JournalHead>(JournalHead{head->lastEvent, head->lastHash}) : head.error();
}

Result<QList<ExportedRequest>> Store::approvalRequests(const RunId &id) const
{
    Q_ASSERT(m_impl->isOwnThread());
    return ApprovalRequestTable(*m_impl->connection).ofRun(id);
}

Result<std::optional<ExportedRequest>> Store::approvalRequest(const QString &requestId) const
{
    Q_ASSERT(m_impl->isOwnThread());
    return ApprovalRequestTable(*m_impl->connection).find(requestId);
}

Result<QList<PolicyDecision>> Store::policyDecisions(const RunId &id) const
{
    Q_ASSERT(m_impl->isOwnThread());
    const auto read = [&id](Row &row) {
        return PolicyDecision{
            id, row.text(0), row.text(1), row.object(2), row.flag(3), readDenials(row.array(4)), row.time(5)};
    };
    return m_impl->listOfRun(uR"(SELECT path, policyId, input, allow, denials, decidedAt
FROM policy_decisions WHERE runId = ? ORDER BY key)"_s,
                             id, {}, read);
}

} // namespace engine
