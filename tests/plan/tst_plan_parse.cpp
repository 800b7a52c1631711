#include "engine/base/json.h"
#include "tests/plan/packs.h"

#include <QTest>

using namespace Qt::StringLiterals;
using engine::Plan;

/// Plan::parse() reads exactly what canonical() writes.
class TestPlanParse : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void readsItBack();
    void rejectsTexts_data();
    void rejectsTexts();
    void rejectsChanges_data();
    void rejectsChanges();
    void noByteCanChangeUnseen();
    void everyMemberCounts();

private:
    QByteArray m_canonical;
};

void TestPlanParse::initTestCase()
{
    engine::StepSpec run =
        packs::run(u"a"_s, {{u"command"_s, QJsonArray{u"echo"_s, u"{{ run.id }}"_s}}}, {{u"X"_s, u"1"_s}});
    run.name = u"A"_s;
    run.continueOnError = true;
    run.run.outputs = {{.name = u"x"_s, .path = u"x"_s}, {.name = u"y"_s}};
    run.run.artifacts = {u"*"_s};
    run.run.timeout = std::chrono::minutes(5);
    run.run.idempotent = true;
    engine::Pack pack = packs::pack(
        {packs::when(run, u"{{ run.id == 'x' }}"_s),
         packs::parallel(u"p"_s, {packs::run(u"b"_s), packs::run(u"c"_s)}, 2),
         packs::map(u"m"_s, QJsonArray{1, u"z"_s}, packs::run(u"r"_s)),
         packs::map(u"n"_s, u"{{ steps.a.outputs.y }}"_s, packs::run(u"r"_s)),
         packs::approval(u"g"_s, u"sure {{ run.id }}?"_s), packs::policy(u"q"_s, {{u"closed"_s, false}}),
         packs::when(packs::parallel(u"s"_s, {packs::run(u"t"_s)}), u"{{ false }}"_s)});
    pack.manifest.approvals[0].approvers = {u"role:x"_s};
    pack.manifest.approvals[0].title = u"T"_s;
    pack.manifest.approvals[0].reasonTemplate = u"R {{ run.id }}"_s;
    pack.manifest.outputs = {{u"o"_s, u"{{ steps.a.outputs.x }}"_s, {}},
                             {u"f"_s, {}, u"{{ steps.a.artifacts.f }}"_s}};
    const auto plan = packs::planned(pack, {{u"i"_s, QJsonObject{{u"n"_s, 1}}}});
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().toString()));
    m_canonical = plan->canonical();
}

void TestPlanParse::readsItBack()
{
    const auto plan = Plan::parse(m_canonical);
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().toString()));
    QCOMPARE(plan->canonical(), m_canonical);
    QCOMPARE(plan->steps().size(), 7);
    QCOMPARE(plan->steps()[0].run.timeout, std::chrono::minutes(5));
    QCOMPARE(plan->steps()[2].children.size(), 2);
    QVERIFY(plan->steps()[6].children[0].skip);
}

