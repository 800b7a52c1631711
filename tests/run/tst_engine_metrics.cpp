#include "tests/run/scheduler_fixture.h"

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using engine::RunId;
using engine::Verdict;

/// What an engine counts while it carries runs out, by the numbers that it tells.
class TestEngineMetrics : public SchedulerFixture
{
    Q_OBJECT
private Q_SLOTS:
    void countsAttemptsAndRetries();
    void measuresSteps();
    void countsWhatWasCancelledAndTimedOut();
    void countsWhatACrashInterrupted();
    void tellsWhatWaits();
    void countsLogLinesAndCommits();
    void namesNothingThatIsRun();

private:
    void prepare() override { m_processes = 1; }
    QString value(const QString &series) const
    {
        const QStringList lines = QString::fromUtf8(m_engine->metrics()).split(u'\n');
        for (const QString &line : lines) {
            if (line.section(u' ', 0, -2) == series)
                return line.section(u' ', -1);
        }
        return u"not told"_s;
    }
    QString attempts(const QString &outcome) const
    {
        return value(u"taskrunner_attempts_total{outcome=\"%1\"}"_s.arg(outcome));
    }
    QString runs(const QString &state) const
    {
        return value(u"taskrunner_active_runs{state=\"%1\"}"_s.arg(state));
    }
    void waitFor(const QString &step) const { QTRY_COMPARE(m_launcher->running(), QStringList{step}); }
};

