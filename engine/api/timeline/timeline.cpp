#include "engine/api/timeline/timeline.h"

#include "engine/api/timeline/timeline_forms.h"
#include "engine/base/json.h"

#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

class TimelineBuilder
{
public:
    void add(const RunEvent &event);
    void refine(const QList<AttemptRecord> &attempts);
    Timeline take() { return std::move(m_timeline); }

private:
    void changeState(const RunEvent &event, bool isAtRest);
    void closePhase(const QString &path, const QString &next, const QString &reason);
    void openPhase(const QString &path, const QString &state, int attempt, int activity);

    Timeline m_timeline;
    QHash<QString, qsizetype> m_open; ///< The phase that goes on, by path.
    Timestamp m_at{};
    int m_activities = 0;
};

/// What phases tell already.
bool isToldByPhases(const QString &type)
{
    static const QSet<QString> types{u"attempt-intent"_s, u"attempt-started"_s, u"attempt-finished"_s,
                                     u"gate-requested"_s, u"retry-scheduled"_s};
    return types.contains(type);
}

void TimelineBuilder::closePhase(const QString &path, const QString &next, const QString &reason)
{
    TimelinePhase &phase = m_timeline.phases[m_open.take(path)];
    phase.end = m_at;
    phase.next = next;
    phase.reason = reason;
}

void TimelineBuilder::openPhase(const QString &path, const QString &state, int attempt, int activity)
{
    TimelinePhase phase;
    phase.path = path;
    phase.state = state;
    phase.attempt = attempt;
    phase.activity = activity > 0 ? activity : ++m_activities;
    phase.begin = m_at;
    m_open.insert(path, m_timeline.phases.size());
    m_timeline.phases += phase;
}

/// Of a step, or of the run where the path is empty.
void TimelineBuilder::changeState(const RunEvent &event, bool isAtRest)
{
    const QString &path = event.stepPath;
    const QString state = event.data.value(u"state"_s).toString();
    const QString reason = event.data.value(u"reason"_s).toString();
    int activity = 0;
    if (const auto open = m_open.constFind(path); open != m_open.cend()) {
        activity = m_timeline.phases.at(*open).activity;
        closePhase(path, state, reason);
    } else if (isAtRest) {
        const QJsonObject why{{u"reason"_s, reason}};
        m_timeline.marks += TimelineMark{m_at, path, state, reason.isEmpty() ? QJsonObject() : why};
    }
    if (!isAtRest)
        openPhase(path, state, event.data.value(u"attempt"_s).toInt(), activity);
}

void TimelineBuilder::add(const RunEvent &event)
{
    m_at = std::max(m_at, event.timestamp);
    if (event.type == "run-created"_L1) {
        openPhase({}, toString(RunState::Queued), 0, 0);
    } else if (event.type == "run-state"_L1) {
        const auto state = parseRunState(event.data.value(u"state"_s).toString());
        const bool ends = state && isFinal(*state);
        changeState(event, ends);
        if (ends) {
            for (const QString &path : m_open.keys()) // What an engine that died left as running.
                closePhase(path, {}, {});
        }
    } else if (event.type == "step-state"_L1) {
        const auto state = parseStepState(event.data.value(u"state"_s).toString());
        changeState(event, state && (isFinal(*state) || *state == StepState::Pending));
    } else if (!isToldByPhases(event.type)) {
        m_timeline.marks += TimelineMark{m_at, event.stepPath, event.type, event.data};
    }
}

/// An event has the time at which it was written, which may be long after what it tells of when the store was
/// in trouble.
void TimelineBuilder::refine(const QList<AttemptRecord> &attempts)
{
    QHash<std::pair<QString, int>, const AttemptRecord *> known;
    for (const AttemptRecord &attempt : attempts)
        known.insert({attempt.path, attempt.attempt}, &attempt);
    for (TimelinePhase &phase : m_timeline.phases) {
        const AttemptRecord *attempt = known.value({phase.path, phase.attempt});
        if (!attempt || phase.state != toString(StepState::Running))
            continue;
        const auto isWithin = [&phase](const std::optional<Timestamp> &time) {
            return time && *time >= phase.begin && (!phase.end || *time <= *phase.end);
        };
        if (isWithin(attempt->startedAt))
            phase.begin = *attempt->startedAt;
        if (phase.end && isWithin(attempt->finishedAt))
            phase.end = *attempt->finishedAt;
    }
}

} // namespace

Timeline timelineOf(const QList<RunEvent> &events, const QList<AttemptRecord> &attempts)
{
    TimelineBuilder builder;
    for (const RunEvent &event : events)
        builder.add(event);
    builder.refine(attempts);
    return builder.take();
}

QByteArray timelineIn(TimelineFormat format, const RunView &view, const QList<RunEvent> &events,
                      Timestamp now)
{
    if (format == TimelineFormat::JsonLines) {
        QByteArray lines;
        for (const RunEvent &event : events)
            lines += canonicalJsonOf(toJson(event)) + '\n';
        return lines;
    }
    const Timeline timeline = timelineOf(events, view.attempts);
    return format == TimelineFormat::Text ? timelineText(view.summary, timeline, now)
                                          : chromeTrace(view, timeline, now);
}

} // namespace engine
