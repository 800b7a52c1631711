#pragma once

#include "engine/record/incident.h"

#include <optional>

namespace engine {

/// What can be seen of a store without opening it as one.
struct StoreGlance
{
    qint64 schemaVersion = 0;
    qint64 logBytes =
        0; ///< Of the write-ahead log; of one that nobody uses: commits that the file has not yet.
    /// Whether what stands below is known. It is not while there is a log: the file alone may be anything
    /// then.
    bool isWhole = false;
    QString damage{}; ///< What SQLite's quick check found first; empty: nothing.
    std::optional<Timestamp> newestEvent{};
    Incident incident{};

    bool operator==(const StoreGlance &) const = default;
};

/// Looks at a store's file and changes nothing, not even a helper file beside it. Reads the whole file,
/// unless it is in use. Fails with NotFound, or with Database: not a database, another program's.
///
/// @param isInUse  a process may be writing it, so only its header is looked at
/// Thread: any.
Result<StoreGlance> glanceAtStore(const QString &databaseFile, bool isInUse);

/// Of the SQLite that is used here: "3.40.1".
Result<QString> sqliteVersion();

} // namespace engine
