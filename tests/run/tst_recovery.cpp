#include "tests/run/scheduler_fixture.h"

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using engine::RunId;
using engine::StepResolution;

/// What becomes of runs whose engine was killed.
class TestRecovery : public SchedulerFixture
{
    Q_OBJECT
private Q_SLOTS:
    void waitsForAWord();
    void resolves_data();
    void resolves();
    void refusesWrongWords();
    void runsIdempotentStepsAgain();
    void startsWhatWasOnlyIntended();
    void goesOnCancelling();
    void cancelsAnInterruptedRun();
    void keepsWhatWasDone();
    void killsWhatAnOrderlyStopKilled();

private:
    engine::Result<> resolve(const RunId &run, const QString &step, StepResolution::Outcome outcome,
                             const QString &reason = {})
    {
        return m_engine->resolve(run, step, {outcome, reason, u"olga"_s});
    }
    QStringList stateOfSteps(const RunId &run) const
    {
        QStringList all;
        const auto steps = *m_reader->steps(run);
        for (const engine::StepRecord &step : steps)
            all += step.path + u' ' + toString(step.state);
        return all;
    }
    void startAndCrash(const QByteArray &spec)
    {
        m_run = start(spec);
        QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
        crashEngine();
    }

    RunId m_run{};
};

void TestRecovery::waitsForAWord()
{
    startAndCrash("  steps:\n" + exec("a") + exec("b"));
    QCOMPARE(stateOf(m_run), u"interrupted"_s);
    QCOMPARE(m_reader->run(m_run)->reason,
             u"step a: the engine stopped while it ran; its outcome is unknown"_s);
    QCOMPARE(stateOfSteps(m_run), (QStringList{u"a interrupted"_s, u"b pending"_s}));
    QCOMPARE(m_launcher->calls, QStringList{u"end a"_s});
    openEngine(); // It stays so.
    QCOMPARE(stateOf(m_run), u"interrupted"_s);
    QCOMPARE(m_launcher->calls, QStringList{u"end a"_s});
    QVERIFY(engine::checkChain(*m_reader->events(m_run)));
}

void TestRecovery::resolves_data()
{
    QTest::addColumn<StepResolution::Outcome>("outcome");
    QTest::addColumn<QString>("end");
    QTest::addColumn<QString>("reason");

    QTest::newRow("retry") << StepResolution::Retry << u"succeeded"_s << QString();
    QTest::newRow("failed") << StepResolution::Failed << u"failed"_s << u"step a: olga said so: I looked"_s;
    QTest::newRow("succeeded") << StepResolution::Succeeded << u"succeeded"_s << QString();
}

void TestRecovery::resolves()
{
    QFETCH(StepResolution::Outcome, outcome);
    QFETCH(QString, end);
    QFETCH(QString, reason);

    startAndCrash("  steps:\n" + exec("a") + exec("b"));
    QVERIFY(resolve(m_run, u"a"_s, outcome, u"I looked"_s));
    if (outcome == StepResolution::Retry) {
        QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
        m_launcher->finish(u"a"_s);
    }
    if (outcome != StepResolution::Failed) {
        QTRY_COMPARE(m_launcher->running(), QStringList{u"b"_s});
        m_launcher->finish(u"b"_s);
    }
    QTRY_COMPARE(stateOf(m_run), end);
    QCOMPARE(m_reader->run(m_run)->reason, reason);
    QCOMPARE(trace(m_run, {u"step-resolved"_s}), QStringList{u"a"_s});
    QCOMPARE(m_reader->steps(m_run)->first().attempts, outcome == StepResolution::Retry ? 2 : 1);
    QVERIFY(engine::checkChain(*m_reader->events(m_run)));
}

void TestRecovery::refusesWrongWords()
{
    startAndCrash("  steps:\n" + exec("a") + exec("b"));
    QCOMPARE(resolve(m_run, u"a"_s, StepResolution::Succeeded, u" "_s).error().toString(),
             u"to say that step \"a\" succeeded needs a reason"_s);
    QCOMPARE(resolve(m_run, u"b"_s, StepResolution::Retry).error().toString(),
             u"step \"b\" is pending, not interrupted"_s);
    QCOMPARE(resolve(m_run, u"c"_s, StepResolution::Retry).error().toString(),
             u"run %1 has no step \"c\""_s.arg(m_run.value));
    QCOMPARE(stateOf(m_run), u"interrupted"_s);
}