void TestPlanParse::rejectsTexts_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("error");

    const QByteArray small = packs::plan({packs::run(u"a"_s)}).canonical();
    const QString notCanonical = u"the text is not the canonical form of its plan"_s;
    QVERIFY(Plan::parse(small));
    QTest::newRow("nothing") << QByteArray() << u"1:1: expected a value, found the end of the text"_s;
    QTest::newRow("no object") << "[]"_ba << u"1:1: expected a JSON object"_s;
    QTest::newRow("empty object") << "{}"_ba << u"\"schema\" is missing"_s;
    QTest::newRow("another schema") << R"({"schema":"stellaops.plan/v2"})"_ba
                                    << u"/schema: \"stellaops.plan/v2\" is not one of stellaops.plan/v1"_s;
    QTest::newRow("cut") << small.chopped(1)
                         << u"1:%1: expected \",\" or \"}\", found the end of the text"_s.arg(small.size());
    QTest::newRow("name twice") << QByteArray(small).replace(R"("inputs":{})", R"("inputs":{},"inputs":{})")
                                << u"1:%1: name \"inputs\" stands twice in one object"_s.arg(
                                       small.indexOf(R"("inputs")") + 13);
    QTest::newRow("a space") << QByteArray(small).replace(R"("inputs":{})", R"("inputs": {})")
                             << notCanonical;
    QTest::newRow("a line feed at the end") << QByteArray(small + '\n') << notCanonical;
    QTest::newRow("an escape") << QByteArray(small).replace("sample", R"(s\u0061mple)") << notCanonical;
    QTest::newRow("a number with a fraction of nothing")
        << QByteArray(small).replace(R"("required":1)", R"("required":1.0)") << notCanonical;
    QTest::newRow("a longer duration") << QByteArray(small).replace("PT10S", "PT0M10S") << notCanonical;
    QTest::newRow("members in another order")
        << QByteArray(small).replace(R"("id":"a","kind":"run")", R"("kind":"run","id":"a")") << notCanonical;
    QTest::newRow("an optional member that is empty")
        << QByteArray(small).replace(R"("kind":"run",)", R"("kind":"run","skip":false,)") << notCanonical;
    QTest::newRow("an empty list") << QByteArray(small).replace(R"("grace")", R"("artifacts":[],"grace")")
                                   << notCanonical;
}

void TestPlanParse::rejectsTexts()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, error);

    const auto plan = Plan::parse(text);
    QVERIFY(!plan);
    QCOMPARE(plan.error().toString(), error);
}

