#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "tests/plan/packs.h"

#include <QLocale>
#include <QTest>

#include <clocale>

using namespace Qt::StringLiterals;
using engine::Plan;

/// The exact bytes of plans, and what their hash does and does not depend on.
class TestPlanCanonical : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void writesExactBytes_data();
    void writesExactBytes();
    void hashesItsBytes();
    void doesNotKnowTheFolder();
    void doesNotKnowTheLocale();
    void doesNotKnowWhereStepsStand();
    void anyChangeChangesTheHash_data();
    void anyChangeChangesTheHash();
    void inputsChangeTheHash_data();
    void inputsChangeTheHash();
};

static QByteArray around(const QByteArray &steps, const QByteArray &inputs = "{}")
{
    return R"({"approvals":[{"allowSelfApproval":false,"expiresAfter":"P1D","id":"review","requireReason":false,)"
           R"("required":1}],"inputs":)"
           + inputs
           + R"(,"pack":{"digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000",)"
             R"("name":"sample","version":"1.0.0"},"policies":[{"engine":"rules","id":"window","rules":[)"
             R"({"deny":"{{ input.closed }}","id":"closed","message":"it is {{ 'closed' }}"}]}],)"
             R"("sandbox":{"mode":"open"},"schema":"stellaops.plan/v1","steps":)"
           + steps + "}";
}