void TestEngineMetrics::countsAttemptsAndRetries()
{
    const RunId run =
        start("  steps:\n  - { id: a, run: { uses: 'builtin:exec', with: { command: ['true'] }, "
              "retries: { maxAttempts: 3, backoff: PT2S } } }\n");
    waitFor(u"a"_s);
    QCOMPARE(attempts(u"failed"_s), u"0"_s);
    m_launcher->finish(u"a"_s, 1);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    QCOMPARE(attempts(u"failed"_s), u"1"_s);
    QCOMPARE(value(u"taskrunner_retries_total"_s), u"1"_s);
    QCOMPARE(runs(u"waiting"_s), u"1"_s);
    QCOMPARE(value(u"taskrunner_queue_depth"_s), u"0"_s); // One that backs off is not ready.
    m_clock->advance(2s);
    waitFor(u"a"_s);
    m_launcher->finish(u"a"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QCOMPARE(attempts(u"failed"_s), u"1"_s);
    QCOMPARE(attempts(u"succeeded"_s), u"1"_s);
    QCOMPARE(value(u"taskrunner_retries_total"_s), u"1"_s);
    QCOMPARE(runs(u"waiting"_s), u"0"_s);
}

void TestEngineMetrics::measuresSteps()
{
    const QString step = u"taskrunner_step_duration_seconds"_s;
    start("  steps:\n  - { id: a, run: { uses: 'builtin:exec', with: { command: ['true'] }, retries: { "
          "maxAttempts: 2, backoff: PT3S } } }\n"
          + exec("b"));
    waitFor(u"a"_s);
    m_clock->advance(2s);
    m_launcher->finish(u"a"_s, 1);
    QTRY_COMPARE(attempts(u"failed"_s), u"1"_s);
    QCOMPARE(value(step + u"_count{result=\"failed\"}"_s), u"0"_s); // It is not over.
    m_clock->advance(3s);
    waitFor(u"a"_s);
    m_clock->advance(1250ms);
    m_launcher->finish(u"a"_s);
    waitFor(u"b"_s);
    QCOMPARE(value(step + u"_sum{result=\"succeeded\"}"_s), u"6.25"_s);
    QCOMPARE(value(step + u"_bucket{result=\"succeeded\",le=\"5\"}"_s), u"0"_s);
    QCOMPARE(value(step + u"_bucket{result=\"succeeded\",le=\"10\"}"_s), u"1"_s);
    m_clock->advance(40s);
    m_launcher->finish(u"b"_s, 3);
    QTRY_COMPARE(value(step + u"_sum{result=\"failed\"}"_s), u"40"_s);
    QCOMPARE(value(step + u"_count{result=\"failed\"}"_s), u"1"_s);
    QCOMPARE(value(step + u"_count{result=\"succeeded\"}"_s), u"1"_s);
}

void TestEngineMetrics::countsWhatWasCancelledAndTimedOut()
{
    const RunId slow = start("  steps:\n  - { id: a, run: { uses: 'builtin:exec', with: { command: ['true'] "
                             "}, timeout: PT5S } }\n");
    waitFor(u"a"_s);
    m_clock->advance(5s);
    m_launcher->finish(u"a"_s, 143);
    QTRY_COMPARE(stateOf(slow), u"failed"_s);
    QCOMPARE(attempts(u"timed-out"_s), u"1"_s);
    QCOMPARE(attempts(u"failed"_s), u"0"_s);
    const RunId run = start("  steps:\n" + exec("b"));
    waitFor(u"b"_s);
    QVERIFY(m_engine->cancel(run, u"sue"_s));
    QCOMPARE(runs(u"cancelling"_s), u"1"_s);
    m_launcher->finish(u"b"_s, 143);
    QTRY_COMPARE(stateOf(run), u"cancelled"_s);
    QCOMPARE(attempts(u"cancelled"_s), u"1"_s);
    QCOMPARE(value(u"taskrunner_step_duration_seconds_count{result=\"cancelled\"}"_s), u"1"_s);
}

void TestEngineMetrics::countsWhatACrashInterrupted()
{
    start("  steps:\n" + exec("a"));
    waitFor(u"a"_s);
    crashEngine();
    QCOMPARE(attempts(u"interrupted"_s), u"1"_s);
    QCOMPARE(runs(u"interrupted"_s), u"1"_s);
    openEngine(); // It is counted once.
    QCOMPARE(attempts(u"interrupted"_s), u"0"_s);
    QCOMPARE(runs(u"interrupted"_s), u"1"_s);
}

void TestEngineMetrics::tellsWhatWaits()
{
    const RunId run =
        start("  approvals: [{ id: reviewer, allowSelfApproval: true }]\n  steps:\n"
              "  - id: both\n    parallel:\n      steps:\n"
              "      - { id: gate, gate: { approval: reviewer } }\n"
              "      - { id: a, run: { uses: 'builtin:exec', with: { command: ['true'] } } }\n"
              "      - { id: b, run: { uses: 'builtin:exec', with: { command: ['true'] } } }\n"
              "      - { id: c, run: { uses: 'builtin:exec', with: { command: ['true'] } } }\n");
    waitFor(u"both/a"_s);
    QCOMPARE(value(u"taskrunner_queue_depth"_s), u"2"_s);
    QCOMPARE(runs(u"running"_s), u"1"_s);
    m_clock->advance(90s);
    QCOMPARE(value(u"taskrunner_gates_waiting"_s), u"1"_s);
    QCOMPARE(value(u"taskrunner_oldest_gate_wait_seconds"_s), u"90"_s);
    start("  approvals: [{ id: reviewer }]\n  steps:\n  - { id: gate, gate: { approval: reviewer } }\n");
    QTRY_COMPARE(value(u"taskrunner_gates_waiting"_s), u"2"_s);
    m_clock->advance(10s);
    QCOMPARE(value(u"taskrunner_oldest_gate_wait_seconds"_s), u"100"_s);
    QVERIFY(decide(run, u"anna"_s, Verdict::Approve));
    QCOMPARE(value(u"taskrunner_gates_waiting"_s), u"1"_s);
    QCOMPARE(value(u"taskrunner_oldest_gate_wait_seconds"_s), u"10"_s);
    QCOMPARE(*m_reader->readySteps(), 2); // What one tells that only reads.
}

void TestEngineMetrics::countsLogLinesAndCommits()
{
    start("  steps:\n" + exec("a"));
    waitFor(u"a"_s);
    const int before = value(u"taskrunner_store_commit_duration_seconds_count"_s).toInt();
    QVERIFY2(before >= 3, qPrintable(QString::number(before))); // Made, intent, started.
    m_launcher->print(u"a"_s, "one\ntw\xc3\xb6\n");
    QCOMPARE(value(u"taskrunner_log_lines_total"_s), u"0"_s); // Not on disk yet.
    m_clock->advance(100ms);
    QCOMPARE(value(u"taskrunner_log_lines_total"_s), u"2"_s);
    QCOMPARE(value(u"taskrunner_log_bytes_total"_s), u"7"_s);
    QCOMPARE(value(u"taskrunner_store_commit_duration_seconds_count"_s), QString::number(before + 1));
}

void TestEngineMetrics::namesNothingThatIsRun()
{
    const qsizetype lines = m_engine->metrics().count('\n');
    for (int i = 0; i < 5; ++i) {
        const RunId run = start("  steps:\n" + exec(("step" + QByteArray::number(i)).constData()));
        const QString step = u"step%1"_s.arg(i);
        waitFor(step);
        QVERIFY(!m_engine->metrics().contains(run.value.toUtf8()));
        m_launcher->finish(step, i % 2);
        QTRY_VERIFY(m_launcher->running().isEmpty());
    }
    QTRY_VERIFY(m_engine->activeRuns().isEmpty());
    QCOMPARE(m_engine->metrics().count('\n'), lines);
    QVERIFY(!m_engine->metrics().contains("traced") && !m_engine->metrics().contains("step0"));
}

QTEST_GUILESS_MAIN(TestEngineMetrics)
#include "tst_engine_metrics.moc"