/// Something in the plan of initTestCase() that is replaced, and what parse() then says.
void TestPlanParse::rejectsChanges_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::addColumn<QString>("error");

    const auto row = [](const char *name, const QByteArray &before, const QByteArray &after,
                        const QString &error) { QTest::newRow(name) << before << after << error; };
    row("no pack", R"("pack":)", R"("pakc":)", u"\"pack\" is missing"_s);
    row("pack is no object", R"("pack":{)", R"("pack":1,"x":{)",
        u"/pack: expected an object, found the integer 1"_s);
    row("pack without a name", R"("name":"sample",)", "", u"/pack: \"name\" is missing"_s);
    row("pack with an empty name", R"("name":"sample")", R"("name":"")",
        u"/pack/name: expected a string that is not empty"_s);
    row("more of a pack", R"("name":"sample")", R"("author":"x","name":"sample")",
        u"/pack: unknown member \"author\""_s);
    row("unknown member", R"("sandbox":)", R"("secret":["a"],"sandbox":)",
        u"unknown member \"secret\"; did you mean \"secrets\"?"_s);
    row("secret twice", R"("sandbox":)", R"("secrets":["a","a"],"sandbox":)",
        u"/secrets: a name stands twice"_s);
    row("rule of no secret", R"("sandbox":)",
        R"("secretRules":{"b":{"optional":true}},"secrets":["a"],"sandbox":)",
        u"/secretRules: unknown member \"b\""_s);
    row("gate in finally", R"("inputs":)",
        R"("finally":[{"approval":"review","id":"z","kind":"gate.approval"}],"inputs":)",
        u"/finally/0/kind: \"gate.approval\" is not one of run"_s);
    row("another sandbox", R"("mode":"open")", R"("mode":"closed")",
        u"/sandbox/mode: \"closed\" is not one of open, sealed"_s);
    row("egress in another form", R"("mode":"open")",
        R"("egress":[{"host":"A.example","port":1}],"mode":"open")",
        u"/sandbox/egress/0/host: \"A.example\" is not a host as a plan writes it"_s);
    row("egress to no port", R"("mode":"open")",
        R"("egress":[{"host":"a.example","port":65536}],"mode":"open")",
        u"/sandbox/egress/0/port: expected an integer from 1 to 65535, found the integer 65536"_s);
    row("violations", R"("mode":"open")", R"("mode":"open","onViolation":"fail")",
        u"/sandbox/onViolation: \"fail\" is not one of record"_s);
    row("no inputs", R"("inputs":{"i":{"n":1}},)", "", u"\"inputs\" is missing"_s);
    row("fraction in an input", R"("n":1)", R"("n":1.5)", u"/inputs/i: a number that a plan holds as text"_s);
    row("large number in an input", R"("n":1)", R"("n":9007199254740992)",
        u"/inputs/i: a number that a plan holds as text"_s);

    row("approval without an id", R"("id":"review",)", "", u"/approvals/0: \"id\" is missing"_s);
    row("quorum of none", R"("required":1)", R"("required":0)",
        u"/approvals/0/required: expected an integer from 1 to 2147483647, found the integer 0"_s);
    row("quorum of a fraction", R"("required":1)", R"("required":1.5)",
        u"/approvals/0/required: expected an integer from 1 to 2147483647, found the number 1.5"_s);
    row("quorum that is too large", R"("required":1)", R"("required":2147483648)",
        u"/approvals/0/required: expected an integer from 1 to 2147483647, found the integer 2147483648"_s);
    row("quorum as text", R"("required":1)", R"("required":"1")",
        u"/approvals/0/required: expected an integer, found the string \"1\""_s);
    row("self approval is null", R"("allowSelfApproval":false)", R"("allowSelfApproval":null)",
        u"/approvals/0/allowSelfApproval: expected a boolean, found null"_s);
    row("self approval is absent", R"("allowSelfApproval":false,)", "",
        u"/approvals/0: \"allowSelfApproval\" is missing"_s);
    row("never expires", R"("expiresAfter":"P1D")", R"("expiresAfter":"for ever")",
        u"/approvals/0/expiresAfter: \"for ever\" is not a duration; expected ISO 8601 such as PT30S, PT4H or P1D"_s);
    row("approver is no text", R"(["role:x"])", R"([1])",
        u"/approvals/0/approvers/0: expected a string, found the integer 1"_s);
    row("misspelled member", R"("requireReason")", R"("requireReasons")",
        u"/approvals/0: \"requireReason\" is missing"_s);
    row("misspelled optional member", R"("title")", R"("tittle")",
        u"/approvals/0: unknown member \"tittle\"; did you mean \"title\"?"_s);
    row("reason that does not parse", R"(R {{ run.id }})", R"(R {{ run. }})",
        u"/approvals/0/reasonTemplate: expected a name after \".\", found \"}}\""_s);
    row("approval twice", R"("approvals":[)",
        R"("approvals":[{"allowSelfApproval":false,"expiresAfter":"P1D","id":"review","requireReason":false,"required":1},)",
        u"/approvals/1: \"review\" is defined twice"_s);
    row("another engine", R"("engine":"rules")", R"("engine":"opa")", u"/policies/0: \"path\" is missing"_s);
    row("rule that does not parse", R"({{ input.closed }})", R"({{ input.closed )",
        u"/policies/0/rules/0/deny: \"{{\" without its \"}}\"; write {{ '{{' }} for the text itself"_s);

    row("steps are absent", R"("steps":[{"artifacts")", R"("stops":[{"artifacts")",
        u"\"steps\" is missing"_s);
    row("a step is no object", R"("steps":[{"artifacts")", R"("steps":[1,{"artifacts")",
        u"/steps/0: expected an object, found the integer 1"_s);
    row("id of capitals", R"("id":"g")", R"("id":"G")",
        u"/steps/4/id: \"G\" is not an id; expected a to z, 0 to 9 and \"-\" inside"_s);
    row("id that leaves", R"("id":"g")", R"("id":"../g")",
        u"/steps/4/id: \"../g\" is not an id; expected a to z, 0 to 9 and \"-\" inside"_s);
    row("id of another", R"("id":"g")", R"("id":"q")", u"/steps/5: \"q\" is defined twice"_s);
    row("id of a sibling", R"("id":"c")", R"("id":"b")", u"/steps/1/steps/1: \"b\" is defined twice"_s);
    row("unknown kind", R"("kind":"gate.policy")", R"("kind":"gate.opa")",
        u"/steps/5/kind: \"gate.opa\" is not one of run, parallel, map, gate.approval, gate.policy"_s);
    row("member of another kind", R"("approval":"review","id":"g")",
        R"("approval":"review","uses":"x","id":"g")", u"/steps/4: unknown member \"uses\""_s);
    row("when does not parse", R"({{ run.id == 'x' }})", R"({{ run.id == }})",
        u"/steps/0/when: expected a value, found \"}}\""_s);
    row("skip is text", R"("skip":true,"steps")", R"("skip":"yes","steps")",
        u"/steps/6/skip: expected a boolean, found the string \"yes\""_s);
    row("skip and when", R"("skip":true,"steps")", R"("skip":true,"when":"{{ run.id }}","steps")",
        u"/steps/6/when: a step that is skipped has nothing left to decide"_s);
    row("runs inside what is skipped", R"("id":"t","kind":"run","skip":true)", R"("id":"t","kind":"run")",
        u"/steps/6/skip: a step inside one that is skipped is skipped too"_s);
    row("no module", R"("uses":"builtin:exec","when")", R"("when")", u"/steps/0: \"uses\" is missing"_s);
    row("with is a list", R"("with":{"command":["echo","{{ run.id }}"]})", R"("with":["echo"])",
        u"/steps/0/with: expected an object, found an array of 1 item"_s);
    row("with does not parse", R"(["echo","{{ run.id }}"])", R"(["echo","{{ run.id"])",
        u"/steps/0/with/command/1: \"{{\" without its \"}}\"; write {{ '{{' }} for the text itself"_s);
    row("fraction in with", R"(["echo","{{ run.id }}"])", R"(["echo",0.5])",
        u"/steps/0/with/command/1: the number 0.5 stands in a plan as text"_s);
    row("variable is no text", R"("X":"1")", R"("X":1)",
        u"/steps/0/env/X: expected a string, found the integer 1"_s);
    row("output twice", R"({"name":"y",)", R"({"name":"x",)",
        u"/steps/0/outputs/1: \"x\" is defined twice"_s);
    row("attempts without an end", R"("timeout":"PT5M")",
        R"("retries":{"backoff":"PT1S","factor":2,"maxAttempts":1001},"timeout":"PT5M")",
        u"/steps/0/retries/maxAttempts: expected an integer from 1 to 1000, found the integer 1001"_s);
    row("factor as a fraction", R"("timeout":"PT5M")",
        R"("retries":{"backoff":"PT1S","factor":1.5,"maxAttempts":2},"timeout":"PT5M")",
        u"/steps/0/retries/factor: expected a number from 1 to 100 as a plan writes it, found the number 1.5"_s);
    row("module of another name", R"("uses":"builtin:exec")",
        R"("command":["x"],"module":{"digest":"d","name":"y"},"uses":"./modules/x")",
        u"/steps/0/uses: \"./modules/x\" is not the module \"y\""_s);
    row("grace is absent", R"("grace":"PT10S","id":"a",)", R"("id":"a",)",
        u"/steps/0: \"grace\" is missing"_s);
    row("timeout is a number", R"("timeout":"PT5M")", R"("timeout":300)",
        u"/steps/0/timeout: expected a string, found the integer 300"_s);
    row("no width", R"("maxParallel":2)", R"("maxParallel":0)",
        u"/steps/1/maxParallel: expected an integer from 1 to 2147483647, found the integer 0"_s);
    row("unknown failure policy", R"("failurePolicy":"stop-scheduling","id":"p")",
        R"("failurePolicy":"stop","id":"p")",
        u"/steps/1/failurePolicy: \"stop\" is not one of stop-scheduling, cancel-running, continue"_s);
    row("items are text in an expanded map", R"("items":[1,"z"])", R"("items":"{{ run.id }}")",
        u"/steps/2/items: expected an array, found the string \"{{ run.id }}\""_s);
    row("items are a number", R"("items":"{{ steps.a.outputs.y }}")", R"("items":2)",
        u"/steps/3/items: expected an array or a string, found the integer 2"_s);
    row("items are absent", R"("items":"{{ steps.a.outputs.y }}",)", "", u"/steps/3: \"items\" is missing"_s);
    row("items do not parse", R"({{ steps.a.outputs.y }})", R"({{ steps.a.outputs. }})",
        u"/steps/3/items: expected a name after \".\", found \"}}\""_s);
    row("fraction in items", R"("items":[1,"z"])", R"("items":[1.5,"z"])",
        u"/steps/2/items: a number that a plan holds as text"_s);
    row("an item more", R"("items":[1,"z"])", R"("items":[1,"y","z"])",
        u"/steps/2/steps: expected 3 steps, one for each item, found 2"_s);
    row("no template", R"("step":{)", R"("steps":[],"x":{)",
        u"/steps/3/items: expected an array, found the string \"{{ steps.a.outputs.y }}\""_s);
    row("template and steps", R"("step":{)", R"("steps":[],"step":{)",
        u"/steps/3: unknown member \"steps\"; did you mean \"step\"?"_s);
    row("unknown approval", R"("approval":"review","id":"g")", R"("approval":"other","id":"g")",
        u"/steps/4/approval: there is no approval \"other\""_s);
    row("unknown policy", R"("policy":"window")", R"("policy":"other")",
        u"/steps/5/policy: there is no policy \"other\""_s);
    row("unknown failAction", R"("failAction":"halt")", R"("failAction":"ignore")",
        u"/steps/5/failAction: \"ignore\" is not one of halt, continue"_s);
    row("no failAction", R"("failAction":"halt",)", "", u"/steps/5: \"failAction\" is missing"_s);
    row("output of nothing", R"(,"value":"{{ steps.a.outputs.x }}")", "",
        u"/outputs/0: expected exactly one of value and file"_s);
}

void TestPlanParse::rejectsChanges()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    QFETCH(QString, error);

    const qsizetype at = m_canonical.indexOf(before);
    QVERIFY2(at >= 0, m_canonical.constData());
    QByteArray changed = m_canonical;
    changed.replace(at, before.size(), after);
    const auto plan = Plan::parse(changed);
    QVERIFY(!plan);
    QCOMPARE(plan.error().toString(), error);
}

