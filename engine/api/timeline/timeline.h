#pragma once

#include "engine/api/values.h"

namespace engine {

/// A stretch of time that a step, or the run itself, spent in one state.
struct TimelinePhase
{
    QString path{};   ///< Of the step; empty: the run.
    QString state{};  ///< "running", "waiting-approval", ...; what is final has no phase.
    int attempt = 0;  ///< 0: none, as of a gate.
    int activity = 0; ///< Phases with the same number belong together: from rest to rest.
    Timestamp begin{};
    std::optional<Timestamp> end{}; ///< nullopt: it goes on.
    QString next{};                 ///< The state that followed; empty while it goes on.
    QString reason{};               ///< Why that followed; often empty.

    bool operator==(const TimelinePhase &) const = default;
};

/// Something that took no time: a decision, a policy's verdict, a step that was skipped.
struct TimelineMark
{
    Timestamp at{};
    QString path{}; ///< Empty: the run.
    QString type{}; ///< Of the event; of a step that became final at once, its state.
    QJsonObject data{};

    bool operator==(const TimelineMark &) const = default;
};

/// What a run did when, as its journal tells it. Both lists are in the order of the journal, and their times
/// never go back, also where a clock did.
struct Timeline
{
    QList<TimelinePhase> phases{};
    QList<TimelineMark> marks{};

    bool operator==(const Timeline &) const = default;
};

/// @param events    of one run, from its first on
/// @param attempts  of the same run; they know more exactly when an attempt began and ended
Timeline timelineOf(const QList<RunEvent> &events, const QList<AttemptRecord> &attempts);

enum class TimelineFormat {
    Text,      ///< A table for people, with times since the run was made.
    JsonLines, ///< The events as they are stored, each as one line of canonical JSON: what the hashes are of.
    Chrome,    ///< "Trace Event Format" of Chrome, to be opened in Perfetto or chrome://tracing.
};

/// The timeline of a run, as the bytes of a file.
///
/// In the form for Chrome each step has a lane while it is active, so that there are as many lanes as there
/// were steps at once; what it spent in one state stands inside. Times are in microseconds since the run was
/// made.
///
/// @param events  all of the run
/// @param now     where what still goes on ends for the time being
/// Pure and reentrant.
QByteArray timelineIn(TimelineFormat format, const RunView &view, const QList<RunEvent> &events,
                      Timestamp now);

} // namespace engine
