#include "engine/api/timeline/timeline.h"
#include "engine/base/json.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace engine;

/// What a run did when, as its journal tells it, in each format.
class TestTimeline : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();

    void tellsPhases();
    void writesText();
    void writesWhatStillRuns();
    void writesTheJournalAsItIsStored();
    void writesATraceForChrome();
    void givesLanesToWhatRunsAtOnce();
    void spansOfALaneLieWithinEachOtherOrApart();
    void takesTheTimesOfAttempts();
    void neverGoesBack();
    void endsWhatADeadEngineLeft();
    void makesTextPrintable();

private:
    void at(std::chrono::milliseconds time, const QString &type, const QString &path = {},
            const QJsonObject &data = {});
    void step(std::chrono::milliseconds time, const QString &path, const QString &state,
              const QString &reason = {}, int attempt = 0);
    void run(std::chrono::milliseconds time, const QString &state, const QString &reason = {});
    void fillWithARetryAndAGate();
    QString text(std::chrono::milliseconds now = 1h) const
    {
        return QString::fromUtf8(timelineIn(TimelineFormat::Text, m_view, m_events, m_start + now));
    }
    QList<QJsonObject> trace(std::chrono::milliseconds now = 1h) const;
    QStringList spans(const QList<QJsonObject> &trace) const;

    const Timestamp m_start{1'769'850'300'000ms}; // 2026-01-31T09:05:00.000Z
    RunView m_view;
    QList<RunEvent> m_events;
};

void TestTimeline::init()
{
    m_view = {};
    m_view.summary.id = {u"run_01HZZZZZZZZZZZZZZZZZZZZZZZ"_s};
    m_view.summary.packName = u"traced"_s;
    m_view.summary.packVersion = u"1.0.0"_s;
    m_view.summary.planHash = u"sha256:0"_s;
    m_view.summary.createdAt = m_start;
    m_events.clear();
    at(0ms, u"run-created"_s);
}

void TestTimeline::at(std::chrono::milliseconds time, const QString &type, const QString &path,
                      const QJsonObject &data)
{
    RunEvent event{m_view.summary.id,
                   m_events.size() + 1,
                   m_start + time,
                   type,
                   path,
                   data,
                   m_events.isEmpty() ? QString(64, u'0') : m_events.last().hash,
                   {}};
    event.hash = hashOf(event);
    m_events += event;
}

void TestTimeline::step(std::chrono::milliseconds time, const QString &path, const QString &state,
                        const QString &reason, int attempt)
{
    QJsonObject data{{u"state"_s, state}};
    if (!reason.isEmpty())
        data.insert(u"reason"_s, reason);
    if (attempt > 0)
        data.insert(u"attempt"_s, attempt);
    at(time, u"step-state"_s, path, data);
}

void TestTimeline::run(std::chrono::milliseconds time, const QString &state, const QString &reason)
{
    step(time, {}, state, reason);
    m_events.last().type = u"run-state"_s;
    m_events.last().hash = hashOf(m_events.last());
    m_view.summary.state = *parseRunState(state);
    m_view.summary.reason = reason;
    if (isFinal(m_view.summary.state))
        m_view.summary.completedAt = m_start + time;
}

