#pragma once

#include "engine/store/connection.h"

#include <QStringList>

namespace engine {

/// One step of the schema's history. A step that was released is never edited; a change is a new step.
struct Migration
{
    int version = 0; ///< What PRAGMA user_version is afterwards.
    QStringList statements{};

    bool operator==(const Migration &) const = default;
};

/// All steps, oldest first; the last one's version is Store::SchemaVersion.
const QList<Migration> &migrations();

/// Runs the steps that a file has not seen yet, each in a transaction of its own: a step happens whole or not
/// at all. Foreign keys must be off on the connection, so that a step may rebuild a table; each step ends
/// with a check of them.
Result<> migrate(Connection &connection, const QList<Migration> &steps);

/// PRAGMA application_id of our files: the letters "TRCS".
inline constexpr quint32 applicationId = 0x54524353;

/// pack_run_logs has one key for run and number: the run's key above, the line's number in the low bits.
inline constexpr int logNumberBits = 36;
inline constexpr qint64 maxLogNumber = (qint64(1) << logNumberBits) - 1;

} // namespace engine
