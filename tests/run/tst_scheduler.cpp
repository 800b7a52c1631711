#include "tests/run/scheduler_fixture.h"

#include <QSignalSpy>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QtTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using engine::DecisionStatement;
using engine::Engine;
using engine::RunId;
using engine::SigningKey;
using engine::Store;
using engine::TrustStore;
using engine::Verdict;

class TestScheduler : public SchedulerFixture
{
    Q_OBJECT
private Q_SLOTS:
    void runsAListInOrder();
    void holdsTheLimitOfProcesses();
    void mapsOverResults();
    void passesValuesOn();
    void failsAStepThatCannotBeEvaluated();
    void asksThePolicy();
    void validatesValues();
    void waitsForAQuorum();
    void refusesAStranger();
    void rejectsAtOnce();
    void expiresByTheWallClock();
    void tellsThatTheClockWasSetBack_data();
    void tellsThatTheClockWasSetBack();
    void cancelsInTwoSteps();
    void timesOut();
    void stopsWhenTheStoredPlanWasChanged();
    void goesOnAfterARestart();
    void marksWhatRanAsInterrupted();
    void holdsStillWhileTheStoreIsLocked();
};

static const QByteArray gatePack = "  approvals:\n  - { id: review, required: 2, expiresAfter: PT1H }\n"
                                   "  steps:\n  - { id: gate, gate: { approval: review, message: 'Go?' } }\n"
                                   + exec("after");

void TestScheduler::runsAListInOrder()
{
    const RunId run = start("  steps:\n" + exec("a") + exec("b"));
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_launcher->finish(u"a"_s);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"b"_s});
    m_launcher->finish(u"b"_s, 3);
    QTRY_COMPARE(stateOf(run), u"failed"_s);

    QStringList types;
    const auto events = *m_reader->events(run);
    for (const engine::RunEvent &event : events)
        types +=
            (event.type + u' ' + event.stepPath + u' ' + event.data.value(u"state"_s).toString()).trimmed();
    QCOMPARE(types, (QStringList{u"run-created"_s, u"attempt-intent a"_s, u"step-state a running"_s,
                                 u"run-state  running"_s, u"attempt-started a"_s, u"attempt-finished a"_s,
                                 u"step-state a succeeded"_s, u"attempt-intent b"_s,
                                 u"step-state b running"_s, u"attempt-started b"_s, u"attempt-finished b"_s,
                                 u"step-state b failed"_s, u"run-state  failed"_s}));
    QVERIFY(engine::checkChain(*m_reader->events(run)));
    QCOMPARE(m_reader->run(run)->reason, u"step b: exit code 3"_s);
    QCOMPARE(m_launcher->calls, (QStringList{u"start a"_s, u"start b"_s}));
}

