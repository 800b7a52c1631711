#include "engine/store/approval_request_table.h"

#include <QVariant>

using namespace Qt::StringLiterals;

namespace engine {

// The nonce itself is kept nowhere: who can read the store cannot make a response that fits.
QStringList ApprovalRequestTable::migration()
{
    return {
        uR"(CREATE TABLE pack_run_approval_requests (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  runId INTEGER NOT NULL,
  path TEXT NOT NULL,
  revision INTEGER NOT NULL,
  planHash TEXT NOT NULL,
  nonceDigest TEXT NOT NULL,
  requestDigest TEXT NOT NULL,
  journalSequence INTEGER NOT NULL,
  journalHash TEXT NOT NULL,
  exportedBy TEXT NOT NULL,
  createdAt TEXT NOT NULL,
  expiresAt TEXT NOT NULL,
  decisionId TEXT UNIQUE REFERENCES pack_run_decisions (id),
  FOREIGN KEY (runId, path) REFERENCES pack_run_approvals (runId, path)
) STRICT)"_s,
        u"CREATE INDEX pack_run_approval_requests_by_gate ON pack_run_approval_requests (runId, path)"_s,
    };
}

Result<> ApprovalRequestTable::write(qint64 runKey, const ExportedRequest &request)
{
    return m_connection.run(uR"(INSERT INTO pack_run_approval_requests
  (id, runId, path, revision, planHash, nonceDigest, requestDigest, journalSequence, journalHash, exportedBy,
   createdAt, expiresAt, decisionId)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))"_s,
                            {request.id, runKey, request.path, request.revision, request.planHash,
                             request.nonceDigest, request.requestDigest, request.head.sequence,
                             request.head.hash, request.exportedBy, toSql(request.createdAt),
                             toSql(request.expiresAt),
                             request.decisionId.isEmpty() ? QVariant() : QVariant(request.decisionId)});
}

Result<> ApprovalRequestTable::answer(qint64 runKey, const RequestAnswer &answer)
{
    const auto marked = m_connection.list(uR"(UPDATE pack_run_approval_requests SET decisionId = ?
  WHERE id = ? AND runId = ? AND decisionId IS NULL RETURNING id)"_s,
                                          {answer.decisionId, answer.requestId, runKey},
                                          [](Row &row) { return row.text(0); });
    if (!marked)
        return marked.error();
    if (marked->isEmpty())
        return Error{
            ErrorCode::RequestUsed, u"request %1 was answered already"_s.arg(answer.requestId), {}, {}};
    return {};
}

static const QString requestColumns = uR"(SELECT pack_run_approval_requests.id, pack_runs.id, path, revision,
  pack_run_approval_requests.planHash, nonceDigest, requestDigest, journalSequence, journalHash, exportedBy,
  pack_run_approval_requests.createdAt, expiresAt, decisionId
FROM pack_run_approval_requests JOIN pack_runs ON pack_runs.key = runId)"_s;

static ExportedRequest readExportedRequest(Row &row)
{
    return {row.text(0), {row.text(1)}, row.text(2),  int(row.number(3)),
            row.text(4), row.text(5),   row.text(6),  {row.number(7), row.text(8)},
            row.text(9), row.time(10),  row.time(11), row.text(12)};
}

Result<std::optional<ExportedRequest>> ApprovalRequestTable::find(const QString &id)
{
    return m_connection.first(requestColumns + u" WHERE pack_run_approval_requests.id = ?"_s, {id},
                              readExportedRequest);
}

Result<QList<ExportedRequest>> ApprovalRequestTable::ofRun(const RunId &run)
{
    return m_connection.list(requestColumns
                                 + u" WHERE pack_runs.id = ? ORDER BY pack_run_approval_requests.key"_s,
                             {run.value}, readExportedRequest);
}

} // namespace engine
