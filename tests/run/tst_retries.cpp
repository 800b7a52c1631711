#include "engine/run/retry_delay.h"
#include "tests/run/scheduler_fixture.h"

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using engine::RunId;

/// Attempts that follow failed ones: when, how many, and what of them a restart keeps.
class TestRetries : public SchedulerFixture
{
    Q_OBJECT
private Q_SLOTS:
    void computesDelays_data();
    void computesDelays();
    void triesAgain();
    void endsAfterTheLastAttempt();
    void retriesListedExitCodesOnly();
    void endsByDuration();
    void retriesWhatTimedOut();
    void holdsNoSlot();
    void isCancelledAtOnce();
    void keepsTheDueTime();
    void keepsTheDueTimeWhenTheClockWasSet();

private:
    RunId startRetrying(const QByteArray &retries, const QByteArray &more = {});
    std::optional<engine::Timestamp> dueOf(const RunId &run) const
    {
        return m_reader->steps(run)->first().nextAttemptAt;
    }
};

RunId TestRetries::startRetrying(const QByteArray &retries, const QByteArray &more)
{
    return start("  steps:\n  - { id: a, run: { uses: 'builtin:exec', with: { command: ['true'] }, retries: "
                 + retries + more + " } }\n");
}

void TestRetries::computesDelays_data()
{
    QTest::addColumn<engine::RetrySpec>("retries");
    QTest::addColumn<QList<int>>("milliseconds"); // After attempts 1, 2, ...

    const auto row = [](const char *name, engine::RetrySpec retries, const QList<int> &delays) {
        QTest::newRow(name) << retries << delays;
    };
    row("by default", {10}, {1000, 2000, 4000, 8000, 16000});
    row("constant", {10, 2s, 1}, {2000, 2000, 2000});
    row("bounded", {10, 2s, 3, 10s}, {2000, 6000, 10000, 10000});
    row("fraction", {10, 100ms, 1.5}, {100, 150, 225, 338});
    row("none", {10, 0s, 2}, {0, 0, 0});
}

