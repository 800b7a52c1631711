#pragma once

#include "engine/record/gate_record.h"

#include <QHash>

namespace engine {

/// Holds the decisions of a run and their withdrawals against its journal and against what was signed.
///
/// While another process writes, decisions that are read before the journal must all be in it, and the
/// journal must be in those that are read after it.
class DecisionCheck
{
public:
    void add(const RunEvent &event); ///< The journal, in its order.

    /// What is wrong with decisions that were read before the journal: one sentence each.
    QStringList problemsOf(const QList<Decision> &decisions) const;
    /// What of the journal is missing in decisions that were read after it.
    QStringList missingIn(const QList<Decision> &decisions) const;

private:
    QHash<QString, RunEvent> m_accepted;  ///< "decision-accepted" by the decision's id.
    QHash<QString, RunEvent> m_withdrawn; ///< "decision-withdrawn" likewise.
    QStringList m_order;                  ///< Ids as they were accepted, so that problems come in one order.
};

} // namespace engine
