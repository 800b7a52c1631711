#include "engine/base/json.h"
#include "engine/plan/simulation.h"
#include "tests/plan/packs.h"

#include <QTest>

using namespace Qt::StringLiterals;
using engine::Plan;
using engine::SimulatedStep;
using engine::Simulation;

class TestSimulation : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void simulates_data();
    void simulates();
    void saysHowAnApprovalWorks_data();
    void saysHowAnApprovalWorks();
    void judgesPolicies_data();
    void judgesPolicies();
    void givesFilesTheirPath();
    void holdsRequestsToTheList_data();
    void holdsRequestsToTheList();
    void writesText();
    void writesJson();
    void keepsTerminalsSafe();
    void isTheSameForAPlanReadBack();
};

/// One line a step: wave, path, outcome, reason.
static QStringList lines(const Simulation &simulation)
{
    QStringList lines;
    for (const SimulatedStep &step : simulation.steps)
        lines +=
            u"%1 %2 %3: %4"_s.arg(QString::number(step.wave), step.path, toString(step.outcome), step.reason);
    return lines;
}

void TestSimulation::simulates_data()
{
    QTest::addColumn<QList<engine::StepSpec>>("steps");
    QTest::addColumn<QStringList>("expected");
    QTest::addColumn<int>("waves");
    QTest::addColumn<int>("approvals");

    using Steps = QList<engine::StepSpec>;
    const auto row = [](const char *name, const Steps &steps, const QStringList &expected, int waves,
                        int approvals) { QTest::newRow(name) << steps << expected << waves << approvals; };
    const auto timed = [](engine::StepSpec spec) {
        spec.run.timeout = std::chrono::minutes(5);
        return spec;
    };

    row("nothing", {}, {}, 0, 0);
    row("a list", {packs::run(u"a"_s), timed(packs::run(u"b"_s)), packs::approval(u"g"_s)},
        {u"1 a would-run: builtin:exec"_s, u"2 b would-run: builtin:exec, at most 5 min"_s,
         u"3 g waits-for-approval: needs 1 of those who may approve; expires after 1 d; who submits may not approve"_s},
        3, 1);
    row("a parallel",
        {packs::parallel(u"p"_s, {packs::run(u"a"_s), packs::run(u"b"_s), packs::run(u"c"_s)}),
         packs::run(u"d"_s)},
        {u"1 p would-run: 3 steps side by side"_s, u"1 p/a would-run: builtin:exec"_s,
         u"1 p/b would-run: builtin:exec"_s, u"1 p/c would-run: builtin:exec"_s,
         u"2 d would-run: builtin:exec"_s},
        2, 0);
    row("a parallel in chunks",
        {packs::run(u"z"_s),
         packs::parallel(u"p"_s,
                         {packs::run(u"a"_s), packs::when(packs::run(u"off"_s), u"{{ false }}"_s),
                          packs::parallel(u"q"_s, {packs::run(u"b"_s), packs::run(u"c"_s)}, 1),
                          packs::run(u"d"_s)},
                         2),
         packs::run(u"e"_s)},
        {u"1 z would-run: builtin:exec"_s, u"2 p would-run: 4 steps, at most 2 at a time"_s,
         u"2 p/a would-run: builtin:exec"_s, u"0 p/off would-skip: its condition is false"_s,
         u"2 p/q would-run: 2 steps, at most 1 at a time"_s, u"2 p/q/b would-run: builtin:exec"_s,
         u"3 p/q/c would-run: builtin:exec"_s, u"4 p/d would-run: builtin:exec"_s,
         u"5 e would-run: builtin:exec"_s},
        5, 0);
    row("maps",
        {packs::map(u"m"_s, QJsonArray{1, 2, 3}, packs::run(u"r"_s), 2),
         packs::map(u"none"_s, QJsonArray(), packs::run(u"r"_s)),
         packs::map(u"one"_s, QJsonArray{1}, packs::run(u"r"_s)),
         packs::map(u"n"_s, u"{{ steps.m.results }}"_s, packs::approval(u"g"_s)),
         packs::map(u"o"_s, QJsonArray{u"{{ steps.m.results }}"_s, 2}, packs::run(u"r"_s))},
        {u"1 m would-run: 3 items, at most 2 at a time"_s, u"1 m[0]::r would-run: builtin:exec"_s,
         u"1 m[1]::r would-run: builtin:exec"_s, u"2 m[2]::r would-run: builtin:exec"_s,
         u"0 none would-run: 0 items"_s, u"3 one would-run: 1 item"_s,
         u"3 one[0]::r would-run: builtin:exec"_s,
         u"4 n unknown-until-run: one step for each item of {{ steps.m.results }}"_s,
         u"4 n[*]::g unknown-until-run: once for each item"_s, u"5 o unknown-until-run: 2 items"_s,
         u"5 o[*]::r unknown-until-run: once for each item"_s},
        5, 0);
    row("skipped",
        {packs::when(packs::parallel(u"p"_s, {packs::run(u"a"_s), packs::approval(u"g"_s)}),
                     u"{{ false }}"_s),
         packs::run(u"b"_s)},
        {u"0 p would-skip: its condition is false"_s, u"0 p/a would-skip: p does not run"_s,
         u"0 p/g would-skip: p does not run"_s, u"1 b would-run: builtin:exec"_s},
        1, 0);
    row("decided at run time",
        {packs::when(
            packs::parallel(u"p"_s, {packs::run(u"a"_s), packs::when(packs::run(u"off"_s), u"{{ false }}"_s),
                                     packs::parallel(u"q"_s, {packs::approval(u"g"_s)})}),
            u"{{ run.id == 'x' }}"_s)},
        {u"1 p unknown-until-run: runs when {{ run.id == 'x' }}"_s,
         u"1 p/a unknown-until-run: depends on p"_s, u"0 p/off would-skip: its condition is false"_s,
         u"1 p/q unknown-until-run: depends on p"_s, u"1 p/q/g unknown-until-run: depends on p/q"_s},
        1, 0);

    const QJsonObject closed{{u"closed"_s, true}};
    const QString denies = u"policy-denies: closed: it is closed"_s;
    row("a denial ends the run",
        {packs::policy(u"q"_s, closed), packs::parallel(u"p"_s, {packs::approval(u"g"_s)})},
        {u"1 q "_s + denies, u"0 p would-skip: q would fail before it"_s,
         u"0 p/g would-skip: p does not run"_s},
        1, 0);
    row("a denial in a parallel",
        {packs::parallel(u"p"_s, {packs::policy(u"q"_s, closed), packs::run(u"a"_s)}), packs::run(u"b"_s)},
        {u"1 p would-run: 2 steps side by side"_s, u"1 p/q "_s + denies, u"1 p/a would-run: builtin:exec"_s,
         u"0 b would-skip: p would fail before it"_s},
        1, 0);
    auto tolerated = packs::policy(u"q"_s, closed);
    tolerated.continueOnError = true;
    row("a denial that is tolerated", {tolerated, packs::run(u"b"_s)},
        {u"1 q "_s + denies, u"2 b would-run: builtin:exec"_s}, 2, 0);
    auto outer = packs::parallel(u"p"_s, {packs::policy(u"q"_s, closed)});
    outer.continueOnError = true;
    row("a denial that is tolerated outside", {outer, packs::run(u"b"_s)},
        {u"1 p would-run: 1 step"_s, u"1 p/q "_s + denies, u"2 b would-run: builtin:exec"_s}, 2, 0);
    auto going = packs::policy(u"q"_s, closed);
    going.failActionContinue = true;
    row("a denial that is only recorded", {going, packs::run(u"b"_s)},
        {u"1 q "_s + denies + u"; the run goes on"_s, u"2 b would-run: builtin:exec"_s}, 2, 0);
    row("a denial that may not come",
        {packs::when(packs::policy(u"q"_s, closed), u"{{ run.id == 'x' }}"_s), packs::run(u"b"_s)},
        {u"1 q unknown-until-run: runs when {{ run.id == 'x' }}"_s, u"2 b would-run: builtin:exec"_s}, 2, 0);
}