void TestPlanCanonical::writesExactBytes_data()
{
    QTest::addColumn<engine::Pack>("pack");
    QTest::addColumn<QJsonObject>("inputs");
    QTest::addColumn<QByteArray>("canonical");

    const auto row = [](const char *name, const QList<engine::StepSpec> &steps, const QByteArray &json,
                        const QJsonObject &inputs = {}, const QByteArray &inputsJson = "{}") {
        QTest::newRow(name) << packs::pack(steps) << inputs << around(json, inputsJson);
    };

    engine::Pack bare = packs::pack({});
    bare.manifest.approvals.clear();
    bare.manifest.policies.clear();
    QTest::newRow("nothing")
        << bare << QJsonObject()
        << QByteArray(R"({"inputs":{},"pack":{"digest":)"
                      R"("sha256:0000000000000000000000000000000000000000000000000000000000000000",)"
                      R"("name":"sample","version":"1.0.0"},"sandbox":{"mode":"open"},)"
                      R"("schema":"stellaops.plan/v1","steps":[]})");

    row("run with nothing set", {packs::run(u"a"_s)},
        R"([{"grace":"PT10S","id":"a","kind":"run","uses":"builtin:exec"}])");

    engine::StepSpec full =
        packs::run(u"a"_s, {{u"command"_s, QJsonArray{u"true"_s, 1, 0.5}}},
                   {{u"PORT"_s, 8080}, {u"RATE"_s, 1e-7}, {u"DEBUG"_s, false}, {u"A"_s, u"b"_s}});
    full.name = u"All \u00e9"_s;
    full.continueOnError = true;
    full.when = u"{{ steps.z.outputs.ok }}"_s;
    full.run.outputs = {{.name = u"x"_s}, {u"y"_s, u"json"_s, u"y.json"_s}};
    full.run.artifacts = {u"*.txt"_s};
    full.run.timeout = std::chrono::minutes(90);
    full.run.grace = std::chrono::milliseconds(1500);
    full.run.idempotent = true;
    row("run with everything set", {full},
        R"([{"artifacts":["*.txt"],"continueOnError":true,"env":{"A":"b","DEBUG":"false","PORT":"8080","RATE":"1e-7"},)"
        R"("grace":"PT1.5S","id":"a","idempotent":true,"kind":"run","name":"All )"
        "\xc3\xa9"
        R"(","outputs":[{"name":"x","type":"string"},{"name":"y","path":"y.json","type":"json"}],"timeout":"PT1H30M",)"
        R"("uses":"builtin:exec","when":"{{ steps.z.outputs.ok }}","with":{"command":["true",1,"0.5"]}}])");

    engine::StepSpec side = packs::parallel(u"p"_s, {packs::run(u"a"_s), packs::approval(u"b"_s)}, 2);
    side.failurePolicy = engine::FailurePolicy::CancelRunning;
    row("parallel", {side},
        R"([{"failurePolicy":"cancel-running","id":"p","kind":"parallel","maxParallel":2,"steps":[)"
        R"({"grace":"PT10S","id":"a","kind":"run","uses":"builtin:exec"},)"
        R"({"approval":"review","id":"b","kind":"gate.approval"}]}])");

    row("map over known items",
        {packs::map(
            u"m"_s, u"{{ inputs.hosts }}"_s,
            packs::run(u"r"_s, {{u"command"_s, QJsonArray{u"{{ item.name }}"_s, u"{{ index }}"_s}}}))},
        R"([{"failurePolicy":"stop-scheduling","id":"m","items":[{"name":"a"},{"name":"{{ b"}],"kind":"map","steps":[)"
        R"({"grace":"PT10S","id":"r","kind":"run","uses":"builtin:exec","with":{"command":["a",0]}},)"
        R"({"grace":"PT10S","id":"r","kind":"run","uses":"builtin:exec","with":{"command":["{{ '{{' }} b",1]}}]}])",
        {{u"hosts"_s, QJsonArray{QJsonObject{{u"name"_s, u"a"_s}}, QJsonObject{{u"name"_s, u"{{ b"_s}}}}},
        R"({"hosts":[{"name":"a"},{"name":"{{ b"}]})");

    row("map over no items", {packs::map(u"m"_s, QJsonArray(), packs::run(u"r"_s))},
        R"([{"failurePolicy":"stop-scheduling","id":"m","items":[],"kind":"map","steps":[]}])");

    row("map over items of the run",
        {packs::map(u"m"_s, u"{{ steps.z.outputs.hosts }}"_s,
                    packs::run(u"r"_s, {{u"x"_s, u"{{ item }}"_s}}))},
        R"([{"failurePolicy":"stop-scheduling","id":"m","items":"{{ steps.z.outputs.hosts }}","kind":"map","step":)"
        R"({"grace":"PT10S","id":"r","kind":"run","uses":"builtin:exec","with":{"x":"{{ item }}"}}}])");

    engine::StepSpec going = packs::policy(u"q"_s);
    going.failActionContinue = true;
    row("gates",
        {packs::approval(u"a"_s, u"Deploy {{ inputs.n }} to {{ steps.z.outputs.host }}?"_s),
         packs::policy(u"p"_s, {{u"closed"_s, u"{{ inputs.n > 1 }}"_s}, {u"rate"_s, 0.25}}), going},
        R"([{"approval":"review","id":"a","kind":"gate.approval","message":"Deploy 2 to {{ steps.z.outputs.host }}?"},)"
        R"({"failAction":"halt","id":"p","input":{"closed":true,"rate":"0.25"},"kind":"gate.policy","policy":"window"},)"
        R"({"failAction":"continue","id":"q","kind":"gate.policy","policy":"window"}])",
        {{u"n"_s, 2}}, R"({"n":2})");

    row("skipped",
        {packs::when(packs::run(u"a"_s, {{u"x"_s, u"{{ inputs.absent }}"_s}, {u"y"_s, 0.5}}),
                     u"{{ inputs.n == 1 }}"_s),
         packs::when(packs::parallel(u"p"_s, {packs::when(packs::run(u"b"_s), u"{{ inputs.n == 2 }}"_s)}),
                     u"{{ false }}"_s),
         packs::when(packs::run(u"c"_s), u"{{ inputs.n == 2 }}"_s)},
        R"([{"grace":"PT10S","id":"a","kind":"run","skip":true,"uses":"builtin:exec",)"
        R"("with":{"x":"{{ inputs.absent }}","y":"0.5"}},)"
        R"({"failurePolicy":"stop-scheduling","id":"p","kind":"parallel","skip":true,"steps":[)"
        R"({"grace":"PT10S","id":"b","kind":"run","skip":true,"uses":"builtin:exec"}]},)"
        R"({"grace":"PT10S","id":"c","kind":"run","uses":"builtin:exec"}])",
        {{u"n"_s, 2}}, R"({"n":2})");

    engine::StepSpec request = packs::run(
        u"a"_s, {{u"url"_s, u"http://a.example.org/"_s},
                 {u"body"_s, QJsonArray{0.5, 1e20, -9007199254740992.0, 1e21, 9007199254740991.0}}});
    request.run.uses = u"builtin:http"_s;
    row("numbers that keep their type", {request},
        R"([{"grace":"PT10S","id":"a","kind":"run","uses":"builtin:http","with":{"body":["{{ 0.5 }}",)"
        R"("{{ 100000000000000000000.0 }}","{{ -9007199254740992.0 }}","{{ 1e+21 }}",9007199254740991],)"
        R"("url":"http://a.example.org/"}}])");

    row("numbers", {packs::run(u"a"_s, {{u"x"_s, u"{{ inputs.list }}"_s}})},
        R"([{"grace":"PT10S","id":"a","kind":"run","uses":"builtin:exec",)"
        R"("with":{"x":[1,"1.5","100000000000000000000",9007199254740991,"9007199254740992",0]}}])",
        {{u"list"_s, QJsonArray{1, 1.5, 1e20, 9007199254740991.0, 9007199254740992.0, -0.0}}},
        R"({"list":[1,"1.5","100000000000000000000",9007199254740991,"9007199254740992",0]})");

    engine::Pack decided = packs::pack({});
    decided.manifest.policies.clear();
    decided.manifest.inputs = {{.name = u"f"_s, .type = engine::InputType::File}};
    decided.manifest.approvals = {{.id = u"two"_s,
                                   .required = 2,
                                   .approvers = {u"role:security"_s, u"user:anna"_s},
                                   .allowSelfApproval = true,
                                   .expiresAfter = std::chrono::hours(4),
                                   .requireReason = true,
                                   .title = u"Two"_s,
                                   .reasonTemplate = u"{{ inputs.f.name }} {{ run.id }}"_s}};
    decided.manifest.outputs = {{u"path"_s, u"{{ inputs.f.path }}"_s, {}},
                                {u"size"_s, u"{{ inputs.f.size }}"_s, {}},
                                {u"sbom"_s, {}, u"{{ steps.z.artifacts['sbom'] }}"_s}};
    QTest::newRow("approvals, outputs and a file")
        << decided
        << QJsonObject{{u"f"_s, QJsonObject{{u"name"_s, u"a.sh"_s},
                                            {u"sha256"_s, QString(64, u'a')},
                                            {u"size"_s, 12},
                                            {u"path"_s, u"inputs/f/a.sh"_s}}}}
        << QByteArray(
               R"({"approvals":[{"allowSelfApproval":true,"approvers":["role:security","user:anna"],)"
               R"("expiresAfter":"PT4H","id":"two","reasonTemplate":"a.sh {{ run.id }}","requireReason":true,)"
               R"("required":2,"title":"Two"}],"inputs":{"f":{"file":{"name":"a.sh",)"
               R"("sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","size":12}}},)"
               R"("outputs":[{"name":"path","value":"inputs/f/a.sh"},{"name":"size","value":"{{ inputs.f.size }}"},)"
               R"({"file":"{{ steps.z.artifacts['sbom'] }}","name":"sbom"}],)"
               R"("pack":{"digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000",)"
               R"("name":"sample","version":"1.0.0"},"sandbox":{"mode":"open"},"schema":"stellaops.plan/v1","steps":[]})");
}

void TestPlanCanonical::writesExactBytes()
{
    QFETCH(engine::Pack, pack);
    QFETCH(QJsonObject, inputs);
    QFETCH(QByteArray, canonical);

    const auto plan =
        pack.manifest.inputs.isEmpty() ? packs::planned(pack, inputs) : engine::makePlan(pack, {inputs, {}});
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().toString()));
    QCOMPARE(plan->canonical(), canonical);

    const auto read = Plan::parse(canonical);
    QVERIFY2(read, read ? "" : qPrintable(read.error().toString()));
    QCOMPARE(*read, *plan);
    QCOMPARE(read->canonical(), canonical);
}

void TestPlanCanonical::hashesItsBytes()
{
    const Plan plan = packs::plan({packs::run(u"a"_s)});
    QCOMPARE(plan.hash(), u"sha256:"_s + engine::sha256Hex(plan.canonical()));
    QCOMPARE(plan.hash(), packs::plan({packs::run(u"a"_s)}).hash());
    // Known to people who keep a hash: it changes only with the format.
    QCOMPARE(plan.hash(), u"sha256:0a01a39931ae8028f44a589cf64c890adceaf42ea6d2e273dec8a5e1adc0e744"_s);
}

/// A pack with something of everything.
static engine::Pack broad()
{
    engine::StepSpec run = packs::run(u"a"_s, {{u"command"_s, QJsonArray{u"echo"_s, u"{{ inputs.rate }}"_s}}},
                                      {{u"SIZE"_s, u"{{ toString(inputs.size) }}"_s}});
    run.run.outputs = {{.name = u"x"_s}};
    run.run.artifacts = {u"*"_s};
    run.run.timeout = std::chrono::minutes(5);
    engine::Pack pack =
        packs::pack({run, packs::parallel(u"p"_s, {packs::run(u"b"_s), packs::run(u"c"_s)}, 2),
                     packs::map(u"m"_s, u"{{ inputs.hosts }}"_s,
                                packs::run(u"r"_s, {{u"x"_s, u"{{ upper(item) }}"_s}}), 3),
                     packs::approval(u"g"_s, u"sure?"_s), packs::policy(u"q"_s, {{u"closed"_s, false}})});
    pack.manifest.outputs = {{u"o"_s, u"{{ steps.a.outputs.x }}"_s, {}}};
    return pack;
}

static QJsonObject broadInputs()
{
    return {{u"rate"_s, 1234567.25},
            {u"size"_s, 1'000'000},
            {u"hosts"_s, QJsonArray{u"istanbul"_s, u"\u00e9t\u00e9"_s}}};
}

void TestPlanCanonical::doesNotKnowTheFolder()
{
    engine::Pack here = broad();
    engine::Pack there = broad();
    there.root = u"/somewhere/else"_s;
    there.files = {{u"pack.yaml"_s, false, 10, QString(64, u'b')}}; // Counts through the digest alone.
    QCOMPARE(packs::planned(there, broadInputs())->canonical(),
             packs::planned(here, broadInputs())->canonical());
    QVERIFY(!packs::planned(here, broadInputs())->canonical().contains("/packs/"));
}

void TestPlanCanonical::doesNotKnowTheLocale()
{
    const QByteArray expected = packs::planned(broad(), broadInputs())->canonical();
    const QLocale before;
    const QByteArray all = std::setlocale(LC_ALL, nullptr);
    for (const auto language : {QLocale::German, QLocale::Turkish, QLocale::Arabic}) {
        QLocale::setDefault(QLocale(language));
        std::setlocale(LC_ALL, language == QLocale::German ? "de_DE.UTF-8"
                                                           : "tr_TR.UTF-8"); // Absent on many machines.
        const QByteArray found = packs::planned(broad(), broadInputs())->canonical();
        std::setlocale(LC_ALL, all.constData());
        QLocale::setDefault(before);
        QCOMPARE(found, expected);
    }
}

void TestPlanCanonical::doesNotKnowWhereStepsStand()
{
    engine::Pack moved = broad();
    for (engine::StepSpec &step : moved.manifest.steps)
        step.where = {u"pack.yaml"_s, 12, 3, u"/spec/steps/0"_s};
    QCOMPARE(packs::planned(moved, broadInputs())->hash(), packs::planned(broad(), broadInputs())->hash());
}

using Change = std::function<void(engine::Pack &)>;
Q_DECLARE_METATYPE(Change)

void TestPlanCanonical::anyChangeChangesTheHash_data()
{
    QTest::addColumn<Change>("change");

    using engine::Manifest;
    using engine::Pack;
    const auto row = [](const char *name, const Change &change) { QTest::newRow(name) << change; };
    const auto stepRow = [&row](const char *name, qsizetype index,
                                const std::function<void(engine::StepSpec &)> &change) {
        row(name, [index, change](Pack &pack) { change(pack.manifest.steps[index]); });
    };
    using Step = engine::StepSpec;
    row("digest", [](Pack &p) { p.digest = u"sha256:"_s + QString(64, u'1'); });
    row("name", [](Pack &p) { p.manifest.name = u"other"_s; });
    row("version", [](Pack &p) { p.manifest.version = u"1.0.1"_s; });
    row("order of steps", [](Pack &p) { p.manifest.steps.swapItemsAt(0, 1); });
    row("one step less", [](Pack &p) { p.manifest.steps.removeLast(); });

    stepRow("id", 0, [](Step &s) { s.id = u"z"_s; });
    stepRow("name of a step", 0, [](Step &s) { s.name = u"A"_s; });
    stepRow("when", 0, [](Step &s) { s.when = u"{{ steps.z.outputs.ok }}"_s; });
    stepRow("when is false", 0, [](Step &s) { s.when = u"{{ false }}"_s; });
    stepRow("continueOnError", 0, [](Step &s) { s.continueOnError = true; });
    stepRow("uses", 0, [](Step &s) { s.run.uses = u"builtin:script"_s; });
    stepRow("with", 0, [](Step &s) { s.run.with.insert(u"stdin"_s, u""_s); });
    stepRow("env", 0, [](Step &s) { s.run.env.insert(u"SIZE"_s, u"1"_s); });
    stepRow("output name", 0, [](Step &s) { s.run.outputs[0].name = u"y"_s; });
    stepRow("output type", 0, [](Step &s) { s.run.outputs[0].type = u"json"_s; });
    stepRow("output path", 0, [](Step &s) { s.run.outputs[0].path = u"y"_s; });
    stepRow("artifacts", 0, [](Step &s) { s.run.artifacts = {u"*.txt"_s}; });
    stepRow("timeout", 0, [](Step &s) { s.run.timeout = std::chrono::minutes(6); });
    stepRow("no timeout", 0, [](Step &s) { s.run.timeout.reset(); });
    stepRow("grace", 0, [](Step &s) { s.run.grace += std::chrono::milliseconds(1); });
    stepRow("idempotent", 0, [](Step &s) { s.run.idempotent = true; });
    stepRow("child of a parallel", 1, [](Step &s) { s.children[1].run.uses = u"builtin:script"_s; });
    stepRow("order of children", 1, [](Step &s) { s.children.swapItemsAt(0, 1); });
    stepRow("maxParallel", 1, [](Step &s) { s.maxParallel = 1; });
    stepRow("failurePolicy", 1, [](Step &s) { s.failurePolicy = engine::FailurePolicy::Continue; });
    stepRow("kind", 1, [](Step &s) {
        s.kind = engine::StepKind::Map;
        s.items = QJsonArray{1};
        s.children.removeLast();
    });
    stepRow("items", 2, [](Step &s) { s.items = QJsonArray{u"istanbul"_s}; });
    stepRow("template", 2, [](Step &s) { s.children[0].run.with = {{u"x"_s, u"{{ item }}"_s}}; });
    stepRow("gate message", 3, [](Step &s) { s.message = u"really sure?"_s; });
    stepRow("gate input", 4, [](Step &s) { s.input = {{u"closed"_s, true}}; });
    stepRow("failAction", 4, [](Step &s) { s.failActionContinue = true; });
    stepRow("gate", 3, [](Step &s) {
        s.kind = engine::StepKind::Policy;
        s.gate = u"window"_s;
        s.message.clear();
    });

    const auto approvalRow = [&row](const char *name,
                                    const std::function<void(engine::ApprovalSpec &)> &change) {
        row(name, [change](Pack &pack) { change(pack.manifest.approvals[0]); });
    };
    using Approval = engine::ApprovalSpec;
    approvalRow("required", [](Approval &a) { a.required = 2; });
    approvalRow("approvers", [](Approval &a) { a.approvers = {u"user:anna"_s}; });
    approvalRow("allowSelfApproval", [](Approval &a) { a.allowSelfApproval = true; });
    approvalRow("expiresAfter", [](Approval &a) { a.expiresAfter += std::chrono::milliseconds(1); });
    approvalRow("requireReason", [](Approval &a) { a.requireReason = true; });
    approvalRow("title", [](Approval &a) { a.title = u"T"_s; });
    approvalRow("reasonTemplate", [](Approval &a) { a.reasonTemplate = u"R"_s; });
    row("one approval more", [](Pack &p) { p.manifest.approvals += {.id = u"other"_s}; });
    row("rule id", [](Pack &p) { p.manifest.policies[0].rules[0].id = u"other"_s; });
    row("rule", [](Pack &p) { p.manifest.policies[0].rules[0].deny = u"{{ false }}"_s; });
    row("rule message", [](Pack &p) { p.manifest.policies[0].rules[0].message = u"no"_s; });
    row("one rule less", [](Pack &p) { p.manifest.policies[0].rules.clear(); });
    row("output of the run", [](Pack &p) { p.manifest.outputs[0].name = u"p"_s; });
    row("value of an output", [](Pack &p) { p.manifest.outputs[0].value = u"1"_s; });
    row("output as a file",
        [](Pack &p) { std::swap(p.manifest.outputs[0].value, p.manifest.outputs[0].file); });
}

void TestPlanCanonical::anyChangeChangesTheHash()
{
    QFETCH(Change, change);

    engine::Pack pack = broad();
    change(pack);
    const auto plan = packs::planned(pack, broadInputs());
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().toString()));
    const auto before = packs::planned(broad(), broadInputs());
    QVERIFY(plan->hash() != before->hash());
    QVERIFY(*plan != *before);
    const auto read = Plan::parse(plan->canonical());
    QVERIFY2(read, read ? "" : qPrintable(read.error().toString()));
    QCOMPARE(*read, *plan);
}

