#pragma once

#include "engine/record/approval_request.h"
#include "engine/store/connection.h"

namespace engine {

/// The rows of pack_run_approval_requests: requests that were exported for decisions elsewhere.
class ApprovalRequestTable
{
public:
    explicit ApprovalRequestTable(Connection &connection)
        : m_connection(connection)
    {
    }

    /// The statements of the migration that makes the table.
    static QStringList migration();

    // Inside a transaction of the caller's.

    Result<> write(qint64 runKey, const ExportedRequest &request);
    /// Marks a request as answered by a decision that is stored. Fails with RequestUsed when one was before,
    /// or there is no such request of this run.
    Result<> answer(qint64 runKey, const RequestAnswer &answer);

    /// The one of this id, whatever run it belongs to.
    Result<std::optional<ExportedRequest>> find(const QString &id);
    /// Those of one run, oldest first.
    Result<QList<ExportedRequest>> ofRun(const RunId &run);

private:
    Connection &m_connection;
};

} // namespace engine