void TestSimulation::simulates()
{
    QFETCH(QList<engine::StepSpec>, steps);
    QFETCH(QStringList, expected);
    QFETCH(int, waves);
    QFETCH(int, approvals);

    const Plan plan = packs::plan(steps);
    const Simulation simulation = engine::simulate(plan);
    QCOMPARE(lines(simulation), expected);
    QCOMPARE(simulation.waves, waves);
    QCOMPARE(simulation.approvals, approvals);
    QCOMPARE(simulation.planHash, plan.hash());
}

void TestSimulation::saysHowAnApprovalWorks_data()
{
    QTest::addColumn<engine::ApprovalSpec>("approval");
    QTest::addColumn<QString>("reason");

    using engine::ApprovalSpec;
    QTest::newRow("quorum of roles and users")
        << ApprovalSpec{.required = 2,
                        .approvers = {u"role:security"_s, u"user:anna"_s},
                        .expiresAfter = std::chrono::hours(4)}
        << u"needs 2 of role:security, user:anna; expires after 4 h; who submits may not approve"_s;
    QTest::newRow("own approval, with a reason")
        << ApprovalSpec{.allowSelfApproval = true,
                        .expiresAfter = std::chrono::minutes(90),
                        .requireReason = true}
        << u"needs 1 of those who may approve; expires after 1 h 30 min; who submits may approve; asks for a reason"_s;
}

