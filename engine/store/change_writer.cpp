#include "engine/store/change_writer.h"

#include "engine/base/json.h"

#include <QVariant>

using namespace Qt::StringLiterals;

namespace engine {

Result<QString> jsonText(const QJsonValue &value)
{
    const auto text = canonicalJson(value);
    if (!text)
        return text.error();
    return QString::fromUtf8(*text);
}

static QJsonValue usageJson(const ResourceUsage &usage)
{
    return QJsonObject{{u"userMicroseconds"_s, qint64(usage.userTime.count())},
                       {u"systemMicroseconds"_s, qint64(usage.systemTime.count())},
                       {u"peakMemoryBytes"_s, usage.peakMemoryBytes},
                       {u"writtenBytes"_s, usage.writtenBytes}};
}

static QJsonValue denialsJson(const QList<PolicyDenial> &denials)
{
    QJsonArray list;
    for (const PolicyDenial &denial : denials)
        list.append(QJsonObject{{u"id"_s, denial.id}, {u"message"_s, denial.message}});
    return list;
}

void ChangeWriter::run(const QString &sql, const QVariantList &values)
{
    if (m_result)
        m_result = m_connection.run(sql, values);
}

QVariant ChangeWriter::json(const QJsonValue &value)
{
    const auto text = jsonText(value);
    if (!text && m_result)
        m_result = text.error();
    return text ? QVariant(*text) : QVariant();
}

void ChangeWriter::writeStatus(const RunChange::Status &status, Timestamp at)
{
    run(u"UPDATE pack_runs SET status = ?, partial = ?, reason = ?, updatedAt = ?, completedAt = ? WHERE key = ?"_s,
        {toString(status.state), status.partial, status.reason, toSql(at),
         isFinal(status.state) ? toSql(at) : QVariant(), m_runKey});
}

void ChangeWriter::writeOutputs(const QJsonObject &outputs, Timestamp at)
{
    run(u"UPDATE pack_runs SET outputs = ?, updatedAt = ? WHERE key = ?"_s,
        {json(outputs), toSql(at), m_runKey});
}

void ChangeWriter::writeStep(const StepRecord &step)
{
    run(uR"(INSERT INTO pack_run_steps
  (runId, path, status, reason, attempts, lastTransitionAt, nextAttemptAt, outputs) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (runId, path) DO UPDATE SET
  status = excluded.status, reason = excluded.reason, attempts = excluded.attempts,
  lastTransitionAt = excluded.lastTransitionAt, nextAttemptAt = excluded.nextAttemptAt, outputs = excluded.outputs)"_s,
        {m_runKey, step.path, toString(step.state), step.reason, step.attempts, toSql(step.lastTransitionAt),
         toSql(step.nextAttemptAt), json(step.outputs)});
}

void ChangeWriter::writeAttempt(const AttemptRecord &attempt)
{
    run(uR"(INSERT OR REPLACE INTO pack_run_attempts
  (runId, path, attempt, pid, startTime, bootId, startedAt, finishedAt, exitCode, signal, usage)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))"_s,
        {m_runKey, attempt.path, attempt.attempt, attempt.pid, attempt.startTime, attempt.bootId,
         toSql(attempt.startedAt), toSql(attempt.finishedAt), toSql(attempt.exitCode), toSql(attempt.signal),
         attempt.usage ? json(usageJson(*attempt.usage)) : QVariant()});
}

void ChangeWriter::writeArtifact(const Artifact &artifact)
{
    run(uR"(INSERT INTO pack_artifacts
  (id, runId, stepPath, name, type, storedPath, sha256, size, status, notes, capturedAt)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))"_s,
        {artifact.id, m_runKey, artifact.stepPath, artifact.name, artifact.type, artifact.storedPath,
         artifact.sha256, artifact.sizeBytes, artifact.status, artifact.notes, toSql(artifact.capturedAt)});
}

