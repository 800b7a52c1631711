#pragma once

#include "engine/base/clock.h"

#include <QPointer>

#include <map>

/// A clock that stands still until a test moves it.
///
/// Wall time and monotonic time are separate, as on a real machine: advance() moves both, setNow() sets the
/// wall clock alone, and delays run on the monotonic one.
///
/// Thread: everything on the test's thread; calls are made directly from within advance(). Objects that live
/// in another thread need a real clock.
class FakeClock : public engine::Clock
{
public:
    /// 2026-01-31T09:05:00.000Z unless told otherwise.
    explicit FakeClock(
        engine::Timestamp now = engine::Timestamp(std::chrono::milliseconds(1'769'850'300'000)));

    engine::Timestamp now() const override { return m_now; }

    /// Queued until advance() comes to it, also for a delay of nothing; a negative delay counts as nothing.
    void callAfter(std::chrono::milliseconds delay, QObject *context, std::function<void()> fn) override;

    /// Moves both clocks on, stopping at every call that falls due on the way: by due time, then in the order
    /// in which they were asked for. Calls that those calls ask for are made too when they fall within the
    /// span.
    void advance(std::chrono::milliseconds span);

    /// The wall clock jumps, forwards or backwards; no call falls due by it.
    void setNow(engine::Timestamp now) { m_now = now; }

    /// Calls that still wait and whose context is alive.
    qsizetype pending() const;

    /// How long until the next of them; nullopt when none waits.
    std::optional<std::chrono::milliseconds> nextDelay() const;

private:
    struct Call
    {
        QPointer<QObject> context;
        std::function<void()> fn;
    };

    engine::Timestamp m_now;
    std::chrono::milliseconds m_elapsed{0}; // The monotonic clock.
    // By due time; equal ones stay in order of insertion.
    std::multimap<std::chrono::milliseconds, Call> m_calls;
};