void TestSimulation::saysHowAnApprovalWorks()
{
    QFETCH(engine::ApprovalSpec, approval);
    QFETCH(QString, reason);

    engine::Pack pack = packs::pack({packs::approval(u"g"_s)});
    approval.id = u"review"_s;
    pack.manifest.approvals = {approval};
    QCOMPARE(engine::simulate(*packs::planned(pack)).steps.first().reason, reason);
}

void TestSimulation::judgesPolicies_data()
{
    QTest::addColumn<QString>("deny");
    QTest::addColumn<QString>("message");
    QTest::addColumn<QJsonObject>("input");
    QTest::addColumn<QJsonObject>("inputs");
    QTest::addColumn<QString>("expected");

    const auto row = [](const char *name, const QString &deny, const QString &expected,
                        const QJsonObject &input = {}, const QString &message = u"no"_s,
                        const QJsonObject &inputs = {{u"target"_s, u"production"_s}}) {
        QTest::newRow(name) << deny << message << input << inputs << expected;
    };
    row("over inputs, denied", u"{{ inputs.target == 'production' }}"_s, u"policy-denies: rule: no"_s);
    row("over inputs, allowed", u"{{ inputs.target == 'test' }}"_s,
        u"policy-allows: none of 1 rules denies"_s);
    row("over the input, denied", u"{{ input.n > 1 }}"_s, u"policy-denies: rule: no"_s,
        {{u"n"_s, u"{{ len(inputs.target) }}"_s}});
    row("over the input, allowed", u"{{ input.n > 1 }}"_s, u"policy-allows: none of 1 rules denies"_s,
        {{u"n"_s, 1}});
    row("input is a text with braces", u"{{ input.s == '{{' }}"_s, u"policy-denies: rule: no"_s,
        {{u"s"_s, u"{{ '{{' }}"_s}});
    row("input of the run", u"{{ input.n > 1 }}"_s, u"decided-at-run-time: needs the results of a, b"_s,
        {{u"m"_s, u"{{ steps.a.outputs.x }}"_s}, {u"n"_s, u"{{ steps.b.outputs.x + steps.a.outputs.x }}"_s}});
    row("input of the plan hash", u"{{ not startsWith(input.plan, 'sha256:') }}"_s,
        u"policy-allows: none of 1 rules denies"_s, {{u"plan"_s, u"{{ run.planHash }}"_s}});
    row("rule of the plan hash", u"{{ run['planHash'] != input.plan }}"_s,
        u"policy-allows: none of 1 rules denies"_s, {{u"plan"_s, u"{{ run.planHash }}"_s}});
    row("input of the run's id", u"{{ true }}"_s, u"decided-at-run-time: needs values of the run"_s,
        {{u"id"_s, u"{{ run.planHash + run.id }}"_s}});
    row("rule of who asks", u"{{ run.requestedBy == 'anna' }}"_s,
        u"decided-at-run-time: needs values of the run"_s);
    row("rule of the whole run", u"{{ len(keys(run)) > 0 }}"_s,
        u"decided-at-run-time: needs values of the run"_s);
    row("rule of the run", u"{{ steps.a.status == 'failed' }}"_s,
        u"decided-at-run-time: needs the results of a"_s);
    row("rule that fails", u"{{ input.missing }}"_s,
        u"policy-denies: rule cannot be evaluated: \"input\" has no member \"missing\""_s);
    row("rule of another type", u"{{ 'yes' }}"_s,
        u"policy-denies: rule gives the string \"yes\" instead of a boolean"_s);
    row("message with values", u"{{ true }}"_s, u"policy-denies: rule: not production"_s, {},
        u"not {{ inputs.target }}"_s);
    row("message that fails", u"{{ true }}"_s, u"policy-denies: rule: not {{ input.missing }}"_s, {},
        u"not {{ input.missing }}"_s);
    row("no message", u"{{ true }}"_s, u"policy-denies: rule"_s, {}, QString());
    row("a fraction that the plan holds as text", u"{{ inputs.rate > 0.1 }}"_s,
        u"decided-at-run-time: needs the inputs as numbers, which the plan holds as text"_s, {}, u"no"_s,
        {{u"rate"_s, 0.5}});
    row("a fraction that no rule looks at", u"{{ input.n > 1 }}"_s,
        u"policy-allows: none of 1 rules denies"_s, {{u"n"_s, 1}}, u"no"_s, {{u"rate"_s, 0.5}});
}

