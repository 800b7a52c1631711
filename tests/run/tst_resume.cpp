#include "tests/run/scheduler_fixture.h"

#include <QDir>
#include <QJsonArray>
#include <QSqlDatabase>
#include <QSqlQuery>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using engine::RunId;
using engine::Verdict;

/// Runs that failed and go on from their failed steps.
class TestResume : public SchedulerFixture
{
    Q_OBJECT
private Q_SLOTS:
    void startsWhatDidNotSucceed();
    void keepsWhatWasAllowedToFail();
    void goesOnInsideContainers();
    void keepsToMaxParallel();
    void goesOnInsideAMapOfTheRun();
    void asksAGateAgain();
    void triesAsOftenAsAtFirst();
    void runsFinallyAgain();
    void survivesACrash();
    void refuses();
    void refusesAnotherPlan();

private:
    engine::Result<> resume() { return m_engine->resumeFromFailed(m_run, u"olga"_s); }
    void end(const QString &step, int exitCode = 0)
    {
        QTRY_VERIFY2(m_launcher->running().contains(step), qPrintable(m_launcher->running().join(u' ')));
        m_launcher->finish(step, exitCode);
    }
    /// "b 2": the second attempt of b is running.
    QStringList started() const
    {
        QStringList all;
        for (const engine::LaunchSpec &spec : std::as_const(m_launcher->specs))
            all += spec.environment.value(u"TASKRUNNER_STEP"_s) + u' '
                   + spec.environment.value(u"TASKRUNNER_ATTEMPT"_s);
        return all;
    }
    void waitFor(const QString &state) const
    {
        QTRY_COMPARE(stateOf(m_run), state);
        QVERIFY(engine::checkChain(*m_reader->events(m_run)));
    }

    RunId m_run{};
};

void TestResume::startsWhatDidNotSucceed()
{
    m_run = start("  steps:\n" + exec("a") + exec("b") + exec("c"));
    end(u"a"_s);
    end(u"b"_s, 3);
    waitFor(u"failed"_s);
    QVERIFY(m_reader->run(m_run)->completedAt);
    const qsizetype before = states(m_run).size();

    QVERIFY(resume());
    QCOMPARE(stateOf(m_run), u"running"_s);
    QVERIFY(!m_reader->run(m_run)->completedAt);
    end(u"b"_s);
    end(u"c"_s);
    waitFor(u"succeeded"_s);
    QCOMPARE(started(), (QStringList{u"a 1"_s, u"b 1"_s, u"b 2"_s, u"c 1"_s}));
    QCOMPARE(states(m_run).mid(before),
             (QStringList{u"b pending"_s, u"c pending"_s, u"run-state running"_s, u"b running"_s,
                          u"b succeeded"_s, u"c running"_s, u"c succeeded"_s, u"run-state succeeded"_s}));
    QCOMPARE(m_reader->events(m_run)->at(0).type, u"run-created"_s);
    QCOMPARE(trace(m_run, {u"run-resumed"_s}), QStringList{u"run-resumed"_s});
}

void TestResume::keepsWhatWasAllowedToFail()
{
    m_run = start("  steps:\n" + exec("a", "continueOnError: true, ") + exec("b"));
    end(u"a"_s, 1);
    end(u"b"_s, 1);
    waitFor(u"failed"_s);
    QVERIFY(resume());
    end(u"b"_s);
    waitFor(u"succeeded"_s);
    QVERIFY(m_reader->run(m_run)->partial);
    QCOMPARE(started(), (QStringList{u"a 1"_s, u"b 1"_s, u"b 2"_s}));
}

/// A step inside a parallel or map.
static QByteArray inner(const char *id)
{
    return QByteArray("{ id: ") + id + ", run: { uses: 'builtin:exec', with: { command: ['true'] } } }";
}

void TestResume::goesOnInsideContainers()
{
    m_run = start("  steps:\n  - { id: all, parallel: { failurePolicy: continue, steps: [" + inner("a") + ", "
                  + inner("b") + ", " + inner("c") + "] } }\n");
    end(u"all/a"_s);
    end(u"all/b"_s, 1);
    end(u"all/c"_s);
    waitFor(u"failed"_s);
    QVERIFY(resume());
    end(u"all/b"_s);
    waitFor(u"succeeded"_s);
    QCOMPARE(started(), (QStringList{u"all/a 1"_s, u"all/b 1"_s, u"all/c 1"_s, u"all/b 2"_s}));
}

