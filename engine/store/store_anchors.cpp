#include "engine/store/change_writer.h"
#include "engine/store/store_impl.h"

#include <QVariant>

using namespace Qt::StringLiterals;

/// The part of Store that keeps what others outside bear witness to.
namespace engine {

static const QString anchorColumns =
    u"kind, pack_run_anchors.status, pack_run_anchors.reason, service, tries, "
    "changedAt, nextTryAt"_s;

static AnchorRecord readAnchor(Row &row)
{
    return {row.parsed<AnchorKind>(0, parseAnchorKind),
            row.parsed<AnchorState>(1, parseAnchorState),
            row.text(2),
            row.text(3),
            int(row.number(4)),
            row.time(5),
            row.optionalTime(6)};
}

Result<> Store::setAnchor(const RunId &id, const AnchorRecord &anchor, const AnchorProof &proof)
{
    Q_ASSERT(m_impl->isOwnThread());
    Transaction transaction(*m_impl->connection);
    if (auto begun = transaction.begin(); !begun)
        return begun;
    const auto key = m_impl->keyOf(id);
    if (!key)
        return key.error();
    ChangeWriter writer(*m_impl->connection, *key);
    writer.writeAnchor(anchor, proof);
    if (!writer.result())
        return writer.result();
    return transaction.commit();
}

Result<QList<AnchorRecord>> Store::anchors(const RunId &id) const
{
    Q_ASSERT(m_impl->isOwnThread());
    return m_impl->listOfRun(
        u"SELECT %1 FROM pack_run_anchors WHERE runId = ? ORDER BY kind DESC"_s.arg(anchorColumns), id, {},
        readAnchor);
}

Result<AnchorProof> Store::anchorProof(const RunId &id, AnchorKind kind) const
{
    Q_ASSERT(m_impl->isOwnThread());
    const auto rows =
        m_impl->listOfRun(u"SELECT subject, proof FROM pack_run_anchors WHERE runId = ? AND kind = ?"_s, id,
                          {toString(kind)}, [](Row &row) {
                              return AnchorProof{row.text(0), row.bytes(1)};
                          });
    if (!rows)
        return rows.error();
    return rows->isEmpty() ? AnchorProof{} : rows->first();
}

Result<QList<PendingAnchor>> Store::pendingAnchors() const
{
    Q_ASSERT(m_impl->isOwnThread());
    return m_impl->connection->list(
        u"SELECT %1, pack_runs.id FROM pack_run_anchors JOIN pack_runs ON pack_runs.key = runId "
        "WHERE pack_run_anchors.status = 'pending' ORDER BY nextTryAt, pack_runs.id, kind DESC"_s.arg(
            anchorColumns),
        {}, [](Row &row) {
            AnchorRecord record = readAnchor(row);
            return PendingAnchor{{row.text(7)}, std::move(record)};
        });
}

} // namespace engine