void ChangeWriter::writeGate(const GateRequest &gate)
{
    run(uR"(INSERT INTO pack_run_approvals
  (runId, path, revision, approvalId, title, message, planHash, required, approvers, allowSelfApproval,
   requireReason, reasonSuggestion, requestedBy, requestedAt, expiresAt, status)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (runId, path) DO UPDATE SET
  revision = excluded.revision, approvalId = excluded.approvalId, title = excluded.title, message = excluded.message,
  planHash = excluded.planHash, required = excluded.required, approvers = excluded.approvers,
  allowSelfApproval = excluded.allowSelfApproval, requireReason = excluded.requireReason,
  reasonSuggestion = excluded.reasonSuggestion, requestedBy = excluded.requestedBy,
  requestedAt = excluded.requestedAt, expiresAt = excluded.expiresAt, status = excluded.status)"_s,
        {m_runKey, gate.path, gate.revision, gate.approvalId, gate.title, gate.message, gate.planHash,
         gate.required, json(QJsonArray::fromStringList(gate.approvers)), gate.allowSelfApproval,
         gate.requireReason, gate.reasonSuggestion, gate.requestedBy, toSql(gate.requestedAt),
         toSql(gate.expiresAt), toString(gate.state)});
}

void ChangeWriter::writeDecision(const Decision &decision)
{
    const DecisionStatement &statement = decision.statement;
    // Bound as bytes and made text by the cast: the envelope stays exactly what was signed.
    run(uR"(INSERT INTO pack_run_decisions
  (id, runId, path, revision, planHash, verdict, approver, reason, shownDigest, decidedAt, keyId, envelope)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT)))"_s,
        {decision.id, m_runKey, statement.path, statement.revision, statement.planHash,
         toString(statement.verdict), statement.approver, statement.reason, statement.shownDigest,
         toSql(statement.decidedAt), decision.keyId, decision.envelope});
}

void ChangeWriter::writeWithdrawal(const Decision &decision)
{
    Q_ASSERT(decision.withdrawal);
    if (!m_result)
        return;
    const Withdrawal &withdrawal = *decision.withdrawal;
    const auto written =
        m_connection.list(uR"(UPDATE pack_run_decisions SET
  withdrawnAt = ?, withdrawalReason = ?, withdrawalKeyId = ?, withdrawalEnvelope = CAST(? AS TEXT)
  WHERE id = ? AND runId = ? AND withdrawnAt IS NULL RETURNING id)"_s,
                          {toSql(withdrawal.statement.withdrawnAt), withdrawal.statement.reason,
                           withdrawal.keyId, withdrawal.envelope, decision.id, m_runKey},
                          [](Row &row) { return row.text(0); });
    if (!written)
        m_result = written.error();
    else if (written->isEmpty())
        m_result = Error{
            ErrorCode::Conflict, u"there is no approval \"%1\" to take back"_s.arg(decision.id), {}, {}};
}

void ChangeWriter::writePolicyDecision(const PolicyDecision &decision)
{
    run(uR"(INSERT INTO policy_decisions
  (runId, path, policyId, input, allow, denials, decidedAt) VALUES (?, ?, ?, ?, ?, ?, ?))"_s,
        {m_runKey, decision.path, decision.policyId, json(decision.input), decision.allow,
         json(denialsJson(decision.denials)), toSql(decision.decidedAt)});
}

void ChangeWriter::writeAnchor(const AnchorRecord &anchor, const AnchorProof &proof)
{
    run(u"INSERT OR REPLACE INTO pack_run_anchors "
        "(runId, kind, status, reason, service, tries, changedAt, nextTryAt, subject, proof) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"_s,
        {m_runKey, toString(anchor.kind), toString(anchor.state), anchor.reason, anchor.service, anchor.tries,
         toSql(anchor.changedAt), toSql(anchor.nextTryAt), proof.subject,
         proof.bytes.isNull() ? QByteArray("") : proof.bytes});
}

void ChangeWriter::writeAnchors(const QList<AnchorRecord> &anchors)
{
    run(u"DELETE FROM pack_run_anchors WHERE runId = ?"_s, {m_runKey});
    for (const AnchorRecord &anchor : anchors)
        writeAnchor(anchor, {});
}

void ChangeWriter::writeEvent(const RunEvent &event, const QByteArray &canonicalData)
{
    run(uR"(INSERT INTO pack_run_events
  (runId, sequence, timestamp, type, stepPath, data, previousHash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?))"_s,
        {m_runKey, event.sequence, toSql(event.timestamp), event.type, event.stepPath,
         QString::fromUtf8(canonicalData), event.previousHash, event.hash});
}

} // namespace engine
