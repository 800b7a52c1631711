#pragma once

#include "engine/base/result.h"

#include <QJsonObject>
#include <QList>

namespace engine {

/// Something that is not as it was written.
struct StoreFinding
{
    QString place{};   ///< "database", "audit log", "run run_01...", "run run_01..., artifact \"report.md\"".
    QString problem{}; ///< One sentence without a full stop.

    bool operator==(const StoreFinding &) const = default;
};

/// What a check of a data directory looked at and found.
struct StoreReport
{
    qint64 runs = 0;
    qint64 events = 0; ///< Of the runs' journals.
    qint64 logLines = 0;
    qint64 artifacts = 0; ///< Files; several runs may name one.
    qint64 artifactBytes = 0;
    QList<StoreFinding> findings{};
    bool hasMore = false; ///< Looking stopped at maxFindings.

    static constexpr qsizetype maxFindings = 10'000;

    bool isGood() const { return findings.isEmpty(); }
    bool operator==(const StoreReport &) const = default;
};

/// {"good", "runs", "events", "logLines", "artifacts", "artifactBytes", "findings": [{"place", "problem"}],
/// "hasMore"}
QJsonObject toJson(const StoreReport &report);

/// Reads everything that a store keeps and holds it against what it says of itself: the pages and references
/// of the database whatever its size, the chain of each run's journal and of the audit log, the decisions and
/// their withdrawals against the journal and against what was signed, each plan against its planHash, the
/// numbers of log lines, each artifact's file against its size and SHA-256.
///
/// Changes nothing, and works while another process writes. A run that is removed meanwhile is left out.
///
/// @param dataDir  where the artifacts' paths begin
/// @return what was found, or Database when the file cannot be opened as a store at all
///
/// Thread: any.
Result<StoreReport> checkStore(const QString &databaseFile, const QString &dataDir);

} // namespace engine
