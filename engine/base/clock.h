#pragma once

#include "engine/base/result.h"

#include <QObject>

#include <chrono>
#include <functional>

namespace engine {

/// A point in UTC, to the millisecond: what the store, the journal and the API carry.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// ISO 8601 in UTC with milliseconds, "2026-01-31T09:05:00.000Z": always 24 characters, sorts as text.
QString toIso(Timestamp time);

/// Reads exactly what toIso() writes.
Result<Timestamp> parseIso(const QString &text);

/// The engine's time. Passed in, so that tests drive it.
///
/// Thread: used on the engine thread.
class Clock
{
public:
    Clock() = default;
    virtual ~Clock() = default;
    Q_DISABLE_COPY_MOVE(Clock)

    /// Wall clock; may jump when somebody sets it.
    virtual Timestamp now() const = 0;

    /// Calls fn once after delay on context's thread; never when context was destroyed before.
    /// The delay runs on a monotonic clock.
    virtual void callAfter(std::chrono::milliseconds delay, QObject *context, std::function<void()> fn) = 0;
};

/// The machine's clock and Qt's timers.
class SystemClock : public Clock
{
public:
    Timestamp now() const override;
    void callAfter(std::chrono::milliseconds delay, QObject *context, std::function<void()> fn) override;
};

} // namespace engine