void TestTimeline::fillWithARetryAndAGate()
{
    step(10ms, u"a"_s, u"running"_s, {}, 1);
    at(10ms, u"attempt-intent"_s, u"a"_s, {{u"attempt"_s, 1}});
    run(10ms, u"running"_s);
    step(2010ms, u"a"_s, u"backing-off"_s, u"exit code 7"_s, 1);
    at(2010ms, u"retry-scheduled"_s, u"a"_s, {{u"attempt"_s, 2}});
    step(4010ms, u"a"_s, u"running"_s, {}, 2);
    step(5000ms, u"a"_s, u"succeeded"_s, {}, 2);
    at(5000ms, u"artifact-stored"_s, u"a"_s,
       {{u"name"_s, u"report.md"_s}, {u"sha256"_s, u"ab"_s.repeated(32)}, {u"size"_s, 5}});
    step(5000ms, u"b"_s, u"skipped"_s);
    at(5000ms, u"gate-requested"_s, u"review"_s);
    step(5000ms, u"review"_s, u"waiting-approval"_s);
    run(5000ms, u"waiting"_s);
    at(65'000ms, u"decision-accepted"_s, u"review"_s,
       {{u"approver"_s, u"ben"_s}, {u"verdict"_s, u"reject"_s}, {u"keyId"_s, u"k"_s}});
    step(65'000ms, u"review"_s, u"failed"_s, u"rejected by ben"_s);
    run(65'001ms, u"failed"_s, u"step review: rejected by ben"_s);
}

void TestTimeline::tellsPhases()
{
    fillWithARetryAndAGate();
    const Timeline timeline = timelineOf(m_events, {});
    QStringList phases;
    for (const TimelinePhase &phase : timeline.phases)
        phases += u"%1 %2 %3 %4 %5-%6 %7"_s.arg(phase.activity)
                      .arg(phase.path, phase.state)
                      .arg(phase.attempt)
                      .arg((phase.begin - m_start).count())
                      .arg((*phase.end - m_start).count())
                      .arg(phase.next);
    QCOMPARE(phases, (QStringList{u"1  queued 0 0-10 running"_s, u"2 a running 1 10-2010 backing-off"_s,
                                  u"1  running 0 10-5000 waiting"_s, u"2 a backing-off 1 2010-4010 running"_s,
                                  u"2 a running 2 4010-5000 succeeded"_s,
                                  u"3 review waiting-approval 0 5000-65000 failed"_s,
                                  u"1  waiting 0 5000-65001 failed"_s}));
    QStringList marks;
    for (const TimelineMark &mark : timeline.marks)
        marks += mark.path + u' ' + mark.type;
    QCOMPARE(marks, (QStringList{u"a artifact-stored"_s, u"b skipped"_s, u"review decision-accepted"_s}));
}

void TestTimeline::writesText()
{
    fillWithARetryAndAGate();
    QCOMPARE(text().split(u'\n'),
             u"Run      run_01HZZZZZZZZZZZZZZZZZZZZZZZ\n"
             "Pack     traced 1.0.0\n"
             "State    failed: step review: rejected by ben\n"
             "Started  2026-01-31T09:05:00.000Z\n"
             "Took     1 min 5 s\n"
             "\n"
             "AT           TOOK    STEP    WHAT\n"
             "0:00:00.000  10 ms   (run)   queued, then running\n"
             "0:00:00.010  2 s     a       attempt 1, then backing-off: exit code 7\n"
             "0:00:00.010  4.99 s  (run)   running, then waiting\n"
             "0:00:02.010  2 s     a       backing-off, then running\n"
             "0:00:04.010  990 ms  a       attempt 2, then succeeded\n"
             "0:00:05.000  1 min   review  waiting-approval, then failed: rejected by ben\n"
             "0:00:05.000  1 min   (run)   waiting, then failed: step review: rejected by ben\n"
             "0:00:05.000          a       artifact-stored: name report.md, size 5\n"
             "0:00:05.000          b       skipped\n"
             "0:01:05.000          review  decision-accepted: approver ben, verdict reject\n"_s.split(u'\n'));
}

void TestTimeline::writesWhatStillRuns()
{
    step(10ms, u"a"_s, u"running"_s, {}, 1);
    run(10ms, u"running"_s);
    QCOMPARE(text(70s).section(u"\n\n"_s, 1), u"AT           TOOK              STEP   WHAT\n"
                                              "0:00:00.000  10 ms             (run)  queued, then running\n"
                                              "0:00:00.010  1 min 9 s so far  a      attempt 1\n"
                                              "0:00:00.010  1 min 9 s so far  (run)  running\n"_s);
    QVERIFY(text(70s).contains(u"\nTook     1 min 10 s so far\n"_s));
    QCOMPARE(spans(trace(70s)), (QStringList{u"0 run 0-70000"_s, u"0 queued 0-10"_s, u"0 running 10-70000"_s,
                                             u"1 a 10-70000"_s, u"1 attempt 1 10-70000"_s}));
    // A clock behind the one that wrote the journal.
    QCOMPARE(spans(trace(-5s)).last(), u"1 attempt 1 10-10"_s);
}

void TestTimeline::writesTheJournalAsItIsStored()
{
    fillWithARetryAndAGate();
    const QByteArray bytes = timelineIn(TimelineFormat::JsonLines, m_view, m_events, m_start);
    QList<QByteArray> lines = bytes.split('\n');
    QCOMPARE(lines.takeLast(), QByteArray());
    QList<RunEvent> read;
    for (const QByteArray &line : lines) {
        const auto json = parseJsonObject(line);
        QVERIFY(json);
        QCOMPARE(canonicalJsonOf(*json), line);
        read += *eventFromJson(*json);
    }
    QCOMPARE(read, m_events);
    QCOMPARE(lines.first(), R"({"data":{},"hash":")"_ba + m_events.first().hash.toLatin1()
                                + R"(","previousHash":")" + QByteArray(64, '0')
                                + R"(","runId":"run_01HZZZZZZZZZZZZZZZZZZZZZZZ","sequence":1,"stepPath":"",)"
                                  R"("timestamp":"2026-01-31T09:05:00.000Z","type":"run-created"})");
}

QList<QJsonObject> TestTimeline::trace(std::chrono::milliseconds now) const
{
    const auto json =
        parseJsonObject(timelineIn(TimelineFormat::Chrome, m_view, m_events, m_start + now).trimmed());
    if (!json)
        qFatal("%s", qPrintable(json.error().toString()));
    QList<QJsonObject> events;
    for (const QJsonValue &event : json->value(u"traceEvents"_s).toArray())
        events += event.toObject();
    return events;
}