void TestScheduler::holdsTheLimitOfProcesses()
{
    const RunId run = start("  steps:\n  - id: p\n    parallel:\n      steps:\n    " + exec("a") + "    "
                            + exec("b") + "    " + exec("c"));
    const RunId younger = start("  steps:\n" + exec("x"));
    QTRY_COMPARE(m_launcher->running(), (QStringList{u"p/a"_s, u"p/b"_s}));
    m_launcher->finish(u"p/b"_s);
    QTRY_COMPARE(m_launcher->running(), (QStringList{u"p/a"_s, u"p/c"_s})); // The older run comes first.
    m_launcher->finish(u"p/a"_s);
    QTRY_COMPARE(m_launcher->running(), (QStringList{u"p/c"_s, u"x"_s}));
    m_launcher->finish(u"p/c"_s);
    m_launcher->finish(u"x"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QTRY_COMPARE(stateOf(younger), u"succeeded"_s);
}

void TestScheduler::mapsOverResults()
{
    const RunId run = start(
        "  steps:\n" + execWith("list", "names", "array")
        + "  - id: m\n    map:\n      items: '{{ steps.list.outputs.names }}'\n      step: { id: x, "
          "run: { uses: 'builtin:exec', with: { command: ['true', '{{ item }}', '{{ index }}'] } } }\n");
    QTRY_COMPARE(m_launcher->running(), QStringList{u"list"_s});
    QFile outputs(m_launcher->specs.first().environment.value(u"TASKRUNNER_OUTPUTS"_s));
    QVERIFY(outputs.open(QIODevice::WriteOnly));
    outputs.write(R"({"names": ["web {{ run.id }}", "db"]})");
    outputs.close();
    m_launcher->finish(u"list"_s);
    QTRY_COMPARE(m_launcher->running(), (QStringList{u"m[0]::x"_s, u"m[1]::x"_s}));
    // What a step printed is a value, never a template.
    QCOMPARE(m_launcher->specs[1].argv, (QStringList{u"true"_s, u"web {{ run.id }}"_s, u"0"_s}));
    QCOMPARE(m_launcher->specs[2].argv, (QStringList{u"true"_s, u"db"_s, u"1"_s}));
    m_launcher->finish(u"m[0]::x"_s);
    m_launcher->finish(u"m[1]::x"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QCOMPARE(trace(run, {u"map-expanded"_s}), QStringList{u"m"_s});
}

void TestScheduler::passesValuesOn()
{
    const RunId run = start(
        "  inputs:\n  - { name: who, type: string }\n  steps:\n" + execWith("a", "n", "integer")
            + "  - { id: b, when: \"{{ steps.a.status == 'succeeded' }}\", run: { uses: 'builtin:exec', "
              "with: { command: [echo, '{{ inputs.who }} {{ steps.a.outputs.n + 1 }}'] }, env: { R: '{{ "
              "run.requestedBy }}' } } }\n  outputs:\n  - { name: n, value: '{{ steps.a.outputs.n }}' }\n",
        {{u"who"_s, u"{{ 1 }}"_s}});
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    QFile outputs(m_launcher->specs.first().environment.value(u"TASKRUNNER_OUTPUTS"_s));
    QVERIFY(outputs.open(QIODevice::WriteOnly));
    outputs.write(R"({"n": 41})");
    outputs.close();
    m_launcher->finish(u"a"_s);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"b"_s});
    QCOMPARE(m_launcher->specs.last().argv, (QStringList{u"echo"_s, u"{{ 1 }} 42"_s}));
    QCOMPARE(m_launcher->specs.last().environment.value(u"R"_s), u"sue"_s);
    m_launcher->finish(u"b"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QCOMPARE(*m_reader->outputs(run), (QJsonObject{{u"n"_s, 41}}));
}

void TestScheduler::failsAStepThatCannotBeEvaluated()
{
    const RunId run = start("  steps:\n" + exec("a")
                            + "  - { id: b, run: { uses: 'builtin:exec', with: { command: [\"{{ "
                              "steps.a.artifacts['gone'].path }}\"] } } }\n");
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_launcher->finish(u"a"_s);
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QVERIFY2(m_reader->run(run)->reason.contains(u"gone"_s), qPrintable(m_reader->run(run)->reason));
    QCOMPARE(m_launcher->calls, QStringList{u"start a"_s});
}

void TestScheduler::asksThePolicy()
{
    const QByteArray spec =
        "  inputs:\n  - { name: target, type: string }\n"
        "  policies:\n  - { id: calm, engine: rules, rules: [{ id: not-prod, deny: \"{{ input.to == 'prod' "
        "}}\", message: Production is closed. }] }\n"
        "  steps:\n  - { id: check, gate: { policy: calm, input: { to: '{{ inputs.target }}' } } }\n"
        + exec("after");
    const RunId denied = start(spec, {{u"target"_s, u"prod"_s}});
    QTRY_COMPARE(stateOf(denied), u"failed"_s);
    QCOMPARE(m_reader->run(denied)->reason,
             u"step check: denied by policy calm: not-prod: Production is closed."_s);
    const engine::PolicyDecision verdict = m_reader->policyDecisions(denied)->first();
    QCOMPARE(verdict.input, (QJsonObject{{u"to"_s, u"prod"_s}}));
    QCOMPARE(verdict.denials, (QList<engine::PolicyDenial>{{u"not-prod"_s, u"Production is closed."_s}}));
    QVERIFY(m_launcher->calls.isEmpty());

    const RunId allowed = start(spec, {{u"target"_s, u"test"_s}});
    QTRY_COMPARE(m_launcher->running(), QStringList{u"after"_s});
    QVERIFY(m_reader->policyDecisions(allowed)->first().allow);
}

void TestScheduler::validatesValues()
{
    const RunId run = start(
        "  inputs: [{ name: ratio, type: number, default: 0.5 }]\n  steps:\n"
        "  - { id: fits, run: { uses: 'builtin:validate', with: { value: '{{ inputs.ratio }}', schema: { "
        "type: number, maximum: 0.5 } } } }\n"
        "  - { id: tells, run: { uses: 'builtin:exec', with: { command: [echo, '{{ "
        "toString(steps.fits.outputs.valid) }}'] } } }\n"
        "  - { id: exceeds, run: { uses: 'builtin:validate', with: { value: { n: [1, 'two'] }, schema: { "
        "properties: { n: { items: { type: integer } } } } } } }\n");
    QTRY_COMPARE(m_launcher->running(), QStringList{u"tells"_s});
    QCOMPARE(m_launcher->specs.last().argv, (QStringList{u"echo"_s, u"true"_s}));
    m_launcher->finish(u"tells"_s);
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(
        m_reader->run(run)->reason,
        u"step exceeds: the value does not fit its schema: /n/1: the schema allows no value of this type, "
        "found the text \"two\""_s);
}

void TestScheduler::waitsForAQuorum()
{
    const RunId run = start(gatePack);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    QVERIFY(decide(run, u"anna"_s, Verdict::Approve));
    QCOMPARE(gateOf(run), u"open"_s);
    QCOMPARE(toString(decide(run, u"anna"_s, Verdict::Approve).error().code), u"already-decided"_s);
    QCOMPARE(toString(decide(run, u"sue"_s, Verdict::Approve).error().code), u"self-approval"_s);
    QVERIFY(decide(run, u"ben"_s, Verdict::Approve));
    QCOMPARE(gateOf(run), u"approved"_s);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"after"_s});
    QCOMPARE(toString(decide(run, u"carl"_s, Verdict::Approve).error().code), u"gate-closed"_s);
    m_launcher->finish(u"after"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QCOMPARE(trace(run, {u"gate-requested"_s, u"decision-accepted"_s, u"decision-refused"_s,
                         u"gate-approved"_s, u"step-state"_s, u"run-state"_s}),
             (QStringList{u"gate-requested gate"_s, u"gate waiting-approval"_s, u"run-state waiting"_s,
                          u"decision-accepted gate"_s, u"decision-refused gate"_s, u"decision-refused gate"_s,
                          u"decision-accepted gate"_s, u"gate-approved gate"_s, u"gate succeeded"_s,
                          u"after running"_s, u"run-state running"_s, u"decision-refused gate"_s,
                          u"after succeeded"_s, u"run-state succeeded"_s}));
}