void TestSimulation::judgesPolicies()
{
    QFETCH(QString, deny);
    QFETCH(QString, message);
    QFETCH(QJsonObject, input);
    QFETCH(QJsonObject, inputs);
    QFETCH(QString, expected);

    engine::Pack pack = packs::pack({packs::policy(u"q"_s, input)});
    pack.manifest.policies[0].rules = {{u"rule"_s, deny, message}};
    const auto plan = packs::planned(pack, inputs);
    QVERIFY(plan);
    const SimulatedStep step = engine::simulate(*plan).steps.first();
    QCOMPARE(QString(toString(step.outcome) + u": "_s + step.reason), expected);
}

void TestSimulation::givesFilesTheirPath()
{
    engine::Pack pack = packs::pack({packs::policy(u"q"_s)});
    pack.manifest.policies[0].rules = {
        {u"rule"_s, u"{{ inputs.f.path == 'inputs/f/a.sh' and inputs.f.size == 3 }}"_s, {}}};
    pack.manifest.inputs = {{.name = u"f"_s, .type = engine::InputType::File}};
    const QJsonObject file{
        {u"name"_s, u"a.sh"_s}, {u"sha256"_s, u"0"_s}, {u"size"_s, 3}, {u"path"_s, u"inputs/f/a.sh"_s}};
    const auto plan = engine::makePlan(pack, {{{u"f"_s, file}}, {}});
    QVERIFY(plan);
    QVERIFY(engine::simulate(*plan).steps.first().outcome == engine::SimulatedOutcome::PolicyDenies);
}

void TestSimulation::holdsRequestsToTheList_data()
{
    QTest::addColumn<std::optional<engine::SandboxMode>>("mode");
    QTest::addColumn<QList<engine::EgressRule>>("list");
    QTest::addColumn<bool>("allowed");

    using Mode = std::optional<engine::SandboxMode>;
    const QList<engine::EgressRule> none;
    const QList<engine::EgressRule> listed{{u"a.example"_s, 8080}};
    const QList<engine::EgressRule> other{{u"a.example"_s, 80}};
    QTest::newRow("open") << Mode(engine::SandboxMode::Open) << none << true;
    QTest::newRow("open, listed") << Mode(engine::SandboxMode::Open) << listed << true;
    QTest::newRow("open, another place listed") << Mode(engine::SandboxMode::Open) << other << false;
    QTest::newRow("sealed") << Mode(engine::SandboxMode::Sealed) << none << false;
    QTest::newRow("sealed, listed") << Mode(engine::SandboxMode::Sealed) << listed << true;
    QTest::newRow("sealed, another place listed") << Mode(engine::SandboxMode::Sealed) << other << false;
}

