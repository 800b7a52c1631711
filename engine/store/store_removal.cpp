#include "engine/store/audit_log.h"
#include "engine/store/store_impl.h"

#include <QVariant>

using namespace Qt::StringLiterals;

/// The part of Store that takes runs out again.
namespace engine {

/// Everything that refers to a run, what refers to others first.
static const QStringList tablesOfRuns{
    u"pack_run_approval_requests"_s,
    u"pack_run_decisions"_s,
    u"pack_run_approvals"_s,
    u"policy_decisions"_s,
    u"pack_run_attempts"_s,
    u"pack_run_events"_s,
    u"pack_artifacts"_s,
    u"pack_run_anchors"_s,
    u"pack_run_steps"_s,
};

static Result<> removeRows(Connection &connection, qint64 runKey)
{
    for (const QString &table : tablesOfRuns) {
        if (auto done = connection.run(u"DELETE FROM %1 WHERE runId = ?"_s.arg(table), {runKey}); !done)
            return done;
    }
    return connection.run(u"DELETE FROM pack_runs WHERE key = ?"_s, {runKey});
}

Result<> Store::removeRun(const RunId &id, Timestamp at, const QString &actor)
{
    Q_ASSERT(m_impl->isOwnThread());
    Transaction transaction(*m_impl->connection);
    if (auto begun = transaction.begin(); !begun)
        return begun;
    const auto summary = run(id);
    if (!summary)
        return summary.error();
    if (!summary->completedAt)
        return Error{
            ErrorCode::Conflict,
            u"run %1 is %2; only a finished run can be removed"_s.arg(id.value, toString(summary->state)),
            {},
            {}};
    const auto head = m_impl->headOf(id);
    m_impl->heads.remove(id);
    if (!head)
        return head.error();
    if (auto removed = removeRows(*m_impl->connection, head->key); !removed)
        return removed;
    // What remains of the run: who it was, and the hash that stands for its whole journal.
    auto audited = AuditLog(*m_impl->connection)
                       .write(at, actor, u"run-pruned"_s,
                              {{u"runId"_s, id.value},
                               {u"state"_s, toString(summary->state)},
                               {u"completedAt"_s, toIso(*summary->completedAt)},
                               {u"planHash"_s, summary->planHash},
                               {u"events"_s, head->lastEvent},
                               {u"lastHash"_s, head->lastHash},
                               {u"logLines"_s, head->lastLog}});
    if (!audited)
        return audited;
    return transaction.commit();
}

Result<qint64> Store::removeLeftLogs(int limit)
{
    Q_ASSERT(m_impl->isOwnThread());
    Transaction transaction(*m_impl->connection);
    if (auto begun = transaction.begin(); !begun)
        return begun.error();
    auto removed = m_impl->logs().removeOrphans(limit);
    if (!removed || *removed == 0)
        return removed;
    if (auto committed = transaction.commit(); !committed)
        return committed.error();
    return removed;
}

} // namespace engine