void TestScheduler::refusesAStranger()
{
    const RunId run = start(gatePack);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    QCOMPARE(toString(decide(run, u"stranger"_s, Verdict::Approve).error().code), u"untrusted-key"_s);
    QCOMPARE(toString(decide(run, u"anna"_s, Verdict::Approve, u"sha256:other"_s).error().code),
             u"plan-hash-mismatch"_s);
    QTRY_COMPARE(trace(run, {u"decision-refused"_s}).size(), 2);
    QVERIFY(m_reader->decisions(run)->isEmpty());
    QVERIFY(m_launcher->calls.isEmpty());
}

void TestScheduler::rejectsAtOnce()
{
    const RunId run = start(gatePack);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    QVERIFY(decide(run, u"anna"_s, Verdict::Approve));
    QVERIFY(decide(run, u"ben"_s, Verdict::Reject));
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(m_reader->run(run)->reason, u"step gate: rejected by ben"_s);
    QCOMPARE(gateOf(run), u"rejected"_s);
}

void TestScheduler::expiresByTheWallClock()
{
    const RunId run = start(gatePack);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    const engine::Timestamp opened = m_clock->now();
    m_clock->advance(59min);
    QCOMPARE(gateOf(run), u"open"_s);
    m_clock->setNow(opened); // Somebody sets the clock back by an hour.
    m_clock->advance(2min);
    QCOMPARE(gateOf(run), u"open"_s);
    m_clock->advance(59min);
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(m_reader->run(run)->reason, u"step gate: the approval expired at 2026-01-31T10:05:00.000Z"_s);
    QCOMPARE(gateOf(run), u"expired"_s);
}