void TestResume::keepsToMaxParallel()
{
    QByteArray groups;
    for (const char *id : {"x", "y", "z"})
        groups += QByteArray(groups.isEmpty() ? "" : ", ") + "{ id: " + id + ", parallel: { steps: ["
                  + inner("a") + "] } }";
    m_run = start("  steps:\n  - { id: all, parallel: { maxParallel: 1, failurePolicy: continue, steps: ["
                  + groups + "] } }\n");
    for (const QString &step : {u"all/x/a"_s, u"all/y/a"_s, u"all/z/a"_s})
        end(step, 1);
    waitFor(u"failed"_s);
    QVERIFY(resume());
    for (const QString &step : {u"all/x/a"_s, u"all/y/a"_s, u"all/z/a"_s}) {
        QTRY_COMPARE(m_launcher->running(), QStringList{step});
        m_launcher->finish(step);
    }
    waitFor(u"succeeded"_s);
}

void TestResume::goesOnInsideAMapOfTheRun()
{
    m_run = start(
        "  steps:\n" + execWith("list", "hosts", "json")
        + "  - { id: hosts, map: { items: '{{ steps.list.outputs.hosts }}', failurePolicy: continue, step: "
        + inner("do") + " } }\n" + exec("last"));
    QTRY_COMPARE(m_launcher->running(), QStringList{u"list"_s});
    QFile outputs(m_launcher->specs.last().environment.value(u"TASKRUNNER_OUTPUTS"_s));
    QVERIFY(outputs.open(QIODevice::WriteOnly));
    outputs.write(R"({"hosts": ["p", "q", "r"]})");
    outputs.close();
    end(u"list"_s);
    end(u"hosts[0]::do"_s);
    end(u"hosts[1]::do"_s, 1);
    end(u"hosts[2]::do"_s);
    waitFor(u"failed"_s);
    QVERIFY(resume());
    end(u"hosts[1]::do"_s);
    end(u"last"_s);
    waitFor(u"succeeded"_s);
    QCOMPARE(trace(m_run, {u"map-expanded"_s}), QStringList{u"hosts"_s});
    const auto steps = *m_reader->steps(m_run);
    for (const engine::StepRecord &step : steps) {
        if (step.path == u"hosts"_s)
            QCOMPARE(step.outputs,
                     (QJsonObject{{u"succeeded"_s, 3},
                                  {u"failed"_s, 0},
                                  {u"errors"_s, QJsonArray{QJsonValue(), QJsonValue(), QJsonValue()}}}));
    }
}

void TestResume::asksAGateAgain()
{
    m_run = start("  approvals: [{ id: ok, expiresAfter: PT1H }]\n"
                  "  steps:\n  - { id: gate, gate: { approval: ok } }\n"
                  + exec("a"));
    waitFor(u"waiting"_s);
    QVERIFY(decide(m_run, u"anna"_s, Verdict::Reject));
    waitFor(u"failed"_s);
    QVERIFY(resume());
    waitFor(u"waiting"_s);
    const engine::GateRequest gate = m_reader->gates(m_run)->first();
    QCOMPARE(gate.revision, 2);
    QCOMPARE(toString(gate.state), u"open"_s);
    QVERIFY(decide(m_run, u"anna"_s, Verdict::Approve)); // Another revision, another decision.
    end(u"a"_s);
    waitFor(u"succeeded"_s);
    QCOMPARE(m_reader->decisions(m_run)->size(), 2);
}

void TestResume::triesAsOftenAsAtFirst()
{
    m_run = start("  steps:\n  - { id: a, run: { uses: 'builtin:exec', with: { command: ['true'] }, "
                  "retries: { maxAttempts: 2, backoff: PT1S } } }\n");
    const auto failTwice = [this] {
        end(u"a"_s, 1);
        QTRY_COMPARE(stateOf(m_run), u"waiting"_s);
        m_clock->advance(1s);
        end(u"a"_s, 1);
        waitFor(u"failed"_s);
    };
    failTwice();
    QVERIFY(resume());
    failTwice();
    QCOMPARE(started(), (QStringList{u"a 1"_s, u"a 2"_s, u"a 3"_s, u"a 4"_s}));
    QCOMPARE(m_reader->run(m_run)->reason, u"step a: exit code 1, after 2 attempts"_s);
}

