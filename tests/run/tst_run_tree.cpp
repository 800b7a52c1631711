#include "engine/pack/pack.h"
#include "engine/run/run_tree.h"

#include <QtTest>

using namespace Qt::StringLiterals;
using engine::RunNode;
using engine::RunTree;
using engine::StepKind;
using engine::StepState;

namespace {

/// A plan of "run" steps and containers from short YAML; every run step is `true`.
engine::Plan planOf(const QByteArray &steps)
{
    const QByteArray yaml = "apiVersion: stellaops.io/pack.v1\nkind: TaskPack\n"
                            "metadata: { name: tree, version: 1.0.0 }\n"
                            "spec:\n  inputs:\n  - { name: none, type: array, default: [] }\n  steps:\n"
                            + steps;
    const auto manifest = engine::parseManifest(yaml, u"pack.yaml"_s);
    if (!manifest)
        qFatal("%s", qPrintable(manifest.error().toString()));
    const engine::Pack pack{{}, *manifest, {}, u"sha256:0"_s};
    const auto inputs = engine::bindInputs(manifest->inputs, {});
    const auto plan = engine::makePlan(pack, *inputs);
    if (!plan)
        qFatal("%s", qPrintable(plan.error().toString()));
    return *plan;
}

constexpr const char *run = "run: { uses: 'builtin:exec', with: { command: ['true'] } }";

QByteArray step(const char *id, const char *more = "")
{
    return QByteArray("  - { id: ") + id + ", " + more + run + " }\n";
}

/// Plays a tree: starts whatever may start, then ends the step that was started first, and so on. fails:
/// paths that fail; cancelAt: the run is cancelled when this step is started. Returns "+path" for a start,
/// "-path" for an end.
QStringList play(RunTree &tree, const QStringList &fails, const QString &cancelAt = {})
{
    QStringList trace;
    QList<int> running;
    while (true) {
        while (const auto id = tree.next()) {
            const RunNode &node = tree.node(*id);
            if (node.step->skip) {
                tree.finish(*id, StepState::Skipped);
            } else if (node.step->kind == StepKind::Run) {
                trace += u'+' + node.path;
                tree.beginAttempt(*id);
                running += *id;
            } else {
                tree.beginContainer(*id);
            }
            if (node.path == cancelAt)
                tree.cancel();
        }
        const QList<int> doomed = tree.takeToCancel();
        for (const int id : doomed) {
            running.removeOne(id);
            trace += u'x' + tree.node(id).path;
            tree.finish(id, StepState::Cancelled);
        }
        if (!doomed.isEmpty())
            continue;
        if (tree.isFinished() || running.isEmpty())
            return trace;
        const int id = running.takeFirst();
        const QString &path = tree.node(id).path;
        trace += u'-' + path;
        if (fails.contains(path))
            tree.finish(id, StepState::Failed, u"broken"_s);
        else
            tree.finish(id, tree.isCancelled() ? StepState::Cancelled : StepState::Succeeded);
    }
}

QString states(const RunTree &tree)
{
    QStringList all;
    for (int id = 0; id < tree.count(); ++id)
        all += (id == RunTree::root ? u"run"_s : tree.node(id).path) + u'=' + toString(tree.node(id).state);
    return all.join(u' ');
}

} // namespace

class TestRunTree : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void follows_data();
    void follows();
    void mapResultsBelongToTheirItems();
    void reasonsNameTheCulprit();
    void restoresWhereItStood();
    void endsAHundredThousandSkippedSteps();
};