/// "LANE NAME BEGIN-END", in milliseconds.
QStringList TestTimeline::spans(const QList<QJsonObject> &events) const
{
    QStringList words;
    for (const QJsonObject &event : events) {
        const qint64 begin = event.value(u"ts"_s).toInteger();
        if (event.value(u"ph"_s).toString() == u"X"_s)
            words += u"%1 %2 %3-%4"_s.arg(event.value(u"tid"_s).toInt())
                         .arg(event.value(u"name"_s).toString())
                         .arg(begin / 1000)
                         .arg((begin + event.value(u"dur"_s).toInteger()) / 1000);
    }
    return words;
}

void TestTimeline::writesATraceForChrome()
{
    fillWithARetryAndAGate();
    m_view.attempts = {{u"a"_s, 2, 4711, u"1"_s, u"boot"_s, {}, {}, 0, {}, {}}};
    const QByteArray expected =
        R"({"displayTimeUnit":"ms","otherData":{"createdAt":"2026-01-31T09:05:00.000Z","packName":"traced","packVersion":"1.0.0","planHash":"sha256:0","runId":"run_01HZZZZZZZZZZZZZZZZZZZZZZZ","state":"failed"},"traceEvents":[
{"args":{"name":"traced 1.0.0, run_01HZZZZZZZZZZZZZZZZZZZZZZZ"},"name":"process_name","ph":"M","pid":1,"tid":0},
{"args":{"name":"run"},"name":"thread_name","ph":"M","pid":1,"tid":0},
{"args":{"sort_index":0},"name":"thread_sort_index","ph":"M","pid":1,"tid":0},
{"args":{"name":"lane 1"},"name":"thread_name","ph":"M","pid":1,"tid":1},
{"args":{"sort_index":1},"name":"thread_sort_index","ph":"M","pid":1,"tid":1},
{"cat":"run","dur":65001000,"name":"run","ph":"X","pid":1,"tid":0,"ts":0},
{"args":{"next":"running"},"cat":"queued","dur":10000,"name":"queued","ph":"X","pid":1,"tid":0,"ts":0},
{"args":{"next":"waiting"},"cat":"running","dur":4990000,"name":"running","ph":"X","pid":1,"tid":0,"ts":10000},
{"args":{"next":"failed","reason":"step review: rejected by ben"},"cat":"waiting","dur":60001000,"name":"waiting","ph":"X","pid":1,"tid":0,"ts":5000000},
{"cat":"step","dur":4990000,"name":"a","ph":"X","pid":1,"tid":1,"ts":10000},
{"args":{"next":"backing-off","reason":"exit code 7"},"cat":"running","dur":2000000,"name":"attempt 1","ph":"X","pid":1,"tid":1,"ts":10000},
{"args":{"next":"running"},"cat":"backing-off","dur":2000000,"name":"backing-off","ph":"X","pid":1,"tid":1,"ts":2010000},
{"args":{"attempt":{"attempt":2,"bootId":"boot","exitCode":0,"path":"a","pid":4711,"processStart":"1"},"next":"succeeded"},"cat":"running","dur":990000,"name":"attempt 2","ph":"X","pid":1,"tid":1,"ts":4010000},
{"cat":"step","dur":60000000,"name":"review","ph":"X","pid":1,"tid":1,"ts":5000000},
{"args":{"next":"failed","reason":"rejected by ben"},"cat":"waiting-approval","dur":60000000,"name":"waiting-approval","ph":"X","pid":1,"tid":1,"ts":5000000},
{"args":{"name":"report.md","sha256":"abababababababababababababababababababababababababababababababab","size":5,"step":"a"},"cat":"event","name":"artifact-stored","ph":"i","pid":1,"s":"t","tid":1,"ts":5000000},
{"args":{"step":"b"},"cat":"event","name":"skipped","ph":"i","pid":1,"s":"t","tid":0,"ts":5000000},
{"args":{"approver":"ben","keyId":"k","step":"review","verdict":"reject"},"cat":"event","name":"decision-accepted","ph":"i","pid":1,"s":"t","tid":1,"ts":65000000}
]}
)";
    const QByteArray found = timelineIn(TimelineFormat::Chrome, m_view, m_events, m_start);
    QCOMPARE(found.split('\n'), expected.split('\n'));
}

