#pragma once

#include "engine/record/approval_request.h"

#include <QHash>

namespace engine {

/// Holds the requests of a run that were exported for decisions elsewhere against its journal.
///
/// While another process writes, requests that are read before the journal must all be in it, and the journal
/// must be in those that are read after it; see DecisionCheck.
class RequestCheck
{
public:
    void add(const RunEvent &event); ///< The journal, in its order.

    /// What is wrong with requests that were read before the journal: one sentence each.
    QStringList problemsOf(const QList<ExportedRequest> &requests) const;
    /// What of the journal is missing in requests that were read after it.
    QStringList missingIn(const QList<ExportedRequest> &requests) const;

private:
    QString problemOf(const ExportedRequest &request) const;

    QHash<QString, RunEvent> m_exported; ///< "approval-request-exported" by the request's id.
    QHash<QString, QString> m_answers;   ///< The decision that the journal says answered a request.
    QStringList m_order;                 ///< Ids as they were exported.
};

} // namespace engine
