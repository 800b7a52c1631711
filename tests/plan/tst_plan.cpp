#include "engine/base/json.h"
#include "tests/plan/packs.h"

#include <QTest>

using namespace Qt::StringLiterals;
using engine::Plan;
using engine::PlanStep;

/// What makePlan() and expandTemplate() resolve, and what they refuse.
class TestPlan : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void foldsWith_data();
    void foldsWith();
    void decidesWhen_data();
    void decidesWhen();
    void skipsWhatStandsInsideASkippedStep();
    void expandsMaps();
    void expandsNestedMapsWithTheirOwnItems();
    void skipsSingleItems();
    void keepsMapsOfTheRun();
    void expandsTemplatesInTheRun();
    void expandTemplateReportsErrors();
    void findsApprovalsAndPolicies();
    void buildsPaths();
    void putsInputsInPlanForm();
    void refuses_data();
    void refuses();
    void reportsEveryProblem();
    void refusesWhatHasNoCanonicalForm();
};

void TestPlan::foldsWith_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QJsonValue>("folded");

    const auto row = [](const char *name, const QString &text, const QJsonValue &folded) {
        QTest::newRow(name) << text << folded;
    };
    row("plain", u"plain"_s, u"plain"_s);
    row("keeps an integer", u"{{ inputs.n }}"_s, 2);
    row("fraction becomes text", u"{{ inputs.n / 4 }}"_s, u"0.5"_s);
    row("keeps an object", u"{{ inputs }}"_s,
        QJsonObject{{u"n"_s, 2}, {u"s"_s, u"{{ '{{' }} x"_s}, {u"rate"_s, u"1e+21"_s}});
    row("joins text", u"n={{ inputs.n }}!"_s, u"n=2!"_s);
    row("escapes what an input holds", u"{{ inputs.s }}"_s, u"{{ '{{' }} x"_s);
    row("keeps results for the run", u"{{ steps.a.outputs.x }}"_s, u"{{ steps.a.outputs.x }}"_s);
    row("keeps the run for the run", u"{{ run.id }} {{ inputs.n }}"_s, u"{{ run.id }} 2"_s);
    row("keeps secrets", u"{{ secrets.token }}"_s, u"{{ secrets.token }}"_s);
    row("keeps a mixed part", u"{{ steps.a.outputs.x + inputs.n }}"_s,
        u"{{ steps.a.outputs.x + inputs.n }}"_s);
}

void TestPlan::foldsWith()
{
    QFETCH(QString, text);
    QFETCH(QJsonValue, folded);

    const QJsonObject inputs{{u"n"_s, 2}, {u"s"_s, u"{{ x"_s}, {u"rate"_s, 1e21}};
    const Plan plan =
        packs::plan({packs::run(u"a"_s, {{u"deep"_s, QJsonArray{QJsonObject{{u"x"_s, text}}}}})}, inputs);
    QCOMPARE(plan.steps().first().run.with,
             (QJsonObject{{u"deep"_s, QJsonArray{QJsonObject{{u"x"_s, folded}}}}}));
}

void TestPlan::decidesWhen_data()
{
    QTest::addColumn<QString>("when");
    QTest::addColumn<bool>("skip");
    QTest::addColumn<QString>("left");

    QTest::newRow("none") << QString() << false << QString();
    QTest::newRow("true") << u"{{ inputs.n == 2 }}"_s << false << QString();
    QTest::newRow("false") << u"{{ inputs.n == 3 }}"_s << true << QString();
    QTest::newRow("of the run") << u"{{ steps.z.outputs.ok }}"_s << false << u"{{ steps.z.outputs.ok }}"_s;
    QTest::newRow("mixed") << u"{{ steps.z.outputs.ok and inputs.n == 2 }}"_s << false
                           << u"{{ steps.z.outputs.ok and inputs.n == 2 }}"_s;
}

void TestPlan::decidesWhen()
{
    QFETCH(QString, when);
    QFETCH(bool, skip);
    QFETCH(QString, left);

    const Plan plan = packs::plan({packs::when(packs::run(u"a"_s), when)}, {{u"n"_s, 2}});
    QCOMPARE(plan.steps().first().skip, skip);
    QCOMPARE(plan.steps().first().when, left);
}

