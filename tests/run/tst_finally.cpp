#include "tests/run/scheduler_fixture.h"

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using engine::RunId;

/// The steps that follow whatever became of the others.
class TestFinally : public SchedulerFixture
{
    Q_OBJECT
private Q_SLOTS:
    void followsEveryOutcome_data();
    void followsEveryOutcome();
    void followsACancel();
    void isLeftOutByAForcedCancel();
    void isKilledByAForcedCancel();
    void doesNotRewriteTheOutcome();
    void seesWhatTheStepsLeft();
    void goesOnAfterARestart();

private:
    RunId startWithFinally()
    {
        return start("  steps:\n" + exec("a") + "  finally:\n" + exec("y") + exec("z"));
    }
    void finish(const QString &step, int exitCode = 0)
    {
        QTRY_COMPARE(m_launcher->running(), QStringList{step});
        m_launcher->finish(step, exitCode);
    }
};

void TestFinally::followsEveryOutcome_data()
{
    QTest::addColumn<int>("exitCode");
    QTest::addColumn<QString>("outcome");

    QTest::newRow("success") << 0 << u"succeeded"_s;
    QTest::newRow("failure") << 1 << u"failed"_s;
}

void TestFinally::followsEveryOutcome()
{
    QFETCH(int, exitCode);
    QFETCH(QString, outcome);

    const RunId run = startWithFinally();
    finish(u"a"_s, exitCode);
    finish(u"y"_s);
    QCOMPARE(stateOf(run), u"running"_s);
    finish(u"z"_s);
    QTRY_COMPARE(stateOf(run), outcome);
    QCOMPARE(states(run),
             (QStringList{u"a running"_s, u"run-state running"_s, u"a "_s + outcome, u"y running"_s,
                          u"y succeeded"_s, u"z running"_s, u"z succeeded"_s, u"run-state "_s + outcome}));
    QVERIFY(engine::checkChain(*m_reader->events(run)));
}

void TestFinally::followsACancel()
{
    const RunId run = startWithFinally();
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    QVERIFY(m_engine->cancel(run, u"sue"_s));
    finish(u"a"_s, 143);
    finish(u"y"_s);
    QCOMPARE(stateOf(run), u"cancelling"_s);
    finish(u"z"_s);
    QTRY_COMPARE(stateOf(run), u"cancelled"_s);
    QCOMPARE(m_launcher->calls, (QStringList{u"start a"_s, u"terminate a"_s, u"start y"_s, u"start z"_s}));
}

void TestFinally::isLeftOutByAForcedCancel()
{
    const RunId run = startWithFinally();
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    QVERIFY(m_engine->cancel(run, u"sue"_s));
    QVERIFY(m_engine->cancel(run, u"sue"_s));
    finish(u"a"_s, 137);
    QTRY_COMPARE(stateOf(run), u"cancelled"_s);
    QCOMPARE(m_launcher->calls, (QStringList{u"start a"_s, u"terminate a"_s, u"kill a"_s}));
    QVERIFY(states(run).contains(u"z cancelled"_s));
}

void TestFinally::isKilledByAForcedCancel()
{
    const RunId run = startWithFinally();
    finish(u"a"_s);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"y"_s});
    QVERIFY(m_engine->cancel(run, u"sue"_s)); // The first one lets it end.
    QCOMPARE(m_launcher->calls, (QStringList{u"start a"_s, u"start y"_s}));
    QVERIFY(m_engine->cancel(run, u"sue"_s));
    finish(u"y"_s, 137);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s); // All its steps had.
    QCOMPARE(m_launcher->calls, (QStringList{u"start a"_s, u"start y"_s, u"kill y"_s}));
    QVERIFY(states(run).contains(u"z cancelled"_s));
}

void TestFinally::doesNotRewriteTheOutcome()
{
    const RunId run = startWithFinally();
    finish(u"a"_s);
    finish(u"y"_s, 3);
    finish(u"z"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QVERIFY(!m_reader->run(run)->partial);
    QVERIFY(states(run).contains(u"y failed"_s));
}

void TestFinally::seesWhatTheStepsLeft()
{
    const RunId run = start("  steps:\n" + exec("a") + exec("b")
                            + "  finally:\n"
                              "  - { id: y, run: { uses: 'builtin:exec', with: { command: ['echo', "
                              "'{{ steps.a.status }} {{ steps.b.status }}'] } } }\n"
                              "  - { id: z, when: \"{{ steps.y.status == 'failed' }}\", run: { uses: "
                              "'builtin:exec', with: { command: ['true'] } } }\n");
    finish(u"a"_s, 1);
    finish(u"y"_s);
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(m_launcher->specs.last().argv, (QStringList{u"echo"_s, u"failed blocked"_s}));
    QVERIFY(states(run).contains(u"z skipped"_s));
}

void TestFinally::goesOnAfterARestart()
{
    const RunId run =
        start("  steps:\n" + exec("a") + "  finally:\n" + exec("y")
              + "  - { id: z, run: { uses: 'builtin:exec', with: { command: ['true'] }, retries: { "
                "maxAttempts: 2, backoff: PT1M } } }\n");
    finish(u"a"_s, 1);
    finish(u"y"_s);
    finish(u"z"_s, 1);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    openEngine();
    m_clock->advance(1min);
    finish(u"z"_s);
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(m_launcher->calls, (QStringList{u"start a"_s, u"start y"_s, u"start z"_s, u"start z"_s}));
}

QTEST_GUILESS_MAIN(TestFinally)
#include "tst_finally.moc"
