#pragma once

#include "engine/base/clock.h"

#include <QString>

namespace engine {

/// Incident mode: while it is on, the engine starts nothing new, lets what runs go on, and logs in detail.
/// Where the switch stands is what the audit log said last.
struct Incident
{
    bool isOn = false;
    QString by{}; ///< Who moved the switch last; empty: nobody ever did.
    QString reason{};
    Timestamp since{};        ///< When.
    QString snapshot{};       ///< File of the snapshot that was taken then; empty: none yet, or not possible.
    QString snapshotSha256{}; ///< Hex.
    QString snapshotError{};  ///< Why there is none.

    bool operator==(const Incident &) const = default;
};

} // namespace engine
