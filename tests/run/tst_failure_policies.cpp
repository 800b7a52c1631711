#include "tests/run/scheduler_fixture.h"

using namespace Qt::StringLiterals;
using engine::RunId;
using engine::Verdict;

/// What follows a failure inside a parallel or map: every failurePolicy, with and without continueOnError,
/// for every way to get children and every state in which a sibling can be. Each row is the whole trace.
class TestFailurePolicies : public SchedulerFixture
{
    Q_OBJECT
private Q_SLOTS:
    void ofContainers_data();
    void ofContainers();
    void toSiblings_data();
    void toSiblings();

private:
    void play(const RunId &run, const QString &fails);
    engine::StepState stateOfStep(const RunId &run, const QString &path) const;
    QString traceOf(const RunId &run) const
    {
        return states(run).join(u", "_s).replace(u"run-state"_s, u"run"_s);
    }
};

namespace {

QByteArray command(const char *id, const QByteArray &more = {})
{
    return QByteArray("{ id: ") + id + ", " + more
           + "run: { uses: 'builtin:exec', with: { command: ['true'] } } }";
}

/// A container "p" of four run steps, then a step "after". kind: "parallel", "map" (over an input) or
/// "expansion" (a map over what the step "list" gave).
QByteArray containerPack(const QByteArray &kind, const QByteArray &policy, const QByteArray &tolerated)
{
    const QByteArray child = tolerated == "child" ? "continueOnError: true, " : "";
    QByteArray pack = "  steps:\n";
    if (kind == "expansion")
        pack += execWith("list", "names", "array");
    pack += QByteArray("  - id: p\n    continueOnError: ") + (tolerated == "container" ? "true" : "false")
            + "\n    " + (kind == "parallel" ? "parallel" : "map")
            + ":\n      maxParallel: 2\n      failurePolicy: " + policy + "\n";
    if (kind == "parallel")
        pack += "      steps: [" + command("c1", child) + ", " + command("c2") + ", " + command("c3") + ", "
                + command("c4") + "]\n";
    else
        pack +=
            "      items: " + QByteArray(kind == "map" ? "[1, 2, 3, 4]" : "'{{ steps.list.outputs.names }}'")
            + "\n      step: " + command("x", child) + "\n";
    return pack + exec("after");
}

QString childOf(const QByteArray &kind, int number)
{
    return kind == "parallel" ? u"p/c%1"_s.arg(number) : u"p[%1]::x"_s.arg(number - 1);
}

} // namespace

engine::StepState TestFailurePolicies::stateOfStep(const RunId &run, const QString &path) const
{
    const auto steps = *m_reader->steps(run);
    const auto found = std::ranges::find(steps, path, &engine::StepRecord::path);
    return found == steps.end() ? engine::StepState::Pending : found->state;
}

/// Ends what runs, oldest first: the step `fails` with exit code 1, what was asked to end by a signal.
void TestFailurePolicies::play(const RunId &run, const QString &fails)
{
    while (!engine::isFinal(m_reader->run(run)->state)) {
        QTRY_VERIFY(!m_launcher->running().isEmpty() || engine::isFinal(m_reader->run(run)->state));
        if (m_launcher->running().isEmpty())
            return;
        const QString step = m_launcher->running().first();
        const bool isAsked = m_launcher->calls.contains(u"terminate "_s + step);
        m_launcher->finish(step, isAsked ? 143 : step == fails ? 1 : 0);
        QTRY_VERIFY(
            isFinal(stateOfStep(run, step))); // So that what ends first is also the first in the journal.
    }
}

void TestFailurePolicies::ofContainers_data()
{
    QTest::addColumn<QByteArray>("kind");
    QTest::addColumn<QByteArray>("policy");
    QTest::addColumn<QByteArray>("tolerated");
    QTest::addColumn<QString>("trace");

    struct Row
    {
        const char *policy;
        const char *tolerated;
        QString trace;
    };
    const QString begins = u"p running, #1 running, #2 running, run running, #1 failed, "_s;
    const QString goesOn =
        begins
        + u"#3 running, #2 succeeded, #4 running, #3 succeeded, #4 succeeded, p succeeded, after running, after succeeded, run succeeded"_s;
    const Row rows[] = {
        {"stop-scheduling", "nothing",
         begins + u"#2 succeeded, #3 blocked, #4 blocked, p failed, after blocked, run failed"_s},
        {"stop-scheduling", "child", goesOn},
        {"stop-scheduling", "container",
         begins
             + u"#2 succeeded, #3 blocked, #4 blocked, p failed, after running, after succeeded, run succeeded"_s},
        {"cancel-running", "nothing",
         begins
             + u"#2 cancelling, #2 cancelled, #3 blocked, #4 blocked, p failed, after blocked, run failed"_s},
        {"cancel-running", "child", goesOn},
        {"cancel-running", "container",
         begins
             + u"#2 cancelling, #2 cancelled, #3 blocked, #4 blocked, p failed, after running, after succeeded, run succeeded"_s},
        {"continue", "nothing",
         begins
             + u"#3 running, #2 succeeded, #4 running, #3 succeeded, #4 succeeded, p failed, after blocked, run failed"_s},
        {"continue", "child", goesOn},
        {"continue", "container",
         begins
             + u"#3 running, #2 succeeded, #4 running, #3 succeeded, #4 succeeded, p failed, after running, after succeeded, run succeeded"_s},
    };
    for (const QByteArray kind : {"parallel", "map", "expansion"}) {
        for (const Row &row : rows) {
            QString trace = row.trace;
            for (int number = 1; number <= 4; ++number)
                trace.replace(u"#%1"_s.arg(number), childOf(kind, number));
            QTest::addRow("%s, %s, tolerated: %s", kind.constData(), row.policy, row.tolerated)
                << kind << QByteArray(row.policy) << QByteArray(row.tolerated) << trace;
        }
    }
}

