#pragma once

#include "engine/record/run_record.h"
#include "engine/store/store_observer.h"

#include <QMap>

#include <chrono>
#include <memory>

namespace engine {

/// What an attempt came to, as metrics tell it apart.
enum class AttemptOutcome { Succeeded, Failed, TimedOut, Cancelled, Interrupted };

/// How much there is right now.
struct Levels
{
    QMap<RunState, int> runs{}; ///< Of those that go on.
    qint64 readySteps = 0;      ///< Wait for a slot.
    QList<Timestamp> gates{};   ///< When each open one was requested.
    bool isIncident = false;    ///< Incident mode is on.
};

/// The metrics of one engine, from when it was made. Their names, units and help are those of the exposition
/// that text() makes; no label names a run, a step or a person, so that their number is bounded.
///
/// Thread: safe from any.
class Metrics : public StoreObserver
{
public:
    Metrics();
    ~Metrics() override;

    void attemptEnded(AttemptOutcome outcome);
    void retryScheduled();
    /// A step that ran is over. took: from the start of its first attempt, waits between attempts included.
    void stepEnded(StepState state, std::chrono::milliseconds took);

    void committed(std::chrono::nanoseconds took) override;
    void logLinesStored(qint64 lines, qint64 bytes) override;

    /// All of it in the text format of Prometheus, version 0.0.4, in order of names; with what this process
    /// takes of the machine.
    /// https://github.com/prometheus/docs/blob/main/content/docs/instrumenting/exposition_formats.md
    QByteArray text(const Levels &levels, Timestamp now) const;

private:
    struct Impl;
    const std::unique_ptr<Impl> m_impl;
};

} // namespace engine