/// Whatever a changed byte makes of a plan, it is refused or has another hash.
void TestPlanParse::noByteCanChangeUnseen()
{
    const QString hash = Plan::parse(m_canonical)->hash();
    int accepted = 0;
    for (qsizetype i = 0; i < m_canonical.size(); ++i) {
        QByteArray changed = m_canonical;
        changed[i] = char(changed[i] ^ 1);
        const auto plan = Plan::parse(changed);
        if (!plan)
            continue;
        ++accepted;
        QCOMPARE(plan->canonical(), changed);
        QVERIFY(plan->hash() != hash);
    }
    QVERIFY(accepted > 0); // Names and texts can be others.
}

static void withoutEach(const QJsonValue &value, const std::function<void(const QJsonValue &)> &visit)
{
    if (value.isObject()) {
        const QJsonObject object = value.toObject();
        for (auto member = object.begin(); member != object.end(); ++member) {
            QJsonObject less = object;
            less.remove(member.key());
            visit(less);
            withoutEach(member.value(), [&](const QJsonValue &inner) {
                QJsonObject other = object;
                other.insert(member.key(), inner);
                visit(other);
            });
        }
    } else if (value.isArray()) {
        const QJsonArray array = value.toArray();
        for (qsizetype i = 0; i < array.size(); ++i) {
            withoutEach(array.at(i), [&](const QJsonValue &inner) {
                QJsonArray other = array;
                other[i] = inner;
                visit(other);
            });
        }
    }
}

/// A plan without one member anywhere is refused, or is another plan.
void TestPlanParse::everyMemberCounts()
{
    const auto json = engine::parseJson(m_canonical);
    int count = 0;
    withoutEach(*json, [&](const QJsonValue &less) {
        ++count;
        const QByteArray text = engine::canonicalJsonOf(less);
        QVERIFY(text != m_canonical);
        if (const auto plan = Plan::parse(text))
            QCOMPARE(plan->canonical(), text);
    });
    QVERIFY(count > 60);
}

QTEST_GUILESS_MAIN(TestPlanParse)
#include "tst_plan_parse.moc"