void TestRetries::computesDelays()
{
    QFETCH(engine::RetrySpec, retries);
    QFETCH(QList<int>, milliseconds);

    QList<int> found;
    for (int attempt = 1; attempt <= milliseconds.size(); ++attempt)
        found += int(engine::retryDelay(retries, attempt).count());
    QCOMPARE(found, milliseconds);
    QVERIFY(engine::retryDelay({1000, 1h, 100}, 1000) == std::chrono::hours(24) * 10'000);
}

void TestRetries::triesAgain()
{
    const RunId run = startRetrying("{ maxAttempts: 3, backoff: PT2S }");
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_clock->advance(5s);
    m_launcher->finish(u"a"_s, 7);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    QVERIFY(dueOf(run) == m_clock->now() + 2s);
    m_clock->advance(1999ms);
    QCOMPARE(m_launcher->running(), QStringList());
    m_clock->advance(1ms);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    QVERIFY(!dueOf(run));
    m_launcher->finish(u"a"_s, 7);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    m_clock->advance(4s);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_launcher->finish(u"a"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);

    QCOMPARE(states(run), (QStringList{u"a running"_s, u"run-state running"_s, u"a backing-off"_s,
                                       u"run-state waiting"_s, u"a running"_s, u"run-state running"_s,
                                       u"a backing-off"_s, u"run-state waiting"_s, u"a running"_s,
                                       u"run-state running"_s, u"a succeeded"_s, u"run-state succeeded"_s}));
    const auto attempts = *m_reader->attempts(run);
    QList<int> codes;
    for (const engine::AttemptRecord &attempt : attempts)
        codes += attempt.exitCode.value_or(-1);
    QCOMPARE(codes, (QList<int>{7, 7, 0}));
    QVERIFY(engine::checkChain(*m_reader->events(run)));
}

void TestRetries::endsAfterTheLastAttempt()
{
    const RunId run = startRetrying("{ maxAttempts: 2, backoff: PT0S }");
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_launcher->finish(u"a"_s, 1);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    m_clock->advance(0ms);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_launcher->finish(u"a"_s, 1);
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(reasonOf(run), u"step a: exit code 1, after 2 attempts"_s);
}

void TestRetries::retriesListedExitCodesOnly()
{
    const RunId run = startRetrying("{ maxAttempts: 5, onExitCodes: [75] }");
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_launcher->finish(u"a"_s, 75);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    m_clock->advance(1s);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_launcher->finish(u"a"_s, 1);
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(reasonOf(run), u"step a: exit code 1, and that is not retried"_s);
}

void TestRetries::endsByDuration()
{
    const RunId run = startRetrying("{ maxAttempts: 5, backoff: PT10S, factor: 1, maxDuration: PT25S }");
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_clock->advance(5s);
    m_launcher->finish(u"a"_s, 1); // The next would begin after 15 s.
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    m_clock->advance(10s);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_clock->advance(1s);
    m_launcher->finish(u"a"_s, 1); // After 26 s.
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(reasonOf(run),
             u"step a: exit code 1, and the next attempt would begin later than 25 s after the first"_s);
}

void TestRetries::retriesWhatTimedOut()
{
    const RunId run = startRetrying("{ maxAttempts: 2, backoff: PT1S }", ", timeout: PT5S");
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_clock->advance(5s);
    m_launcher->finish(u"a"_s, 143);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    m_clock->advance(1s);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_launcher->finish(u"a"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
}

void TestRetries::holdsNoSlot()
{
    m_processes = 1;
    openEngine();
    const RunId run =
        start("  steps:\n  - id: p\n    parallel:\n      steps:\n"
              "        - { id: a, run: { uses: 'builtin:exec', with: { command: ['true'] }, "
              "retries: { maxAttempts: 2 } } }\n"
              "        - { id: b, run: { uses: 'builtin:exec', with: { command: ['true'] } } }\n");
    QTRY_COMPARE(m_launcher->running(), QStringList{u"p/a"_s});
    m_launcher->finish(u"p/a"_s, 1);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"p/b"_s});
    m_clock->advance(1s);
    QCOMPARE(m_launcher->running(), QStringList{u"p/b"_s});
    m_launcher->finish(u"p/b"_s);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"p/a"_s});
    m_launcher->finish(u"p/a"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
}

void TestRetries::isCancelledAtOnce()
{
    const RunId run = startRetrying("{ maxAttempts: 2, backoff: PT1H }");
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_launcher->finish(u"a"_s, 1);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    QVERIFY(m_engine->cancel(run, u"sue"_s));
    QTRY_COMPARE(stateOf(run), u"cancelled"_s);
    m_clock->advance(2h);
    QCOMPARE(m_launcher->calls, QStringList{u"start a"_s});
}

void TestRetries::keepsTheDueTime()
{
    const RunId run = startRetrying("{ maxAttempts: 2, backoff: PT10M, maxDuration: PT20M }");
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_launcher->finish(u"a"_s, 1);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    m_clock->advance(4min);
    openEngine();
    QCOMPARE(stateOf(run), u"waiting"_s);
    m_clock->advance(6min - 1ms);
    QCOMPARE(m_launcher->running(), QStringList());
    m_clock->advance(1ms);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_launcher->finish(u"a"_s, 1);
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(m_reader->attempts(run)->size(), 2);
}

/// A clock that was set back a year does not make a step wait for a year.
void TestRetries::keepsTheDueTimeWhenTheClockWasSet()
{
    const RunId run = startRetrying("{ maxAttempts: 2, backoff: PT10M }");
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_launcher->finish(u"a"_s, 1);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    m_clock->setNow(m_clock->now() - 24h * 365);
    openEngine();
    m_clock->advance(10min);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_launcher->finish(u"a"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
}

QTEST_GUILESS_MAIN(TestRetries)
#include "tst_retries.moc"