void TestResume::runsFinallyAgain()
{
    m_run = start("  steps:\n" + exec("a") + "  finally:\n" + exec("clean"));
    end(u"a"_s, 1);
    end(u"clean"_s);
    waitFor(u"failed"_s);
    QVERIFY(resume());
    end(u"a"_s);
    end(u"clean"_s);
    waitFor(u"succeeded"_s);
    QCOMPARE(started(), (QStringList{u"a 1"_s, u"clean 1"_s, u"a 2"_s, u"clean 2"_s}));
}

/// What was taken up again is still so after the engine died: where it goes on, and how often it may fail.
void TestResume::survivesACrash()
{
    m_run = start("  steps:\n  - { id: all, parallel: { maxParallel: 1, failurePolicy: continue, steps: ["
                  + inner("a") + ", " + inner("b")
                  + ", { id: c, run: { uses: 'builtin:exec', with: { command: ['true'] }, idempotent: true, "
                    "retries: { maxAttempts: 2, backoff: PT1S } } }] } }\n"
                  + exec("last"));
    end(u"all/a"_s, 1);
    end(u"all/b"_s);
    end(u"all/c"_s, 1);
    QTRY_COMPARE(stateOf(m_run), u"waiting"_s);
    m_clock->advance(1s);
    end(u"all/c"_s, 1);
    waitFor(u"failed"_s);
    QVERIFY(resume());
    end(u"all/a"_s);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"all/c"_s});
    QFile(engine::RunFolder(m_dir->path(), m_run).workspace() + u"/kept"_s).open(QIODevice::WriteOnly);
    crashEngine();
    end(u"all/c"_s, 1); // The third attempt was lost; this is the fourth, and the second since then.
    waitFor(u"failed"_s);
    QVERIFY(resume());
    end(u"all/c"_s);
    end(u"last"_s);
    waitFor(u"succeeded"_s);
    QCOMPARE(started(), (QStringList{u"all/c 4"_s, u"all/c 5"_s, u"last 1"_s}));
}

void TestResume::refuses()
{
    m_run = start("  steps:\n" + exec("a")
                  + "  outputs: [{ name: out, value: '{{ toNumber(steps.a.status) }}' }]\n");
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    QCOMPARE(toString(resume().error().code), u"conflict"_s);
    QCOMPARE(resume().error().message,
             u"run %1 is running; only one that failed can go on from its failed steps"_s.arg(m_run.value));
    end(u"a"_s);
    waitFor(u"failed"_s);
    QCOMPARE(resume().error().message, u"run %1 failed, but none of its steps did: %2"_s.arg(
                                           m_run.value, m_reader->run(m_run)->reason));
    const RunId unknown{u"run_01HZZZZZZZZZZZZZZZZZZZZZZZ"_s};
    QCOMPARE(toString(m_engine->resumeFromFailed(unknown, u"olga"_s).error().code), u"not-found"_s);
    QVERIFY(QDir(engine::RunFolder(m_dir->path(), m_run).root()).removeRecursively());
    QCOMPARE(resume().error().message,
             u"the workspace of run %1 is gone; rerun it instead"_s.arg(m_run.value));
    QCOMPARE(stateOf(m_run), u"failed"_s);
}

void TestResume::refusesAnotherPlan()
{
    m_run = start("  steps:\n" + exec("a"));
    end(u"a"_s, 1);
    waitFor(u"failed"_s);
    {
        auto database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"forger"_s);
        database.setDatabaseName(m_dir->filePath(u"store.sqlite"_s));
        QVERIFY(database.open());
        QSqlQuery query(database);
        QVERIFY(query.exec(u"UPDATE pack_runs SET plan = CAST(replace(plan, 'true', 'evil') AS BLOB)"_s));
    }
    QSqlDatabase::removeDatabase(u"forger"_s);
    const auto refused = resume();
    QCOMPARE(toString(refused.error().code), u"plan-hash-mismatch"_s);
    QCOMPARE(refused.error().message,
             u"the stored plan of run %1 is no longer the one that was run"_s.arg(m_run.value));
    QCOMPARE(stateOf(m_run), u"failed"_s);
    QVERIFY(m_launcher->running().isEmpty());
}

QTEST_GUILESS_MAIN(TestResume)
#include "tst_resume.moc"