void TestRecovery::runsIdempotentStepsAgain()
{
    startAndCrash(
        "  steps:\n  - { id: a, run: { uses: 'builtin:exec', with: { command: ['true'] }, idempotent: "
        "true } }\n");
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    QCOMPARE(m_launcher->calls, (QStringList{u"end a"_s, u"start a"_s}));
    QCOMPARE(m_reader->steps(m_run)->first().attempts, 2);
    m_launcher->finish(u"a"_s);
    QTRY_COMPARE(stateOf(m_run), u"succeeded"_s);
}

/// The engine died after it wrote down what it was about to start, and before it wrote down that it did.
void TestRecovery::startsWhatWasOnlyIntended()
{
    m_run = start("  steps:\n" + exec("a"));
    connect(m_engine.get(), &engine::Engine::runChanged, this, [this](const engine::RunSummary &run) {
        if (run.state == engine::RunState::Running && m_launcher->specs.isEmpty())
            takeSnapshot();
    });
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    QVERIFY(m_snapshot);
    crashEngine();
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    QCOMPARE(m_launcher->calls, QStringList{u"start a"_s});
    QCOMPARE(trace(m_run, {u"attempt-not-started"_s}), QStringList{u"a"_s});
    QCOMPARE(m_reader->steps(m_run)->first().attempts, 1);
    m_launcher->finish(u"a"_s);
    QTRY_COMPARE(stateOf(m_run), u"succeeded"_s);
}

void TestRecovery::goesOnCancelling()
{
    m_run = start("  steps:\n" + exec("a") + exec("b") + "  finally:\n" + exec("z"));
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    QVERIFY(m_engine->cancel(m_run, u"sue"_s));
    QTRY_COMPARE(stateOf(m_run), u"cancelling"_s);
    crashEngine();
    QTRY_COMPARE(m_launcher->running(), QStringList{u"z"_s});
    m_launcher->finish(u"z"_s);
    QTRY_COMPARE(stateOf(m_run), u"cancelled"_s);
    QCOMPARE(stateOfSteps(m_run), (QStringList{u"a cancelled"_s, u"b cancelled"_s, u"z succeeded"_s}));
}

void TestRecovery::cancelsAnInterruptedRun()
{
    startAndCrash("  steps:\n" + exec("a") + exec("b"));
    QVERIFY(m_engine->cancel(m_run, u"sue"_s));
    QTRY_COMPARE(stateOf(m_run), u"cancelled"_s);
    QCOMPARE(stateOfSteps(m_run), (QStringList{u"a cancelled"_s, u"b cancelled"_s}));
}

void TestRecovery::keepsWhatWasDone()
{
    m_run = start("  steps:\n  - id: p\n    parallel:\n      steps:\n"
                  "        - { id: a, run: { uses: 'builtin:exec', with: { command: ['true'] } } }\n"
                  "        - { id: b, run: { uses: 'builtin:exec', with: { command: ['true'] } } }\n"
                  + exec("c"));
    QTRY_COMPARE(m_launcher->running(), (QStringList{u"p/a"_s, u"p/b"_s}));
    m_launcher->finish(u"p/a"_s);
    QTRY_COMPARE(trace(m_run, {u"attempt-finished"_s}), QStringList{u"p/a"_s});
    crashEngine();
    QCOMPARE(m_launcher->calls, QStringList{u"end p/b"_s});
    QVERIFY(resolve(m_run, {}, StepResolution::Retry));
    QTRY_COMPARE(m_launcher->running(), QStringList{u"p/b"_s});
    m_launcher->finish(u"p/b"_s);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"c"_s});
    m_launcher->finish(u"c"_s);
    QTRY_COMPARE(stateOf(m_run), u"succeeded"_s);
}

void TestRecovery::killsWhatAnOrderlyStopKilled()
{
    m_run = start("  steps:\n" + exec("a") + exec("b"));
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    openEngine();
    QCOMPARE(stateOf(m_run), u"interrupted"_s);
    QVERIFY(resolve(m_run, u"a"_s, StepResolution::Retry));
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_launcher->finish(u"a"_s);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"b"_s});
    m_launcher->finish(u"b"_s);
    QTRY_COMPARE(stateOf(m_run), u"succeeded"_s);
}

QTEST_GUILESS_MAIN(TestRecovery)
#include "tst_recovery.moc"