void TestFailurePolicies::ofContainers()
{
    QFETCH(QByteArray, kind);
    QFETCH(QByteArray, policy);
    QFETCH(QByteArray, tolerated);
    QFETCH(QString, trace);

    const RunId run = start(containerPack(kind, policy, tolerated));
    if (kind == "expansion") {
        QTRY_COMPARE(m_launcher->running(), QStringList{u"list"_s});
        QFile outputs(m_launcher->specs.first().environment.value(u"TASKRUNNER_OUTPUTS"_s));
        QVERIFY(outputs.open(QIODevice::WriteOnly));
        outputs.write(R"({"names": [1, 2, 3, 4]})");
        outputs.close();
        m_launcher->finish(u"list"_s);
        trace.remove(u"run running, "_s); // It runs since the list was started.
        trace.prepend(u"list running, run running, list succeeded, "_s);
    }
    QTRY_COMPARE(m_launcher->running(), (QStringList{childOf(kind, 1), childOf(kind, 2)}));
    play(run, childOf(kind, 1));
    QCOMPARE(traceOf(run), trace);
    QVERIFY(engine::checkChain(*m_reader->events(run)));
}

/// A sibling that was begun goes on to its own end under stop-scheduling: its retries and its children, too.
void TestFailurePolicies::toSiblings_data()
{
    QTest::addColumn<QByteArray>("sibling");
    QTest::addColumn<QByteArray>("policy");
    QTest::addColumn<QString>("trace");

    struct Row
    {
        const char *sibling;
        const char *policy;
        QString trace;
    };
    const Row rows[] = {
        {"gate", "stop-scheduling",
         u"p running, p/other waiting-approval, p/bad running, run running, p/bad failed, run waiting, p/other succeeded, p failed, after blocked, run failed"_s},
        {"gate", "cancel-running",
         u"p running, p/other waiting-approval, p/bad running, run running, p/bad failed, p/other cancelled, p failed, after blocked, run failed"_s},
        {"gate", "continue",
         u"p running, p/other waiting-approval, p/bad running, run running, p/bad failed, run waiting, p/other succeeded, p failed, after blocked, run failed"_s},
        {"retry", "stop-scheduling",
         u"p running, p/bad running, p/other running, run running, p/other backing-off, p/bad failed, run waiting, p/other running, run running, p/other succeeded, p failed, after blocked, run failed"_s},
        {"retry", "cancel-running",
         u"p running, p/bad running, p/other running, run running, p/other backing-off, p/bad failed, p/other cancelled, p failed, after blocked, run failed"_s},
        {"retry", "continue",
         u"p running, p/bad running, p/other running, run running, p/other backing-off, p/bad failed, run waiting, p/other running, run running, p/other succeeded, p failed, after blocked, run failed"_s},
        {"parallel", "stop-scheduling",
         u"p running, p/other running, p/bad running, p/other/x running, run running, p/bad failed, p/other/x succeeded, p/other/y running, p/other/y succeeded, p/other succeeded, p failed, after blocked, run failed"_s},
        {"parallel", "cancel-running",
         u"p running, p/other running, p/bad running, p/other/x running, run running, p/bad failed, p/other/x cancelling, p/other/x cancelled, p/other/y blocked, p/other cancelled, p failed, after blocked, run failed"_s},
        {"parallel", "continue",
         u"p running, p/other running, p/bad running, p/other/x running, run running, p/bad failed, p/other/x succeeded, p/other/y running, p/other/y succeeded, p/other succeeded, p failed, after blocked, run failed"_s},
    };
    for (const Row &row : rows)
        QTest::addRow("%s, %s", row.sibling, row.policy)
            << QByteArray(row.sibling) << QByteArray(row.policy) << row.trace;
}

/// "bad" fails while its sibling "other" waits or has children that run; then all that is asked for is given.
void TestFailurePolicies::toSiblings()
{
    QFETCH(QByteArray, sibling);
    QFETCH(QByteArray, policy);
    QFETCH(QString, trace);

    QByteArray other;
    if (sibling == "gate")
        other = "{ id: other, gate: { approval: review } }";
    else if (sibling == "retry")
        other = command("other").replace("run: {", "run: { retries: { maxAttempts: 2, backoff: PT1M },");
    else if (sibling == "parallel")
        other = "{ id: other, parallel: { maxParallel: 1, steps: [" + command("x") + ", " + command("y")
                + "] } }";
    const RunId run =
        start("  approvals: [{ id: review }]\n  steps:\n  - id: p\n    parallel:\n      failurePolicy: "
              + policy + "\n      steps: [" + command("bad") + ", " + other + "]\n" + exec("after"));
    QTRY_COMPARE(m_launcher->running().size(), sibling == "gate" ? 1 : 2);
    if (sibling == "retry") {
        m_launcher->finish(u"p/other"_s, 1);
        QTRY_VERIFY(traceOf(run).endsWith(u"p/other backing-off"_s));
    }
    m_launcher->finish(u"p/bad"_s, 1);
    QTRY_VERIFY(traceOf(run).contains(u"p/bad failed"_s));
    if (const auto gates = *m_reader->gates(run);
        !gates.isEmpty() && gates.first().state == engine::GateState::Open)
        QVERIFY(decide(run, u"anna"_s, Verdict::Approve));
    m_clock->advance(std::chrono::minutes(1));
    play(run, {});
    QCOMPARE(traceOf(run), trace);
    QVERIFY(engine::checkChain(*m_reader->events(run)));
}

QTEST_GUILESS_MAIN(TestFailurePolicies)
#include "tst_failure_policies.moc"