void TestPlan::skipsWhatStandsInsideASkippedStep()
{
    const auto inner =
        packs::parallel(u"q"_s, {packs::when(packs::run(u"r"_s), u"{{ steps.z.outputs.ok }}"_s)});
    const auto outer = packs::map(u"m"_s, u"{{ inputs.absent }}"_s, inner);
    const Plan plan = packs::plan({packs::when(outer, u"{{ false }}"_s), packs::run(u"b"_s)});

    const PlanStep &map = plan.steps().first();
    QVERIFY(map.skip && !map.expanded);
    QCOMPARE(map.items, QJsonValue(u"{{ inputs.absent }}"_s));
    QCOMPARE(map.children.size(), 1);
    QVERIFY(map.children.first().skip);
    QVERIFY(map.children.first().children.first().skip);
    QCOMPARE(map.children.first().children.first().when, QString());
    QVERIFY(!plan.steps().last().skip);
}

void TestPlan::expandsMaps()
{
    const auto child = packs::run(u"r"_s, {{u"x"_s, u"{{ index }}/{{ item }} of {{ len(inputs.hosts) }}"_s}});
    const QJsonArray hosts{u"a"_s, 1.5, QJsonValue::Null, QJsonArray{1}};
    const Plan plan =
        packs::plan({packs::map(u"m"_s, u"{{ inputs.hosts }}"_s, child, 3)}, {{u"hosts"_s, hosts}});

    const PlanStep &map = plan.steps().first();
    QVERIFY(map.expanded);
    QCOMPARE(map.maxParallel, 3);
    QCOMPARE(map.items, QJsonValue(QJsonArray{u"a"_s, u"1.5"_s, QJsonValue::Null, QJsonArray{1}}));
    QStringList found;
    for (const PlanStep &step : map.children)
        found += step.run.with.value(u"x"_s).toString();
    QCOMPARE(found, (QStringList{u"0/a of 4"_s, u"1/1.5 of 4"_s, u"2/ of 4"_s, u"3/[1] of 4"_s}));
}

void TestPlan::expandsNestedMapsWithTheirOwnItems()
{
    const auto inner =
        packs::map(u"ports"_s, u"{{ item.ports }}"_s, packs::run(u"r"_s, {{u"x"_s, u"{{ item }}"_s}}));
    const auto known =
        packs::map(u"twice"_s, QJsonArray{u"x"_s, u"y"_s}, packs::run(u"s"_s, {{u"x"_s, u"{{ item }}"_s}}));
    const auto outer = packs::map(
        u"hosts"_s, u"{{ inputs.hosts }}"_s,
        packs::parallel(u"host"_s, {inner, known, packs::run(u"t"_s, {{u"x"_s, u"{{ item.name }}"_s}})}));
    const QJsonArray hosts{QJsonObject{{u"name"_s, u"a"_s}, {u"ports"_s, QJsonArray{1, 2}}},
                           QJsonObject{{u"name"_s, u"b"_s}, {u"ports"_s, QJsonArray{}}}};
    const Plan plan = packs::plan({outer}, {{u"hosts"_s, hosts}});

    const QList<PlanStep> &children = plan.steps().first().children;
    QCOMPARE(children.size(), 2);
    const PlanStep &ports = children[0].children[0];
    QVERIFY(ports.expanded);
    QCOMPARE(ports.children.size(), 2);
    QCOMPARE(ports.children[1].run.with.value(u"x"_s), QJsonValue(2));
    QCOMPARE(children[0].children[1].children[1].run.with.value(u"x"_s), QJsonValue(u"y"_s));
    QCOMPARE(children[0].children[2].run.with.value(u"x"_s), QJsonValue(u"a"_s));
    QVERIFY(children[1].children[0].expanded);
    QVERIFY(children[1].children[0].children.isEmpty());
    QCOMPARE(*Plan::parse(plan.canonical()), plan);
}

void TestPlan::skipsSingleItems()
{
    const auto inner = packs::map(u"twice"_s, QJsonArray{1, 2}, packs::run(u"s"_s));
    const auto child = packs::when(packs::parallel(u"p"_s, {inner}), u"{{ item > 1 }}"_s);
    const Plan plan = packs::plan({packs::map(u"m"_s, QJsonArray{1, 2}, child)});

    const QList<PlanStep> &children = plan.steps().first().children;
    QVERIFY(children[0].skip);
    QVERIFY(children[0].children[0].children[1].skip);
    QVERIFY(!children[1].skip);
    QVERIFY(!children[1].children[0].children[1].skip);
    QCOMPARE(children[1].when, QString());
    QCOMPARE(*Plan::parse(plan.canonical()), plan);
}

