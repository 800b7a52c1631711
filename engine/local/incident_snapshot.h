#pragma once

#include "engine/base/digest.h"
#include "engine/record/incident.h"

#include <QJsonObject>

namespace engine {

class Store;

/// What a snapshot says beyond what the store holds.
struct SnapshotFacts
{
    Incident incident{};
    QJsonObject settings{}; ///< Of the engine; no secret among them.
    QByteArray metrics{};   ///< See Metrics::text().

    bool operator==(const SnapshotFacts &) const = default;
};

/// Writes what an engine knew when incident mode was switched on, as a restricted pax archive that appears
/// whole or not at all:
///
///     manifest.json         schema "stellaops.incident-snapshot/v1", the incident, every file {path, size,
///     sha256} settings.json         of the engine metrics.txt           in the text format of Prometheus
///     audit.jsonl           the newest 1000 rows of the audit log
///     runs/RUNID/state.json    summary, steps, attempts, gates; of runs that go on, and of the newest 20
///     runs/RUNID/events.jsonl  their journals
///
/// Redacted: inputs, outputs and logs are left out; in the journals, arguments of commands and the items of
/// maps are replaced by "redacted" (the events keep their hashes, so that each can be held against the
/// store).
///
/// Fails with Database, or with Io, naming the file. Thread: the store's.
Result<FileDigest> writeIncidentSnapshot(const Store &store, const SnapshotFacts &facts, const QString &path);

} // namespace engine