void TestSimulation::holdsRequestsToTheList()
{
    QFETCH(std::optional<engine::SandboxMode>, mode);
    QFETCH(QList<engine::EgressRule>, list);
    engine::StepSpec ask = packs::run(u"ask"_s, {{u"url"_s, u"http://A.example:8080/x"_s}});
    ask.run.uses = u"builtin:http"_s;
    engine::Pack pack = packs::pack({ask});
    pack.manifest.sandbox = {mode, list};

    const auto plan = packs::planned(pack);
    QVERIFY(plan);
    const auto request = engine::simulate(*plan).requests.first();
    QCOMPARE(request.target, u"a.example:8080"_s);
    QTEST(request.isAllowed, "allowed");
}

static Plan smallPlan()
{
    return packs::plan(
        {packs::run(u"collect"_s),
         packs::map(u"hosts"_s, QJsonArray{1, 2}, packs::parallel(u"host"_s, {packs::run(u"restart"_s)}), 1),
         packs::map(u"later"_s, u"{{ steps.collect.outputs.x }}"_s, packs::run(u"r"_s)),
         packs::when(packs::run(u"off"_s), u"{{ false }}"_s), packs::approval(u"review"_s)});
}

void TestSimulation::writesText()
{
    const Plan plan = smallPlan();
    QCOMPARE(engine::simulate(plan).toText(), u"Plan %1"_s.arg(plan.hash()) + uR"(
10 steps in 5 waves, 1 approval

wave  step         kind           outcome             why
   1  collect      run            would run           builtin:exec
   2  hosts        map            would run           2 items, at most 1 at a time
   2    [0] host   parallel       would run           1 step
   2      restart  run            would run           builtin:exec
   3    [1] host   parallel       would run           1 step
   3      restart  run            would run           builtin:exec
   4  later        map            unknown until run   one step for each item of {{ steps.collect.outputs.x }}
   4    [*] r      run            unknown until run   once for each item
   -  off          run            would skip          its condition is false
   5  review       gate.approval  waits for approval  needs 1 of those who may approve; expires after 1 d; who submits may not approve
)"_s);
}

void TestSimulation::writesJson()
{
    const Plan plan = packs::plan({packs::run(u"a"_s), packs::when(packs::run(u"off"_s), u"{{ false }}"_s)});
    QCOMPARE(
        engine::canonicalJsonOf(engine::simulate(plan).toJson()),
        R"({"approvals":0,"modules":[],"planHash":")" + plan.hash().toLatin1()
            + R"(","requests":[],"sandbox":{"egress":[],"mode":"open","onViolation":"fail"},"secrets":[],"steps":[{"kind":"run","outcome":"would-run","path":"a","reason":"builtin:exec","wave":1},)"
              R"({"kind":"run","outcome":"would-skip","path":"off","reason":"its condition is false"}],"waves":1})");
}

/// A pack can say anything; on a terminal it is only text.
void TestSimulation::keepsTerminalsSafe()
{
    const QString text =
        engine::simulate(
            packs::plan({packs::when(packs::run(u"a"_s), u"{{ run.id == '\u001b[2J\u202e\u0007' }}\n\tx"_s)}))
            .toText();
    QVERIFY(text.endsWith(u"runs when {{ run.id == '?[2J?\?' }} x\n"_s));
}

void TestSimulation::isTheSameForAPlanReadBack()
{
    const Plan plan = smallPlan();
    QCOMPARE(engine::simulate(*Plan::parse(plan.canonical())), engine::simulate(plan));
}

QTEST_GUILESS_MAIN(TestSimulation)
#include "tst_simulation.moc"
