#include "engine/api/timeline/timeline_forms.h"
#include "engine/base/json.h"

#include <queue>

#include <algorithm>
#include <set>

using namespace Qt::StringLiterals;

// "Trace Event Format", https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsNchNAySU: the
// JSON object form with complete (X), instant (i) and metadata (M) events. Complete events of one thread must
// lie within each other or apart.

namespace engine {

namespace {

using std::chrono::microseconds;

constexpr int runLane = 0;

/// What a step did from rest to rest.
struct Activity
{
    QList<const TimelinePhase *> phases{};
    Timestamp begin{};
    Timestamp end{};
    int lane = runLane;
};

class TraceWriter
{
public:
    TraceWriter(const RunView &view, const Timeline &timeline, Timestamp now);
    QByteArray write();

private:
    void gatherActivities();
    void chooseLanes();
    void nameLanes();
    void writeActivity(const Activity &activity);
    void writeMark(const TimelineMark &mark);
    void put(QJsonObject event, int lane);
    qint64 micros(Timestamp time) const { return microseconds(time - m_view.summary.createdAt).count(); }
    Timestamp endOf(const TimelinePhase &phase) const
    {
        return phase.end.value_or(std::max(m_now, phase.begin));
    }
    QJsonObject span(const QString &name, const QString &category, Timestamp begin, Timestamp end) const;
    QJsonObject detailOf(const TimelinePhase &phase) const;

