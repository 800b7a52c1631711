#pragma once

#include "engine/base/clock.h"
#include "engine/store/upkeep/store_check.h"

namespace engine {

/// What a backup holds.
struct BackupReport
{
    StoreReport check{}; ///< Of the copy. A finding means that the original has it too.
    qint64 evidenceFiles = 0;

    bool operator==(const BackupReport &) const = default;
};

/// Copies the store of a data directory to a new folder, which is a data directory itself: the database as it
/// is at one moment, the artifacts it names, the evidence of its runs, the list of trusted keys. Signing keys
/// are secrets and stay where they are; so do the workspaces of runs.
///
///     FOLDER/taskrunner.sqlite
///     FOLDER/artifacts/        what the database names
///     FOLDER/evidence/         of the runs in it
///     FOLDER/trust.json        public keys only
///     FOLDER/backup.json       {"kind": "taskrunner-backup", "createdAt", "dataDir"}
///
/// Works while another process writes. The folder appears when it is whole, checked and on disk.
///
/// @param replace  an earlier backup of that name is replaced; anything else never is
/// @return InvalidInput for a folder within the data directory; Conflict for one that exists; Database; Io
///
/// Thread: any.
Result<BackupReport> backupStore(const QString &dataDir, const QString &folder, bool replace, Timestamp now);

} // namespace engine