void TestPlan::keepsMapsOfTheRun()
{
    const auto child = packs::run(u"r"_s, {{u"x"_s, u"{{ item }} {{ inputs.n }}"_s}});
    const Plan plan = packs::plan(
        {packs::map(u"a"_s, u"{{ steps.z.outputs.list }}"_s, child),
         packs::map(u"b"_s, QJsonArray{u"{{ steps.z.outputs.x }}"_s, u"{{ inputs.n }}"_s}, child)},
        {{u"n"_s, 2}});
    for (const PlanStep &map : plan.steps()) {
        QVERIFY(!map.expanded);
        QCOMPARE(map.children.size(), 1);
        QCOMPARE(map.children.first().run.with.value(u"x"_s), QJsonValue(u"{{ item }} 2"_s));
    }
    QCOMPARE(plan.steps()[0].items, QJsonValue(u"{{ steps.z.outputs.list }}"_s));
    QCOMPARE(plan.steps()[1].items, QJsonValue(QJsonArray{u"{{ steps.z.outputs.x }}"_s, 2}));
}

void TestPlan::expandsTemplatesInTheRun()
{
    const auto inner =
        packs::map(u"ports"_s, u"{{ item.ports }}"_s, packs::run(u"r"_s, {{u"x"_s, u"{{ item }}"_s}}));
    const auto child = packs::parallel(
        u"host"_s, {packs::when(packs::run(u"a"_s, {{u"x"_s, u"{{ item.name }}@{{ index }}"_s},
                                                    {u"y"_s, u"{{ steps.z.outputs.y }} {{ inputs.n }}"_s},
                                                    {u"z"_s, u"{{ '{{' }} {{ item.name }}"_s}}),
                                u"{{ item.on }}"_s),
                    inner});
    const Plan plan =
        packs::plan({packs::map(u"m"_s, u"{{ steps.z.outputs.list }}"_s, child)}, {{u"n"_s, 7}});
    const PlanStep &mapTemplate = plan.steps().first().children.first();

    const auto on = engine::expandTemplate(
        mapTemplate, QJsonObject{{u"name"_s, u"h"_s}, {u"on"_s, true}, {u"ports"_s, QJsonArray{80, 443}}}, 5);
    QVERIFY2(on, on ? "" : qPrintable(on.error().toString()));
    const PlanStep &run = on->children[0];
    QCOMPARE(run.run.with,
             (QJsonObject{
                 {u"x"_s, u"h@5"_s}, {u"y"_s, u"{{ steps.z.outputs.y }} 7"_s}, {u"z"_s, u"{{ '{{' }} h"_s}}));
    QVERIFY(!run.skip && run.when.isEmpty());
    QVERIFY(on->children[1].expanded);
    QCOMPARE(on->children[1].children[1].run.with.value(u"x"_s), QJsonValue(443));

    const auto off =
        engine::expandTemplate(mapTemplate, QJsonObject{{u"on"_s, false}, {u"ports"_s, QJsonArray()}}, 0);
    QVERIFY(off);
    QVERIFY(off->children[0].skip);
}

void TestPlan::expandTemplateReportsErrors()
{
    const Plan plan = packs::plan({packs::map(u"m"_s, u"{{ steps.z.outputs.list }}"_s,
                                              packs::run(u"r"_s, {{u"x"_s, u"{{ item.name }}"_s}}))});
    const auto child = engine::expandTemplate(plan.steps().first().children.first(), QJsonObject(), 0);
    QVERIFY(!child);
    QCOMPARE(child.error().toString(), u"/run/with/x: \"item\" has no member \"name\""_s);
}

void TestPlan::findsApprovalsAndPolicies()
{
    const Plan plan = packs::plan({});
    QCOMPARE(plan.approval(u"review"_s)->id, u"review"_s);
    QCOMPARE(plan.approval(u"other"_s), nullptr);
    QCOMPARE(plan.policy(u"window"_s)->rules.size(), 1);
    QCOMPARE(plan.policy(u"review"_s), nullptr);
    QCOMPARE(plan.packName(), u"sample"_s);
    QCOMPARE(plan.packVersion(), u"1.0.0"_s);
    QVERIFY(plan.packDigest().startsWith(u"sha256:000"_s));
}