void TestRunTree::follows_data()
{
    QTest::addColumn<QByteArray>("steps");
    QTest::addColumn<QStringList>("fails");
    QTest::addColumn<QString>("cancelAt");
    QTest::addColumn<QString>("trace");
    QTest::addColumn<QString>("end");

    const QByteArray three = step("a") + step("b") + step("c");
    QTest::newRow("a list runs in order") << three << QStringList() << QString() << u"+a -a +b -b +c -c"_s
                                          << u"run=succeeded a=succeeded b=succeeded c=succeeded"_s;
    QTest::newRow("a failure blocks what follows")
        << three << QStringList{u"b"_s} << QString() << u"+a -a +b -b"_s
        << u"run=failed a=succeeded b=failed c=blocked"_s;
    QTest::newRow("a failure that is allowed lets it go on")
        << step("a", "continueOnError: true, ") + step("b") << QStringList{u"a"_s} << QString()
        << u"+a -a +b -b"_s << u"run=succeeded a=failed b=succeeded"_s;
    QTest::newRow("cancel ends what was not started")
        << three << QStringList() << u"b"_s << u"+a -a +b -b"_s
        << u"run=cancelled a=succeeded b=cancelled c=cancelled"_s;
    QTest::newRow("what is skipped blocks nothing")
        << step("a", "when: 'false', ").replace("'false'", "'{{ false }}'") + step("b") << QStringList()
        << QString() << u"+b -b"_s << u"run=succeeded a=skipped b=succeeded"_s;

    const auto parallel = [](const QByteArray &settings) {
        QByteArray text = "  - id: p\n    parallel:\n" + settings + "      steps:\n";
        for (const char *id : {"a", "b", "c", "d"})
            text += "    " + step(id);
        return text + step("after");
    };
    QTest::newRow("a parallel starts all")
        << parallel("") << QStringList() << QString()
        << u"+p/a +p/b +p/c +p/d -p/a -p/b -p/c -p/d +after -after"_s
        << u"run=succeeded p=succeeded p/a=succeeded p/b=succeeded p/c=succeeded p/d=succeeded after=succeeded"_s;
    QTest::newRow("maxParallel holds back")
        << parallel("      maxParallel: 2\n") << QStringList() << QString()
        << u"+p/a +p/b -p/a +p/c -p/b +p/d -p/c -p/d +after -after"_s
        << u"run=succeeded p=succeeded p/a=succeeded p/b=succeeded p/c=succeeded p/d=succeeded after=succeeded"_s;
    QTest::newRow("stop-scheduling starts nothing new")
        << parallel("      maxParallel: 2\n") << QStringList{u"p/a"_s} << QString()
        << u"+p/a +p/b -p/a -p/b"_s
        << u"run=failed p=failed p/a=failed p/b=succeeded p/c=blocked p/d=blocked after=blocked"_s;
    QTest::newRow("cancel-running ends what runs")
        << parallel("      maxParallel: 2\n      failurePolicy: cancel-running\n") << QStringList{u"p/a"_s}
        << QString() << u"+p/a +p/b -p/a xp/b"_s
        << u"run=failed p=failed p/a=failed p/b=cancelled p/c=blocked p/d=blocked after=blocked"_s;
    QTest::newRow("continue runs everything, then fails")
        << parallel("      failurePolicy: continue\n") << QStringList{u"p/a"_s} << QString()
        << u"+p/a +p/b +p/c +p/d -p/a -p/b -p/c -p/d"_s
        << u"run=failed p=failed p/a=failed p/b=succeeded p/c=succeeded p/d=succeeded after=blocked"_s;
    QTest::newRow("cancel in a parallel")
        << parallel("      maxParallel: 2\n") << QStringList() << u"p/b"_s << u"+p/a +p/b -p/a -p/b"_s
        << u"run=cancelled p=cancelled p/a=cancelled p/b=cancelled p/c=cancelled p/d=cancelled after=cancelled"_s;
    QTest::newRow("an empty map succeeds")
        << QByteArray("  - id: m\n    map:\n      items: '{{ inputs.none }}'\n      step: { id: x, ") + run
               + " }\n" + step("after")
        << QStringList() << QString() << u"+after -after"_s << u"run=succeeded m=succeeded after=succeeded"_s;
    QTest::newRow("a map starts by index")
        << QByteArray(
               "  - id: m\n    map:\n      items: [7, 8, 9]\n      maxParallel: 2\n      step: { id: x, ")
               + run + " }\n"
        << QStringList() << QString() << u"+m[0]::x +m[1]::x -m[0]::x +m[2]::x -m[1]::x -m[2]::x"_s
        << u"run=succeeded m=succeeded m[0]::x=succeeded m[1]::x=succeeded m[2]::x=succeeded"_s;
    QTest::newRow("containers in containers")
        << QByteArray(
               "  - id: m\n    map:\n      items: [1, 2]\n      maxParallel: 1\n      step:\n        id: p\n"
               "        parallel:\n          steps:\n")
               + "        " + step("a") + "        " + step("b")
        << QStringList{u"m[0]::p/b"_s} << QString() << u"+m[0]::p/a +m[0]::p/b -m[0]::p/a -m[0]::p/b"_s
        << u"run=failed m=failed m[0]::p=failed m[0]::p/a=succeeded m[0]::p/b=failed m[1]::p=blocked "
           "m[1]::p/a=blocked m[1]::p/b=blocked"_s;
}