void TestPlanCanonical::inputsChangeTheHash_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QJsonValue>("value");

    QTest::newRow("number") << u"rate"_s << QJsonValue(1234567.5);
    QTest::newRow("integer") << u"size"_s << QJsonValue(1'000'001);
    QTest::newRow("item") << u"hosts"_s << QJsonValue(QJsonArray{u"istanbul"_s, u"ete"_s});
    QTest::newRow("order of items") << u"hosts"_s
                                    << QJsonValue(QJsonArray{u"\u00e9t\u00e9"_s, u"istanbul"_s});
    QTest::newRow("another spelling of a letter")
        << u"hosts"_s << QJsonValue(QJsonArray{u"istanbul"_s, u"e\u0301te\u0301"_s});
    QTest::newRow("one that no step uses") << u"extra"_s << QJsonValue(1);
}

void TestPlanCanonical::inputsChangeTheHash()
{
    QFETCH(QString, name);
    QFETCH(QJsonValue, value);

    QJsonObject inputs = broadInputs();
    inputs.insert(name, value);
    QVERIFY(packs::planned(broad(), inputs)->hash() != packs::planned(broad(), broadInputs())->hash());
}

QTEST_GUILESS_MAIN(TestPlanCanonical)
#include "tst_plan_canonical.moc"
