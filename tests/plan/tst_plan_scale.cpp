#include "engine/plan/outline.h"
#include "engine/plan/simulation.h"
#include "tests/plan/packs.h"

#include <QTest>

#include <ctime>

using namespace Qt::StringLiterals;
using engine::Plan;

/// Large plans: linear time, and limits that hold before memory is gone.
class TestPlanScale : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void handlesManySteps_data();
    void handlesManySteps();
    void takesLinearTime();
    void refusesTooManyItems_data();
    void refusesTooManyItems();
    void refusesPlansThatAreTooLarge_data();
    void refusesPlansThatAreTooLarge();
    void nestsAsDeepAsAllowed();
};

static QJsonArray numbers(int count)
{
    QJsonArray array;
    for (int i = 0; i < count; ++i)
        array.append(i);
    return array;
}

static QList<engine::StepSpec> many(int count)
{
    QList<engine::StepSpec> steps;
    for (int i = 0; i < count; ++i)
        steps += packs::run(u's' + QString::number(i),
                            {{u"command"_s, QJsonArray{u"echo"_s, u"{{ inputs.n }}"_s}}});
    return steps;
}

void TestPlanScale::handlesManySteps_data()
{
    QTest::addColumn<QList<engine::StepSpec>>("steps");
    QTest::addColumn<int>("waves");

    const auto child = packs::run(u"r"_s, {{u"command"_s, QJsonArray{u"echo"_s, u"{{ item }}"_s}}});
    QTest::newRow("map") << QList{packs::map(u"m"_s, u"{{ inputs.list }}"_s, child, 8)} << 12'500;
    QTest::newRow("parallel") << QList{packs::parallel(u"p"_s, many(10'000))} << 1;
    QTest::newRow("list") << many(10'000) << 10'000;
}

void TestPlanScale::handlesManySteps()
{
    QFETCH(QList<engine::StepSpec>, steps);
    QFETCH(int, waves);

    const Plan plan = packs::plan(steps, {{u"n"_s, 1}, {u"list"_s, numbers(100'000)}});
    const QByteArray canonical = plan.canonical();
    const auto read = Plan::parse(canonical);
    QVERIFY2(read, read ? "" : qPrintable(read.error().toString()));
    QVERIFY(read->canonical() == canonical);
    const engine::Simulation simulation = engine::simulate(plan);
    QCOMPARE(simulation.waves, waves);
    QCOMPARE(engine::outlineOf(plan).size(), simulation.steps.size());
    QCOMPARE(simulation.toText().count(u'\n'), simulation.steps.size() + 4);
}

/// Ten times the steps may take twenty times the processor time, which quadratic work would pass by far.
void TestPlanScale::takesLinearTime()
{
    const auto child = packs::run(u"r"_s, {{u"command"_s, QJsonArray{u"echo"_s, u"{{ item }}"_s}}});
    const auto timeFor = [&child](int count) {
        const std::clock_t start = std::clock();
        const Plan plan = packs::plan({packs::map(u"m"_s, u"{{ inputs.list }}"_s, child, 8)},
                                      {{u"list"_s, numbers(count)}});
        const bool same = Plan::parse(plan.canonical())->hash() == plan.hash();
        const bool simulated = engine::simulate(plan).waves == count / 8;
        return same && simulated ? double(std::clock() - start) / CLOCKS_PER_SEC : 1e9;
    };
    timeFor(800); // Warms up.
    const double few = timeFor(4'000);
    const double lots = timeFor(40'000);
    QVERIFY2(lots < few * 20 + 0.5,
             qPrintable(u"%1 s for 4 000 items, %2 s for 40 000"_s.arg(few).arg(lots)));
}

void TestPlanScale::refusesTooManyItems_data()
{
    QTest::addColumn<QJsonValue>("items");
    QTest::newRow("literal") << QJsonValue(numbers(100'001));
    QTest::newRow("from inputs") << QJsonValue(u"{{ inputs.list }}"_s);
    QJsonArray mixed = numbers(100'000);
    mixed.append(u"{{ steps.z.outputs.x }}"_s);
    QTest::newRow("partly of the run") << QJsonValue(mixed);
}

void TestPlanScale::refusesTooManyItems()
{
    QFETCH(QJsonValue, items);

    const auto plan =
        packs::planned({packs::map(u"m"_s, items, packs::run(u"r"_s))}, {{u"list"_s, numbers(100'001)}});
    QVERIFY(!plan);
    QCOMPARE(plan.error().toString(), u"/map/items: a map over 100001 items; at most 100000 are allowed"_s);
}

void TestPlanScale::refusesPlansThatAreTooLarge_data()
{
    QTest::addColumn<engine::StepSpec>("step");

    const QString megabyte(1024 * 1024, u'x');
    QTest::newRow("large steps") << packs::map(u"m"_s, numbers(100'000),
                                               packs::run(u"r"_s, {{u"script"_s, megabyte}}));
    // A hundred thousand times a hundred thousand.
    const auto inner = packs::map(u"inner"_s, numbers(100'000), packs::run(u"r"_s));
    QTest::newRow("maps inside maps")
        << packs::map(u"outer"_s, numbers(100'000), packs::parallel(u"p"_s, {inner}));
    // Escaped, every character takes six bytes: known only when the text is written.
    QTest::newRow("control characters")
        << packs::run(u"a"_s, {{u"x"_s, QString(23 * 1024 * 1024, u'\u0001')}});
}

void TestPlanScale::refusesPlansThatAreTooLarge()
{
    QFETCH(engine::StepSpec, step);

    const auto plan = packs::planned({step});
    QVERIFY(!plan);
    QCOMPARE(plan.error().toString(), u"the plan is larger than 128 MiB"_s);
}

void TestPlanScale::nestsAsDeepAsAllowed()
{
    engine::StepSpec step = packs::run(u"r"_s);
    for (int i = 0; i < 8; ++i)
        step = i % 2 == 0 ? packs::parallel(u"p"_s, {step}) : packs::map(u"m"_s, QJsonArray{1}, step);
    QJsonValue value = 1;
    for (int i = 0; i < 127; ++i)
        value = QJsonArray{value};
    engine::StepSpec *leaf = &step;
    while (!leaf->children.isEmpty())
        leaf = &leaf->children.first();

    const Plan shallow = packs::plan({step});
    leaf->run.with = {{u"x"_s, value}};
    const Plan plan = packs::plan({step});
    const auto read = Plan::parse(plan.canonical());
    QVERIFY2(read, read ? "" : qPrintable(read.error().toString()));
    QCOMPARE(*read, plan);

    QByteArray deeper = shallow.canonical();
    const QByteArray run = deeper.mid(deeper.indexOf(R"({"grace")"));
    const QByteArray leafText = run.left(run.indexOf("}") + 1);
    deeper.replace(leafText, R"({"failurePolicy":"stop-scheduling","id":"p","kind":"parallel","steps":[)"
                                 + leafText + "]}");
    const auto refused = Plan::parse(deeper);
    QVERIFY(!refused);
    QVERIFY2(refused.error().toString().endsWith(
                 u"/kind: steps are nested deeper than 8 levels of parallel and map"_s),
             qPrintable(refused.error().toString()));
}

QTEST_GUILESS_MAIN(TestPlanScale)
#include "tst_plan_scale.moc"