void TestRunTree::follows()
{
    QFETCH(QByteArray, steps);
    QFETCH(QStringList, fails);
    QFETCH(QString, cancelAt);
    QFETCH(QString, trace);
    QFETCH(QString, end);

    const engine::Plan plan = planOf(steps);
    RunTree tree(plan);

    QCOMPARE(play(tree, fails, cancelAt).join(u' '), trace);
    QCOMPARE(states(tree), end);
    QVERIFY(tree.isFinished());
}

void TestRunTree::mapResultsBelongToTheirItems()
{
    const engine::Plan plan =
        planOf(QByteArray("  - id: m\n    continueOnError: true\n    map:\n      items: [1, 2, 3]\n"
                          "      failurePolicy: continue\n      step: { id: x, ")
               + run + " }\n");
    RunTree tree(plan);
    for (int i = 0; i < 3; ++i)
        tree.setOutputs(tree.find(u"m[%1]::x"_s.arg(i)), {{u"n"_s, i}}, {});
    play(tree, {u"m[1]::x"_s});

    const QJsonObject value = tree.valueOf(tree.find(u"m"_s));
    QCOMPARE(value.value(u"results"_s).toArray(),
             (QJsonArray{QJsonObject{{u"n"_s, 0}}, QJsonValue::Null, QJsonObject{{u"n"_s, 2}}}));
    QCOMPARE(value.value(u"outputs"_s).toObject(),
             (QJsonObject{{u"succeeded"_s, 2},
                          {u"failed"_s, 1},
                          {u"errors"_s, QJsonArray{QJsonValue::Null, u"broken"_s, QJsonValue::Null}}}));
    QVERIFY(tree.isPartial());
}

void TestRunTree::reasonsNameTheCulprit()
{
    const engine::Plan plan =
        planOf(QByteArray("  - id: m\n    map:\n      items: [1, 2, 3]\n      step: { id: x, ") + run + " }\n"
               + step("after"));
    RunTree tree(plan);
    play(tree, {u"m[1]::x"_s});

    QCOMPARE(tree.node(RunTree::root).reason, u"step m: 1 of 3 failed, first m[1]::x: broken"_s);
    QCOMPARE(tree.node(tree.find(u"m"_s)).reason, u"1 of 3 failed, first m[1]::x: broken"_s);
    QCOMPARE(tree.node(tree.find(u"after"_s)).reason, u"step m failed"_s);
}

void TestRunTree::restoresWhereItStood()
{
    const engine::Plan plan =
        planOf(QByteArray("  - id: p\n    parallel:\n      maxParallel: 2\n      steps:\n") + "    "
               + step("a") + "    " + step("b") + "    " + step("c") + step("after"));
    RunTree first(plan);
    const auto p = first.next();
    first.beginContainer(*p);
    const auto a = first.next();
    const auto b = first.next();
    QVERIFY(!first.next());
    first.finish(*a, StepState::Succeeded);
    first.setState(*b, StepState::WaitingApproval);
    QList<engine::StepRecord> records;
    for (int id = 1; id < first.count(); ++id)
        records += first.record(id);

    RunTree second(plan);
    second.restore(records);
    const auto c = second.next();
    QVERIFY(c);
    QCOMPARE(second.node(*c).path, u"p/c"_s);
    QVERIFY(!second.next());
    second.finish(*c, StepState::Succeeded);
    second.finish(second.find(u"p/b"_s), StepState::Succeeded);
    QCOMPARE(second.node(second.next().value()).path, u"after"_s);
}

void TestRunTree::endsAHundredThousandSkippedSteps()
{
    // Deep recursion or quadratic work would show here.
    QByteArray items = "[0";
    for (int i = 1; i < 100'000; ++i)
        items += ", 0";
    const engine::Plan plan = planOf("  - id: m\n    map:\n      items: " + items
                                     + "]\n      step: { id: x, when: '{{ item == 1 }}', " + run + " }\n");
    RunTree tree(plan);

    QVERIFY(play(tree, {}).isEmpty());
    QVERIFY(tree.node(RunTree::root).state == StepState::Succeeded);
    QCOMPARE(tree.takeChanged().size(), 100'001);
}

QTEST_APPLESS_MAIN(TestRunTree)
#include "tst_run_tree.moc"