void TestScheduler::tellsThatTheClockWasSetBack_data()
{
    QTest::addColumn<bool>("restarts");
    QTest::addColumn<int>("millisecondsBack");
    QTest::addColumn<int>("told");

    QTest::newRow("while the engine runs") << false << 3'600'000 << 1;
    QTest::newRow("while it does not") << true << 3'600'000 << 1;
    QTest::newRow("by what a clock corrects itself") << false << 1'000 << 0;
    QTest::newRow("by more than that") << false << 1'001 << 1;
}

void TestScheduler::tellsThatTheClockWasSetBack()
{
    QFETCH(bool, restarts);
    QFETCH(int, millisecondsBack);
    QFETCH(int, told);

    const RunId run = start(gatePack);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    const engine::Timestamp opened = m_clock->now();
    const engine::Timestamp later = opened - std::chrono::milliseconds(millisecondsBack);
    m_clock->setNow(later);
    if (restarts)
        openEngine();
    QVERIFY(decide(run, u"anna"_s, Verdict::Approve));
    QVERIFY(decide(run, u"ben"_s, Verdict::Approve));
    QTRY_COMPARE(m_launcher->running(), QStringList{u"after"_s});
    m_launcher->finish(u"after"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);

    QList<QJsonObject> reports;
    const auto events = *m_reader->events(run);
    for (const engine::RunEvent &event : events) {
        if (event.type == u"clock-set-back"_s)
            reports += event.data;
    }
    const QString from = engine::toIso(opened);
    const QString to = engine::toIso(later);
    QCOMPARE(reports, QList<QJsonObject>(told, {{u"from"_s, from}, {u"to"_s, to}}));
    QCOMPARE(logOf(run).count(
                 u"warn : the clock was set back from %1 to %2; approvals expire by it"_s.arg(from, to)),
             told);
    QVERIFY(engine::checkChain(events));
}

void TestScheduler::cancelsInTwoSteps()
{
    const RunId run =
        start("  approvals:\n  - { id: review }\n  steps:\n  - id: p\n    parallel:\n      steps:\n    "
              + exec("a") + "      - { id: g, gate: { approval: review } }\n" + exec("after"));
    QTRY_COMPARE(m_launcher->running(), QStringList{u"p/a"_s});
    QVERIFY(m_engine->cancel(run, u"sue"_s));
    QTRY_COMPARE(stateOf(run), u"cancelling"_s);
    QCOMPARE(gateOf(run), u"cancelled"_s);
    QVERIFY(m_engine->cancel(run, u"sue"_s));
    QCOMPARE(m_launcher->calls, (QStringList{u"start p/a"_s, u"terminate p/a"_s, u"kill p/a"_s}));
    m_launcher->finish(u"p/a"_s, 143);
    QTRY_COMPARE(stateOf(run), u"cancelled"_s);
    QStringList ends;
    const auto steps = *m_reader->steps(run);
    for (const engine::StepRecord &step : steps)
        ends += step.path + u' ' + toString(step.state);
    QCOMPARE(ends,
             (QStringList{u"p cancelled"_s, u"p/a cancelled"_s, u"p/g cancelled"_s, u"after cancelled"_s}));
    QCOMPARE(toString(m_engine->cancel(run, u"sue"_s).error().code), u"conflict"_s);
}

void TestScheduler::timesOut()
{
    const RunId run = start("  steps:\n  - { id: a, run: { uses: 'builtin:exec', timeout: PT5S, with: { "
                            "command: [sleep] } } }\n");
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_clock->advance(4999ms);
    QCOMPARE(m_launcher->calls, QStringList{u"start a"_s});
    m_clock->advance(1ms);
    QCOMPARE(m_launcher->calls, (QStringList{u"start a"_s, u"terminate a"_s}));
    m_launcher->finish(u"a"_s, 143);
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(m_reader->run(run)->reason, u"step a: timed out after 5 s"_s);
}

