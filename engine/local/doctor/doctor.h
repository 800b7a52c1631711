#pragma once

#include "engine/base/clock.h"

#include <QJsonObject>
#include <QList>

namespace engine {

/// What one check came to.
struct DoctorFinding
{
    enum class State {
        Ok,
        Warning,    ///< Something works less well than it could, or will not work later.
        Failed,     ///< Something does not work.
        NotChecked, ///< It cannot be known here, or not without changing something; nothing is claimed.
    };

    QString check{}; ///< What was looked at: "data-directory", "lock", ...
    State state = State::NotChecked;
    QString message{}; ///< One sentence without a full stop.
    QString advice{};  ///< What to change; empty when there is nothing to be done.

    bool operator==(const DoctorFinding &) const = default;
};

QString toString(DoctorFinding::State state); ///< "ok", "warning", "failed", "not checked".

struct DoctorReport
{
    QList<DoctorFinding> findings{};

    bool isGood() const; ///< Nothing failed.
    bool operator==(const DoctorReport &) const = default;
};

/// {"good", "checks": [{"check", "state": "ok" | "warning" | "failed" | "not checked", "message",
/// "advice"}]}; no advice where there is none.
QJsonObject toJson(const DoctorReport &report);

/// What is to be looked at. As LocalOptions has them.
struct DoctorOptions
{
    QString dataDir{};
    QString execHelper{};
    QString policyServer{};
};

/// Looks whether an engine can work here: its data directory and what is in it, the helper that starts steps,
/// and the parts of the kernel that sealed runs need.
///
/// Writes nothing, and makes nothing, in the data directory; what would need that is not checked. Starts
/// taskrunner-exec and /bin/true.
///
/// @param now  what the clock says
/// Thread: any with a QCoreApplication behind it; blocks, for a large store some seconds.
DoctorReport examine(const DoctorOptions &options, Timestamp now);

} // namespace engine