    const RunView &m_view;
    const Timeline &m_timeline;
    const Timestamp m_now;
    QList<Activity> m_activities; ///< The run's own one and those of steps, by their begin.
    int m_lanes = 1;
    QHash<QString, QList<qsizetype>> m_activitiesOf; ///< By path, in order.
    QHash<std::pair<QString, int>, const AttemptRecord *> m_attempts;
    QByteArray m_events;
};

TraceWriter::TraceWriter(const RunView &view, const Timeline &timeline, Timestamp now)
    : m_view(view)
    , m_timeline(timeline)
    , m_now(now)
{
    for (const AttemptRecord &attempt : view.attempts)
        m_attempts.insert({attempt.path, attempt.attempt}, &attempt);
}

void TraceWriter::gatherActivities()
{
    QHash<int, qsizetype> indexOf;
    for (const TimelinePhase &phase : m_timeline.phases) {
        if (!indexOf.contains(phase.activity)) {
            indexOf.insert(phase.activity, m_activities.size());
            m_activities += Activity{{}, phase.begin, phase.begin};
        }
        Activity &activity = m_activities[indexOf.value(phase.activity)];
        activity.phases += &phase;
        activity.end = std::max(activity.end, endOf(phase));
    }
    std::ranges::stable_sort(m_activities, {}, &Activity::begin);
    for (qsizetype i = 0; i < m_activities.size(); ++i)
        m_activitiesOf[m_activities[i].phases.first()->path] += i;
}

/// Gives each activity the first lane that is free when it begins.
void TraceWriter::chooseLanes()
{
    using Busy = std::pair<Timestamp, int>; // Until when, and which.
    std::priority_queue<Busy, std::vector<Busy>, std::greater<>> busy;
    std::set<int> free;
    for (Activity &activity : m_activities) {
        if (activity.phases.first()->path.isEmpty())
            continue;
        while (!busy.empty() && busy.top().first <= activity.begin) {
            free.insert(busy.top().second);
            busy.pop();
        }
        if (free.empty())
            free.insert(m_lanes++);
        activity.lane = *free.begin();
        free.erase(free.begin());
        busy.emplace(activity.end, activity.lane);
    }
}

void TraceWriter::put(QJsonObject event, int lane)
{
    event.insert(u"pid"_s, 1);
    event.insert(u"tid"_s, lane);
    m_events += m_events.isEmpty() ? "\n" : ",\n";
    m_events += canonicalJsonOf(event);
}

void TraceWriter::nameLanes()
{
    const auto name = [this](const QString &what, const QString &words, int lane) {
        put({{u"ph"_s, u"M"_s}, {u"name"_s, what}, {u"args"_s, QJsonObject{{u"name"_s, words}}}}, lane);
    };
    const RunSummary &run = m_view.summary;
    name(u"process_name"_s, u"%1 %2, %3"_s.arg(run.packName, run.packVersion, run.id.value), runLane);
    for (int lane = runLane; lane < m_lanes; ++lane) {
        name(u"thread_name"_s, lane == runLane ? u"run"_s : u"lane %1"_s.arg(lane), lane);
        put({{u"ph"_s, u"M"_s},
             {u"name"_s, u"thread_sort_index"_s},
             {u"args"_s, QJsonObject{{u"sort_index"_s, lane}}}},
            lane);
    }
}

QJsonObject TraceWriter::span(const QString &name, const QString &category, Timestamp begin,
                              Timestamp end) const
{
    return {{u"ph"_s, u"X"_s},
            {u"name"_s, name},
            {u"cat"_s, category},
            {u"ts"_s, micros(begin)},
            {u"dur"_s, micros(end) - micros(begin)}};
}

QJsonObject TraceWriter::detailOf(const TimelinePhase &phase) const
{
    QJsonObject detail;
    if (phase.next.isEmpty())
        detail.insert(u"goesOn"_s, true);
    else
        detail.insert(u"next"_s, phase.next);
    if (!phase.reason.isEmpty())
        detail.insert(u"reason"_s, phase.reason);
    const AttemptRecord *attempt = m_attempts.value({phase.path, phase.attempt});
    if (attempt && phase.state == toString(StepState::Running))
        detail.insert(u"attempt"_s, toJson(*attempt));
    return detail;
}

void TraceWriter::writeActivity(const Activity &activity)
{
    const QString &path = activity.phases.first()->path;
    put(span(path.isEmpty() ? u"run"_s : path, path.isEmpty() ? u"run"_s : u"step"_s, activity.begin,
             activity.end),
        activity.lane);
    for (const TimelinePhase *phase : activity.phases) {
        const bool isAttempt = phase->attempt > 0 && phase->state == toString(StepState::Running);
        QJsonObject event = span(isAttempt ? u"attempt %1"_s.arg(phase->attempt) : phase->state, phase->state,
                                 phase->begin, endOf(*phase));
        event.insert(u"args"_s, detailOf(*phase));
        put(event, activity.lane);
    }
}

/// In the lane where its step is, or was last.
void TraceWriter::writeMark(const TimelineMark &mark)
{
    int lane = runLane;
    const QList<qsizetype> activities = m_activitiesOf.value(mark.path);
    for (const qsizetype index : activities) {
        if (m_activities[index].begin <= mark.at)
            lane = m_activities[index].lane;
    }
    QJsonObject detail = mark.data;
    detail.remove(u"items"_s); // Of a map: as many as it has children.
    if (!mark.path.isEmpty())
        detail.insert(u"step"_s, mark.path);
    put({{u"ph"_s, u"i"_s},
         {u"s"_s, mark.path.isEmpty() ? u"p"_s : u"t"_s},
         {u"name"_s, mark.type},
         {u"cat"_s, u"event"_s},
         {u"ts"_s, micros(mark.at)},
         {u"args"_s, detail}},
        lane);
}

QByteArray TraceWriter::write()
{
    gatherActivities();
    chooseLanes();
    nameLanes();
    for (const Activity &activity : std::as_const(m_activities))
        writeActivity(activity);
    for (const TimelineMark &mark : m_timeline.marks)
        writeMark(mark);
    const RunSummary &run = m_view.summary;
    const QJsonObject other{{u"runId"_s, run.id.value},          {u"packName"_s, run.packName},
                            {u"packVersion"_s, run.packVersion}, {u"planHash"_s, run.planHash},
                            {u"state"_s, toString(run.state)},   {u"createdAt"_s, toIso(run.createdAt)}};
    return R"({"displayTimeUnit":"ms","otherData":)" + canonicalJsonOf(other) + R"(,"traceEvents":[)"
           + m_events + "\n]}\n";
}

} // namespace

QByteArray chromeTrace(const RunView &view, const Timeline &timeline, Timestamp now)
{
    return TraceWriter(view, timeline, now).write();
}

} // namespace engine