void TestScheduler::stopsWhenTheStoredPlanWasChanged()
{
    const RunId run = start(gatePack);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    QByteArray plan = *m_reader->plan(run);
    plan.replace("\"true\"", "\"fals\"");
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"tamper"_s);
        database.setDatabaseName(m_dir->filePath(u"store.sqlite"_s));
        QVERIFY(database.open());
        QSqlQuery change(database);
        change.prepare(u"UPDATE pack_runs SET plan = ?"_s);
        change.addBindValue(plan);
        QVERIFY(change.exec());
    }
    QSqlDatabase::removeDatabase(u"tamper"_s);
    QCOMPARE(toString(decide(run, u"anna"_s, Verdict::Approve).error().code), u"plan-hash-mismatch"_s);
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(m_reader->run(run)->reason, u"plan-mismatch"_s);
    QCOMPARE(trace(run, {u"plan-mismatch"_s}), QStringList{u"plan-mismatch"_s});
    QVERIFY(m_launcher->calls.isEmpty());
}

void TestScheduler::goesOnAfterARestart()
{
    const RunId run =
        start("  approvals:\n  - { id: review, required: 2 }\n  steps:\n" + execWith("before", "n", "string")
              + "  - { id: gate, gate: { approval: review } }\n"
                "  - { id: after, run: { uses: 'builtin:exec', with: { command: [echo, '{{ "
                "steps.before.outputs.n }}'] "
                "} } }\n");
    QTRY_COMPARE(m_launcher->running(), QStringList{u"before"_s});
    QFile outputs(m_launcher->specs.first().environment.value(u"TASKRUNNER_OUTPUTS"_s));
    QVERIFY(outputs.open(QIODevice::WriteOnly));
    outputs.write(R"({"n": "kept"})");
    outputs.close();
    m_launcher->finish(u"before"_s);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    QVERIFY(decide(run, u"anna"_s, Verdict::Approve));

    openEngine();
    QCOMPARE(stateOf(run), u"waiting"_s);
    QCOMPARE(m_engine->activeRuns(), QList<RunId>{run});
    QVERIFY(decide(run, u"ben"_s, Verdict::Approve));
    QTRY_COMPARE(m_launcher->running(), QStringList{u"after"_s});
    QCOMPARE(m_launcher->specs.last().argv, (QStringList{u"echo"_s, u"kept"_s}));
    m_launcher->finish(u"after"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QVERIFY(engine::checkChain(*m_reader->events(run)));
}

void TestScheduler::marksWhatRanAsInterrupted()
{
    const RunId run = start("  steps:\n" + exec("a") + exec("b"));
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    openEngine();
    QCOMPARE(stateOf(run), u"interrupted"_s);
    QCOMPARE(m_reader->run(run)->reason,
             u"step a: the engine stopped while it ran; its outcome is unknown"_s);
    QCOMPARE(states(run).last(), u"run-state interrupted"_s);
    QCOMPARE(m_launcher->calls, (QStringList{u"start a"_s, u"end a"_s})); // Nothing is run again by itself.
}

void TestScheduler::holdsStillWhileTheStoreIsLocked()
{
    const RunId run = start("  steps:\n" + exec("a") + exec("b"));
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    QSignalSpy trouble(m_engine.get(), &Engine::troubleChanged);
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"lock"_s);
        database.setDatabaseName(m_dir->filePath(u"store.sqlite"_s));
        QVERIFY(database.open());
        QVERIFY(QSqlQuery(database).exec(u"BEGIN IMMEDIATE"_s));
        m_launcher->finish(u"a"_s);
        QTRY_COMPARE_WITH_TIMEOUT(trouble.size(), 1, 20'000);
        QCOMPARE(toString(trouble.first().first().value<engine::Error>().code), u"database"_s);
        QVERIFY(m_launcher->running().isEmpty()); // b is not started before a's end is on disk.
    }
    QSqlDatabase::removeDatabase(u"lock"_s);
    m_clock->advance(1s);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"b"_s});
    QTRY_COMPARE(trouble.size(), 2);
    QVERIFY(trouble.last().first().value<engine::Error>().message.isEmpty());
    m_launcher->finish(u"b"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QVERIFY(engine::checkChain(*m_reader->events(run)));
}

QTEST_GUILESS_MAIN(TestScheduler)
#include "tst_scheduler.moc"