void TestPlan::buildsPaths()
{
    QCOMPARE(engine::childPath({}, u"a"_s), u"a"_s);
    QCOMPARE(engine::childPath(u"a"_s, u"b"_s), u"a/b"_s);
    QCOMPARE(engine::mapChildPath(u"a/hosts"_s, 3, u"restart"_s), u"a/hosts[3]::restart"_s);
    QCOMPARE(engine::mapChildPath(u"m"_s, 100'000, u"%1"_s), u"m[100000]::%1"_s);
    QCOMPARE(engine::mapTemplatePath(u"hosts"_s, u"restart"_s), u"hosts[*]::restart"_s);

    const Plan plan = packs::plan({packs::map(u"m"_s, QJsonArray{1, 2}, packs::run(u"r"_s)),
                                   packs::map(u"n"_s, u"{{ steps.z.outputs.x }}"_s, packs::run(u"r"_s)),
                                   packs::parallel(u"p"_s, {packs::run(u"a"_s), packs::run(u"b"_s)})});
    QCOMPARE(engine::planChildPath(u"m"_s, plan.steps()[0], 1), u"m[1]::r"_s);
    QCOMPARE(engine::planChildPath(u"n"_s, plan.steps()[1], 0), u"n[*]::r"_s);
    QCOMPARE(engine::planChildPath(u"p"_s, plan.steps()[2], 1), u"p/b"_s);
}

void TestPlan::putsInputsInPlanForm()
{
    const QList<engine::InputSpec> specs{{.name = u"file"_s, .type = engine::InputType::File},
                                         {.name = u"rate"_s, .type = engine::InputType::Number},
                                         {.name = u"text"_s, .type = engine::InputType::String},
                                         {.name = u"absent"_s, .type = engine::InputType::String}};
    const QJsonObject values{{u"file"_s, QJsonObject{{u"name"_s, u"a"_s},
                                                     {u"sha256"_s, u"00"_s},
                                                     {u"size"_s, 1},
                                                     {u"path"_s, u"inputs/file/a"_s}}},
                             {u"rate"_s, 0.1},
                             {u"text"_s, u"{{ not a template }}"_s}};
    QCOMPARE(engine::planInputs(specs, values),
             (QJsonObject{{u"file"_s, QJsonObject{{u"file"_s, QJsonObject{{u"name"_s, u"a"_s},
                                                                          {u"sha256"_s, u"00"_s},
                                                                          {u"size"_s, 1}}}}},
                          {u"rate"_s, u"0.1"_s},
                          {u"text"_s, u"{{ not a template }}"_s}}));
}

static engine::StepSpec nested(int levels)
{
    engine::StepSpec spec = packs::run(u"r"_s);
    for (int i = 0; i < levels; ++i)
        spec = packs::parallel(u"p"_s, {spec});
    return spec;
}

static QJsonValue deepArray(int levels)
{
    QJsonValue value = 1;
    for (int i = 0; i < levels; ++i)
        value = QJsonArray{value};
    return value;
}

void TestPlan::refuses_data()
{
    QTest::addColumn<engine::StepSpec>("step");
    QTest::addColumn<QString>("error");

    const auto row = [](const char *name, const engine::StepSpec &step, const QString &error) {
        QTest::newRow(name) << step << u"pack.yaml:7:5: /spec/steps/0"_s + error;
    };
    row("missing input", packs::run(u"a"_s, {{u"x"_s, QJsonArray{u"{{ inputs.absent }}"_s}}}),
        u"/run/with/x/0: \"inputs\" has no member \"absent\""_s);
    row("when is text", packs::when(packs::run(u"a"_s), u"{{ 'yes' }}"_s),
        u"/when: \"when\" gives the string \"yes\" instead of a boolean"_s);
    row("when is braces", packs::when(packs::run(u"a"_s), u"{{ '{{' }}"_s),
        u"/when: \"when\" gives the string \"{{\" instead of a boolean"_s);
    row("when is a number", packs::when(packs::run(u"a"_s), u"{{ inputs.n }}"_s),
        u"/when: \"when\" gives the integer 2 instead of a boolean"_s);
    row("when cannot be evaluated", packs::when(packs::run(u"a"_s), u"{{ inputs.n < 'a' }}"_s),
        u"/when: \"<\" compares two numbers, two strings or two booleans, not the integer 2 and the string \"a\""_s);
    row("variable is null", packs::run(u"a"_s, {}, {{u"X"_s, QJsonValue::Null}}),
        u"/run/env/X: variable \"X\" is null; expected a text, a number or a boolean"_s);
    row("variable is an array", packs::run(u"a"_s, {}, {{u"X"_s, u"{{ inputs.list }}"_s}}),
        u"/run/env/X: variable \"X\" is an array of 1 item; expected a text, a number or a boolean"_s);
    row("items are no array", packs::map(u"m"_s, u"{{ inputs.n }}"_s, packs::run(u"r"_s)),
        u"/map/items: \"items\" gives the integer 2 instead of an array"_s);
    row("items are text", packs::map(u"m"_s, u"{{ '[1]' }}"_s, packs::run(u"r"_s)),
        u"/map/items: \"items\" gives the string \"[1]\" instead of an array"_s);
    row("items are nothing", packs::map(u"m"_s, QJsonValue(), packs::run(u"r"_s)),
        u"/map/items: \"items\" gives null instead of an array"_s);
    row("one item is wrong",
        packs::map(u"m"_s, QJsonArray{1, u"a"_s, u"b"_s},
                   packs::run(u"r"_s, {{u"x"_s, u"{{ item + 1 }}"_s}})),
        u"/map/step/run/with/x: \"+\" takes two numbers or two strings, not the string \"a\" and the integer "
        u"1; "
        "toString() makes a string of a value (for item 1)"_s);
    row("fraction that waits for the run",
        packs::map(u"m"_s, QJsonArray{1, 1.5},
                   packs::run(u"r"_s, {{u"x"_s, u"{{ steps.z.outputs.x * item }}"_s}})),
        u"/map/step: an expression waits for the run and needs an item whose fraction the plan keeps as "
        u"text; "
        "give the items as text and use toNumber(item) (for item 1)"_s);
    row("nested too deep", nested(9), u": steps are nested deeper than 8 levels of parallel and map"_s);
    row("value too deep", packs::run(u"a"_s, {{u"x"_s, deepArray(128)}}),
        u": a value is nested deeper than 128 levels"_s);
    row("value too deep with what an input adds",
        packs::run(u"a"_s, {{u"x"_s, QJsonArray{QJsonArray{QJsonArray{u"{{ inputs.deep }}"_s}}}}}),
        u"/run/with: a value is nested deeper than 128 levels"_s);
}

void TestPlan::refuses()
{
    QFETCH(engine::StepSpec, step);
    QFETCH(QString, error);

    step.where = {u"pack.yaml"_s, 7, 5, u"/spec/steps/0"_s};
    for (engine::StepSpec &child : step.children)
        child.where = {u"pack.yaml"_s, 7, 5, u"/spec/steps/0/map/step"_s};
    if (step.children.size() == 1 && step.kind == engine::StepKind::Parallel)
        for (engine::StepSpec *inner = &step; !inner->children.isEmpty(); inner = &inner->children.first())
            inner->children.first().where = step.where;
    const auto plan =
        packs::planned({step}, {{u"n"_s, 2}, {u"list"_s, QJsonArray{1}}, {u"deep"_s, deepArray(125)}});
    QVERIFY(!plan);
    QCOMPARE(plan.error().toString(), error);
}

void TestPlan::reportsEveryProblem()
{
    const auto plan = packs::planned(
        {packs::when(packs::run(u"a"_s), u"{{ 1 }}"_s),
         packs::parallel(u"p"_s, {packs::when(packs::run(u"b"_s), u"{{ 2 }}"_s),
                                  packs::run(u"c"_s, {}, {{u"X"_s, QJsonArray()}})}),
         packs::map(u"d"_s, QJsonArray{1, 2}, packs::run(u"r"_s, {{u"x"_s, u"{{ inputs.absent }}"_s}})),
         packs::when(packs::run(u"e"_s), u"{{ 3 }}"_s)});
    QVERIFY(!plan);
    QStringList messages;
    for (const engine::Error &cause : plan.error().causes)
        messages += cause.message;
    QCOMPARE(messages,
             (QStringList{u"\"when\" gives the integer 1 instead of a boolean"_s,
                          u"\"when\" gives the integer 2 instead of a boolean"_s,
                          u"variable \"X\" is an array of 0 items; expected a text, a number or a boolean"_s,
                          u"\"inputs\" has no member \"absent\""_s,
                          u"\"when\" gives the integer 3 instead of a boolean"_s}));
}

void TestPlan::refusesWhatHasNoCanonicalForm()
{
    const auto plan = packs::planned({packs::approval(u"a"_s, QString(QChar(0xd800)))});
    QVERIFY(!plan);
    QCOMPARE(plan.error().toString(), u"a string with a lone surrogate has no JSON form"_s);
}

QTEST_GUILESS_MAIN(TestPlan)
#include "tst_plan.moc"
