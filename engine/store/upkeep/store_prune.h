#pragma once

#include "engine/store/store.h"

namespace engine {

/// Which finished runs stay. One that any rule keeps stays; at least one rule is needed.
struct Retention
{
    std::optional<std::chrono::days> keepFor{}; ///< Since they ended.
    std::optional<int> keepRuns{};              ///< The newest so many of those that have ended.

    bool operator==(const Retention &) const = default;
};

/// What a prune removed, or would remove.
struct PruneReport
{
    QList<RunId> runs{}; ///< Oldest first.
    qint64 logLines = 0; ///< Also of runs that an earlier prune could not finish.
    qint64 artifacts = 0;
    qint64 artifactBytes = 0;
    qint64 evidenceFiles = 0;
    qint64 runFolders = 0;
    QStringList problems{}; ///< What could not be removed and why. The next prune tries again.

    bool operator==(const PruneReport &) const = default;
};

QJsonObject toJson(const PruneReport &report);

/// Removes finished runs that no rule keeps: their rows (see Store::removeRun()), then log lines a few
/// thousand at a time, then the files that nothing names any more: artifacts, evidence, folders of runs. A
/// run that goes on is never removed. What a killed prune left, and what a killed engine never recorded, goes
/// with the next one.
///
/// The caller owns the data directory, so that nobody is adding files to it.
///
/// @param isDry  only count
/// @return InvalidInput without a rule; Database: what was removed until then is gone, the rest is whole
Result<PruneReport> pruneStore(Store &store, const QString &dataDir, const Retention &retention,
                               Timestamp now, const QString &actor, bool isDry);

} // namespace engine
