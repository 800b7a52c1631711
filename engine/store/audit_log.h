#pragma once

#include "engine/record/incident.h"
#include "engine/store/connection.h"

namespace engine {

/// The rows of audit_log: numbered from 1 without gaps, each with the hash of the one before.
class AuditLog
{
public:
    explicit AuditLog(Connection &connection)
        : m_connection(connection)
    {
    }

    /// One transaction. Fails with InvalidInput for data that has no canonical form.
    Result<> append(Timestamp at, const QString &actor, const QString &action, const QJsonObject &data);
    /// The same inside a transaction of the caller's.
    Result<> write(Timestamp at, const QString &actor, const QString &action, const QJsonObject &data);

    /// Fails with InvalidInput that names the first wrong row.
    Result<> check();

    /// What the rows say last of incident mode: "incident-began" {reason}, "incident-ended" {reason} and,
    /// after the first, "incident-snapshot" {file, sha256} or {error}.
    Result<Incident> incident();
    /// The newest rows, oldest of them first, each as the object that its hash is computed over, with the
    /// hash.
    Result<QList<QJsonObject>> newest(int limit);

private:
    Connection &m_connection;
};

} // namespace engine
