#pragma once

#include "engine/base/clock.h"

#include <QHashFunctions>
#include <QMetaType>
#include <QString>

#include <compare>

namespace engine {

/// Names one run: "run_" and a ULID (26 characters of Crockford base 32: 48 bits of time, 80 of chance).
/// Ids sort by the time they were made.
struct RunId
{
    QString value{};

    bool isEmpty() const { return value.isEmpty(); }
    bool operator==(const RunId &) const = default;
    std::strong_ordering operator<=>(const RunId &other) const { return value.compare(other.value) <=> 0; }
};

inline size_t qHash(const RunId &id, size_t seed = 0)
{
    return qHash(id.value, seed);
}

/// A new ULID for this time, its chance part from the system's secure generator.
QString newUlid(Timestamp time);

RunId newRunId(Timestamp time);

/// Accepts exactly what newRunId() makes; checks nothing else (the run may not exist).
Result<RunId> parseRunId(const QString &text);

} // namespace engine

Q_DECLARE_METATYPE(engine::RunId)