void TestTimeline::givesLanesToWhatRunsAtOnce()
{
    step(0ms, u"p"_s, u"running"_s);
    step(10ms, u"p/a"_s, u"running"_s, {}, 1);
    step(10ms, u"p/b"_s, u"running"_s, {}, 1);
    step(20ms, u"p/a"_s, u"succeeded"_s, {}, 1);
    step(20ms, u"p/c"_s, u"running"_s, {}, 1);
    step(30ms, u"p/c"_s, u"succeeded"_s, {}, 1);
    step(40ms, u"p/b"_s, u"succeeded"_s, {}, 1);
    step(40ms, u"p"_s, u"succeeded"_s);
    step(40ms, u"d"_s, u"running"_s, {}, 1);
    step(50ms, u"d"_s, u"succeeded"_s, {}, 1);
    run(50ms, u"succeeded"_s);
    QStringList steps;
    for (const QString &span : spans(trace())) {
        if (!span.contains(u"attempt"_s) && !span.startsWith(u'0') && !span.contains(u"running"_s))
            steps += span;
    }
    QCOMPARE(steps, (QStringList{u"1 p 0-40"_s, u"2 p/a 10-20"_s, u"3 p/b 10-40"_s, u"2 p/c 20-30"_s,
                                 u"1 d 40-50"_s}));
}

/// What the format asks for, over a run with much going on at once.
void TestTimeline::spansOfALaneLieWithinEachOtherOrApart()
{
    quint32 random = 1;
    const auto next = [&random](quint32 below) {
        random = random * 1664525 + 1013904223;
        return (random >> 8) % below;
    };
    QList<QString> states(40);
    const QStringList all{u"running"_s, u"backing-off"_s, u"waiting-approval"_s, u"succeeded"_s, u"ready"_s};
    std::chrono::milliseconds time{0};
    for (int i = 0; i < 2000; ++i) {
        time += std::chrono::milliseconds(next(3));
        step(time, u"s%1"_s.arg(next(40)), all[next(5)], {}, int(next(3)));
    }
    QMap<int, QList<std::pair<qint64, qint64>>> byLane;
    const auto events = trace(time);
    for (const QJsonObject &event : events) {
        if (event.value(u"ph"_s).toString() != u"X"_s)
            continue;
        const qint64 begin = event.value(u"ts"_s).toInteger();
        QVERIFY(event.value(u"dur"_s).toInteger() >= 0);
        byLane[event.value(u"tid"_s).toInt()] += {begin, begin + event.value(u"dur"_s).toInteger()};
    }
    QVERIFY(byLane.size() > 10);
    for (const auto &lane : std::as_const(byLane)) {
        for (qsizetype i = 0; i < lane.size(); ++i) {
            for (qsizetype j = 0; j < i; ++j) {
                const auto &[begin, end] = lane[i];
                const auto &[otherBegin, otherEnd] = lane[j];
                const bool isApart = end <= otherBegin || otherEnd <= begin;
                const bool isWithin =
                    (otherBegin <= begin && end <= otherEnd) || (begin <= otherBegin && otherEnd <= end);
                QVERIFY(isApart || isWithin);
            }
        }
    }
}

void TestTimeline::takesTheTimesOfAttempts()
{
    step(10ms, u"a"_s, u"running"_s, {}, 1);
    step(9000ms, u"a"_s, u"succeeded"_s, {}, 1); // Written late: the store was in trouble.
    AttemptRecord attempt;
    attempt.path = u"a"_s;
    attempt.startedAt = m_start + 20ms;
    attempt.finishedAt = m_start + 3s;
    Timeline timeline = timelineOf(m_events, {attempt});
    QVERIFY(timeline.phases.last().begin == m_start + 20ms);
    QVERIFY(timeline.phases.last().end == m_start + 3s);
    attempt.startedAt = m_start - 1s; // The clock was set.
    attempt.finishedAt = m_start + 10s;
    timeline = timelineOf(m_events, {attempt});
    QVERIFY(timeline.phases.last().begin == m_start + 10ms);
    QVERIFY(timeline.phases.last().end == m_start + 9s);
}

void TestTimeline::neverGoesBack()
{
    step(100ms, u"a"_s, u"running"_s, {}, 1);
    step(50ms, u"a"_s, u"succeeded"_s, {}, 1);
    QCOMPARE(spans(trace(200ms)).last(), u"1 attempt 1 100-100"_s);
}

void TestTimeline::endsWhatADeadEngineLeft()
{
    step(10ms, u"a"_s, u"running"_s, {}, 1);
    run(20ms, u"cancelled"_s);
    QCOMPARE(spans(trace()).last(), u"1 attempt 1 10-20"_s);
    QVERIFY(text().endsWith(u"a      attempt 1\n"_s));
}

void TestTimeline::makesTextPrintable()
{
    step(0ms, u"a"_s, u"failed"_s, u"bad \u001b[31m"_s);
    QVERIFY2(text().endsWith(u"a      failed: reason bad <U+001B>[31m\n"_s), qPrintable(text()));
}

QTEST_GUILESS_MAIN(TestTimeline)
#include "tst_timeline.moc"
