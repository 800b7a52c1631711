#include "engine/base/json.h"
#include "engine/plan/view/plan_difference.h"
#include "tests/plan/packs.h"

#include <QFile>
#include <QRandomGenerator>
#include <QTest>

#include <ctime>

using namespace Qt::StringLiterals;
using engine::differenceOf;
using engine::Pack;
using engine::Plan;
using engine::PlanDifference;
using engine::StepSpec;

class TestPlanDifference : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void findsNothingInTheSame();
    void saysWhatChanged_data();
    void saysWhatChanged();
    void saysWhatChangedInItems_data();
    void saysWhatChangedInItems();
    void listsChanges();
    void boundsWhatIsListed();
    void isPrintable();
    void missesNoEdit_data();
    void missesNoEdit();
    void seesWhatJsonCallsTheSame();
    void takesLinearTime();
};

namespace {

Plan planOf(const Pack &pack, const QJsonObject &inputs = {})
{
    const auto plan = packs::planned(pack, inputs);
    if (!plan)
        qFatal("%s", qPrintable(plan.error().toString()));
    return *plan;
}

/// The text below the heading.
QString wordsOf(const Plan &before, const Plan &after)
{
    return differenceOf(before, after).toText().section(u"\n\n"_s, 1);
}

QJsonArray numbers(int count)
{
    QJsonArray array;
    for (int i = 0; i < count; ++i)
        array.append(i);
    return array;
}

StepSpec timed(StepSpec step, std::chrono::milliseconds timeout)
{
    step.run.timeout = timeout;
    return step;
}

StepSpec script(const QString &id, const QString &text)
{
    return packs::run(id, {{u"script"_s, text}});
}

StepSpec module(const QString &id, const QString &digest)
{
    StepSpec step = packs::run(id);
    step.run.uses = u"./modules/x"_s;
    step.run.module = {u"x"_s, digest, {u"./x"_s}};
    return step;
}

} // namespace

void TestPlanDifference::findsNothingInTheSame()
{
    const Plan plan = packs::plan({packs::run(u"a"_s)}, {{u"x"_s, 1}});
    const PlanDifference difference = differenceOf(plan, plan);
    QVERIFY(difference.isSame());
    QVERIFY(difference.changes.isEmpty());
    QCOMPARE(difference.hashBefore, plan.hash());
    QCOMPARE(difference.toText(), u"The plans are the same: planHash %1\n"_s.arg(plan.hash()));
    const Plan other = packs::plan({packs::run(u"b"_s)});
    QCOMPARE(differenceOf(plan, other).toText().section(u"\n\n"_s, 0, 0),
             u"The plans differ\nplanHash %1\nbefore   %2"_s.arg(other.hash(), plan.hash()));
}

void TestPlanDifference::saysWhatChanged_data()
{
    QTest::addColumn<Plan>("before");
    QTest::addColumn<Plan>("after");
    QTest::addColumn<QString>("words");

    const auto steps = [](const char *name, const QList<StepSpec> &before, const QList<StepSpec> &after,
                          const QString &words) {
        QTest::newRow(name) << packs::plan(before) << packs::plan(after) << words;
    };
    const StepSpec a = packs::run(u"a"_s);
    const StepSpec b = packs::run(u"b"_s);
    const StepSpec c = packs::run(u"c"_s);
    steps("added", {a, c}, {a, b, c}, u"step \"b\" was added after \"a\"\n"_s);
    steps("added first", {b}, {a, b}, u"step \"a\" was added\n"_s);
    steps("added container", {a}, {a, packs::parallel(u"p"_s, {b, c})},
          u"step \"p\" was added after \"a\", with 2 steps in it\n"_s);
    steps("removed", {a, b}, {a}, u"step \"b\" was removed\n"_s);
    steps("moved", {a, b, c}, {b, c, a}, u"step \"a\" was moved after \"c\"\n"_s);
    steps("moved to the front", {a, b, c}, {c, a, b}, u"step \"c\" was moved to the front\n"_s);
    steps("inside a parallel", {packs::parallel(u"p"_s, {a})}, {packs::parallel(u"p"_s, {a, b})},
          u"step \"p/b\" was added after \"p/a\"\n"_s);
    using std::chrono::minutes;
    steps("timeout", {timed(a, minutes(5))}, {timed(a, minutes(10))},
          u"step \"a\": timeout changed from PT5M to PT10M\n"_s);
    steps("a field that comes", {a}, {timed(a, minutes(10))}, u"step \"a\": timeout is now PT10M\n"_s);
    steps("a field that goes", {timed(a, minutes(5))}, {a},
          u"step \"a\": timeout is gone, before it was PT5M\n"_s);
    StepSpec retried = a;
    retried.run.retries = engine::RetrySpec{.maxAttempts = 3};
    StepSpec more = retried;
    more.run.retries->maxAttempts = 5;
    steps("retries", {retried}, {more}, u"step \"a\": retries/maxAttempts changed from 3 to 5\n"_s);
    steps("skipped", {a}, {packs::when(a, u"{{ false }}"_s)}, u"step \"a\" is now skipped\n"_s);
    steps("no longer skipped", {packs::when(a, u"{{ false }}"_s)}, {a},
          u"step \"a\" is no longer skipped\n"_s);
    steps("text in quotes", {packs::run(u"a"_s, {{u"x"_s, true}})},
          {packs::run(u"a"_s, {{u"x"_s, u"true"_s}})},
          u"step \"a\": with/x changed from true to \"true\"\n"_s);
    steps("kind", {packs::run(u"a"_s)}, {packs::approval(u"a"_s)},
          u"step \"a\": approval is now review\nstep \"a\": grace is gone, before it was PT10S\n"
          "step \"a\": kind changed from run to gate.approval\n"
          "step \"a\": uses is gone, before it was builtin:exec\n"_s);
    steps("script", {script(u"a"_s, u"set -e\nmake\ntest\ninstall\n"_s)},
          {script(u"a"_s, u"set -e\nmake all\ntest\ninstall\n"_s)},
          u"step \"a\": with/script changed:\n      set -e\n    - make\n    + make all\n      test\n"_s);
    const QString same(100, u'x');
    steps("long line", {script(u"a"_s, same + u"1"_s)}, {script(u"a"_s, same + u"2"_s)},
          u"step \"a\": with/script changed:\n    - %1\n    + %2\n"_s.arg(same + u'1', same + u'2'));
    const QString longer(1000, u'x');
    const QString shown = u'…' + QString(30, u'x');
    steps("very long line", {script(u"a"_s, longer + u"1"_s)}, {script(u"a"_s, longer + u"2"_s)},
          u"step \"a\": with/script changed:\n    - %1\n    + %2\n"_s.arg(shown + u'1', shown + u'2'));
    steps("template", {packs::map(u"m"_s, u"{{ steps.a.outputs.x }}"_s, b)},
          {packs::map(u"m"_s, u"{{ steps.a.outputs.x }}"_s, timed(b, minutes(1)))},
          u"step \"m[*]::b\": timeout is now PT1M\n"_s);
    steps("another template", {packs::map(u"m"_s, u"{{ steps.a.outputs.x }}"_s, b)},
          {packs::map(u"m"_s, u"{{ steps.a.outputs.x }}"_s, c)},
          u"step \"m[*]::b\" was removed\nstep \"m[*]::c\" was added\n"_s);
    steps("module", {module(u"a"_s, u"sha256:1"_s), module(u"b"_s, u"sha256:1"_s)},
          {module(u"a"_s, u"sha256:2"_s), module(u"b"_s, u"sha256:2"_s)},
          u"the module \"./modules/x\" has other files: digest sha256:2, before sha256:1\n"_s);

    const auto inputs = [a](const char *name, const QJsonObject &before, const QJsonObject &after,
                            const QString &words) {
        QTest::newRow(name) << packs::plan({a}, before) << packs::plan({a}, after) << words;
    };
    inputs("input", {{u"target"_s, u"a"_s}}, {{u"target"_s, u"b"_s}},
           u"input \"target\" changed from \"a\" to \"b\"\n"_s);
    inputs("input added", {}, {{u"n"_s, 1}}, u"input \"n\" was added with 1\n"_s);
    inputs("input removed", {{u"n"_s, 1}}, {}, u"input \"n\" was removed\n"_s);
    inputs("input in an object", {{u"o"_s, QJsonObject{{u"a/b"_s, 1}}}},
           {{u"o"_s, QJsonObject{{u"a/b"_s, 2}}}}, u"input \"o\": a~1b changed from 1 to 2\n"_s);
    inputs("long list", {{u"l"_s, numbers(50)}}, {{u"l"_s, numbers(51)}},
           u"input \"l\" changed:\n      49\n    + 50\n"_s);

    const auto packed = [a](const char *name, const auto &edit, const QString &words) {
        Pack pack = packs::pack({a});
        const Plan before = planOf(pack);
        edit(pack);
        QTest::newRow(name) << before << planOf(pack) << words;
    };
    packed(
        "quorum", [](Pack &pack) { pack.manifest.approvals[0].required = 3; },
        u"approval \"review\" now needs 3 people, before 1\n"_s);
    packed(
        "approvers", [](Pack &pack) { pack.manifest.approvals[0].approvers = {u"user:anna"_s}; },
        u"approval \"review\": approvers is now [\"user:anna\"]\n"_s);
    packed(
        "rule", [](Pack &pack) { pack.manifest.policies[0].rules[0].deny = u"{{ true }}"_s; },
        u"policy \"window\": rules/closed/deny changed from \"{{ input.closed }}\" to \"{{ true }}\"\n"_s);
    packed(
        "only files", [](Pack &pack) { pack.digest = u"sha256:1"_s; },
        u"the pack's files changed, but no step did: digest sha256:1, before sha256:%1\n"_s.arg(
            QString(64, u'0')));
    packed(
        "files and version",
        [](Pack &pack) {
            pack.digest = u"sha256:1"_s;
            pack.manifest.version = u"1.1.0"_s;
        },
        u"the pack has other files: digest sha256:1, before sha256:%1\n"
        "the pack's version changed from \"1.0.0\" to \"1.1.0\"\n"_s.arg(QString(64, u'0')));
    packed(
        "secret",
        [](Pack &pack) {
            pack.manifest.secrets = {{.name = u"token"_s}, {.name = u"pin"_s, .required = false}};
        },
        u"secret \"token\" was added\nsecret \"pin\" was added\nsecret \"pin\": optional is now true\n"_s);
    packed(
        "sandbox",
        [](Pack &pack) {
            pack.manifest.sandbox.mode = engine::SandboxMode::Sealed;
            pack.manifest.sandbox.egress = {{u"example.org"_s, 443}};
        },
        u"the sandbox: egress is now [{\"host\":\"example.org\",\"port\":443}]\n"
        "the sandbox: mode changed from open to sealed\n"_s);
    packed(
        "finally", [](Pack &pack) { pack.manifest.finally = {packs::run(u"clean"_s)}; },
        u"finally step \"clean\" was added\n"_s);
    packed(
        "output",
        [](Pack &pack) {
            pack.manifest.outputs = {{u"report"_s, u"x"_s, {}}};
        },
        u"output \"report\" was added\n"_s);
}

void TestPlanDifference::saysWhatChanged()
{
    QFETCH(Plan, before);
    QFETCH(Plan, after);
    QFETCH(QString, words);

    QCOMPARE(wordsOf(before, after), words);
    QVERIFY(!differenceOf(before, after).isSame());
}

void TestPlanDifference::saysWhatChangedInItems_data()
{
    QTest::addColumn<QJsonArray>("before");
    QTest::addColumn<QJsonArray>("after");
    QTest::addColumn<int>("timeout");
    QTest::addColumn<QString>("words");

    const auto inputs = u"input \"l\" changed from %1 to %2\n"_s;
    const auto row = [&](const char *name, const QByteArray &before, const QByteArray &after, int timeout,
                         const QString &words) {
        const QString change =
            before == after ? QString() : inputs.arg(QString::fromUtf8(before), QString::fromUtf8(after));
        QTest::newRow(name) << engine::parseJson(before)->toArray() << engine::parseJson(after)->toArray()
                            << timeout << change + words;
    };
    row("one came, one went", R"(["a","b"])", R"(["b","c"])", 1,
        u"items of map \"m\": 1 added, 1 removed\n    - \"a\"\n    + \"c\"\n"_s);
    row("another order", R"(["a","b","c"])", R"(["b","c","a"])", 1,
        u"items of map \"m\": 1 moved\n    moved \"a\"\n"_s);
    row("the same twice", R"(["a","a","b"])", R"(["a","b"])", 1,
        u"items of map \"m\": 1 removed\n    - \"a\"\n"_s);
    row("a member of an item", R"([{"p":1},{"p":2}])", R"([{"p":1},{"p":3}])", 1,
        u"items of map \"m\": 1 changed\nitem 1 of map \"m\": p changed from 2 to 3\n"
        "step \"m[1]::r\": with/x/p changed from 2 to 3\n"_s);
    row("alike in all", R"(["a","b","c"])", R"(["a","b","c"])", 2,
        u"items of map \"m\": 3 changed\nstep \"m[0]::r\": timeout changed from PT1M to PT2M\n"
        "    alike in 2 more places\n"_s);
    row("otherwise in each", R"(["a","b"])", R"(["c","d"])", 1,
        u"items of map \"m\": 2 changed\nitem 0 of map \"m\" changed from \"a\" to \"c\"\n"
        "    the same field, otherwise, in 1 more place\n"
        "step \"m[0]::r\": with/x changed from \"a\" to \"c\"\n"
        "    the same field, otherwise, in 1 more place\n"_s);
}

void TestPlanDifference::saysWhatChangedInItems()
{
    QFETCH(QJsonArray, before);
    QFETCH(QJsonArray, after);
    QFETCH(int, timeout);
    QFETCH(QString, words);

    const auto planned = [](const QJsonArray &items, int minutes) {
        const StepSpec child =
            timed(packs::run(u"r"_s, {{u"x"_s, u"{{ item }}"_s}}), std::chrono::minutes(minutes));
        return packs::plan({packs::map(u"m"_s, u"{{ inputs.l }}"_s, child)}, {{u"l"_s, items}});
    };
    QCOMPARE(wordsOf(planned(before, 1), planned(after, timeout)), words);
}

void TestPlanDifference::listsChanges()
{
    const auto planned = [](const QJsonArray &items) {
        return packs::plan({packs::run(u"a"_s), packs::map(u"m"_s, items, packs::run(u"r"_s))});
    };
    const Plan before = planned({u"x"_s});
    const Plan after = planned({u"x"_s, u"y"_s});
    const QJsonObject step{
        {u"id"_s, u"r"_s}, {u"kind"_s, u"run"_s}, {u"uses"_s, u"builtin:exec"_s}, {u"grace"_s, u"PT10S"_s}};
    const QJsonObject common{{u"kind"_s, u"added"_s}, {u"subject"_s, u"step"_s}, {u"map"_s, u"m"_s}};
    QJsonObject item = common;
    item.insert(u"path"_s, u"m"_s);
    item.insert(u"field"_s, u"items/1"_s);
    item.insert(u"after"_s, u"y"_s);
    QJsonObject child = common;
    child.insert(u"path"_s, u"m[1]::r"_s);
    child.insert(u"after"_s, step);
    const QJsonObject map{
        {u"path"_s, u"m"_s}, {u"added"_s, 1}, {u"removed"_s, 0}, {u"changed"_s, 0}, {u"moved"_s, 0}};
    QCOMPARE(differenceOf(before, after).toJson(), (QJsonObject{{u"same"_s, false},
                                                                {u"planHashBefore"_s, before.hash()},
                                                                {u"planHashAfter"_s, after.hash()},
                                                                {u"changes"_s, QJsonArray()},
                                                                {u"itemChanges"_s, QJsonArray{item, child}},
                                                                {u"maps"_s, QJsonArray{map}}}));
    const QJsonArray moved = differenceOf(packs::plan({packs::run(u"a"_s), packs::run(u"b"_s)}),
                                          packs::plan({packs::run(u"b"_s), packs::run(u"a"_s)}))
                                 .toJson()[u"changes"_s]
                                 .toArray();
    QCOMPARE(moved.size(), 1);
    QCOMPARE(moved[0][u"kind"_s].toString(), u"moved"_s);
}

void TestPlanDifference::boundsWhatIsListed()
{
    const auto planned = [](int count, const QString &last) {
        const StepSpec child = packs::run(u"r"_s, {{u"x"_s, u"{{ item }}"_s}});
        return packs::plan({packs::map(u"m"_s, numbers(count), child), script(u"z"_s, last)});
    };
    const PlanDifference difference = differenceOf(planned(10, u"x"_s), planned(1510, u"y"_s));
    QCOMPARE(difference.changes.size(), 3001);
    const QJsonObject json = difference.toJson();
    QCOMPARE(json[u"itemChanges"_s].toArray().size(), 1000);
    QCOMPARE(json[u"moreItemChanges"_s].toInt(), 2000);
    QCOMPARE(json[u"changes"_s].toArray().size(), 1); // Not pushed out by the items.
    QVERIFY(!json.contains(u"moreChanges"_s));
    const QStringList lines = difference.toText().section(u"\n\n"_s, 1).split(u'\n');
    QCOMPARE(lines.first(), u"items of map \"m\": 1500 added"_s);
    QCOMPARE(lines.mid(10),
             (QStringList{u"    + 19"_s, u"    … and 1490 more items"_s,
                          u"step \"z\": with/script changed from \"x\" to \"y\""_s, QString()}));

    QList<StepSpec> many;
    for (int i = 0; i < 1200; ++i)
        many += packs::run(u's' + QString::number(i));
    const PlanDifference steps = differenceOf(packs::plan({}), packs::plan(many));
    QCOMPARE(steps.toJson()[u"moreChanges"_s].toInt(), 200);
    QVERIFY(steps.toText().endsWith(u"\nstep \"s499\" was added after \"s498\"\n… and 700 more changes\n"_s));
}

void TestPlanDifference::isPrintable()
{
    const QString bad = u"a\u202eb\u001b[31m"_s;
    const QJsonObject before{{bad, QJsonObject{{bad, bad}}}};
    const QJsonObject after{{bad, QJsonObject{{bad, QString(bad + u'\n' + bad)}}}};
    const QString words = wordsOf(packs::plan({}, before), packs::plan({}, after));
    QCOMPARE(words, u"input \"a<U+202E>b<U+001B>[31m\": a<U+202E>b<U+001B>[31m changed:\n"
                    "      a<U+202E>b<U+001B>[31m\n    + a<U+202E>b<U+001B>[31m\n"_s);
}

// NOLINTBEGIN(misc-no-recursion): over our own sample plans

/// Changes one place of a JSON value at random: a member or element goes, comes, moves or gets another value.
class Editor
{
public:
    explicit Editor(quint32 seed)
        : m_random(seed)
    {
    }

    QJsonValue edit(const QJsonValue &value, int depth = 0)
    {
        if (value.isObject() && !value.toObject().isEmpty() && below(depth < 4 ? 8 : 3) > 0)
            return editObject(value.toObject(), depth);
        if (value.isArray() && !value.toArray().isEmpty() && below(8) > 0)
            return editArray(value.toArray(), depth);
        return other();
    }

private:
    int below(int limit) { return int(m_random.bounded(limit)); }

    QJsonValue other()
    {
        const QJsonValue values[]{1,
                                  u"x"_s,
                                  true,
                                  QJsonArray(),
                                  QJsonObject(),
                                  QJsonArray{1, u"a"_s},
                                  1.5,
                                  QJsonValue(),
                                  u""_s,
                                  QJsonObject{{u"id"_s, u"new"_s}}};
        return values[below(int(std::size(values)))];
    }

    QJsonObject editObject(QJsonObject object, int depth)
    {
        const QString key = object.keys().at(below(int(object.size())));
        switch (below(8)) {
        case 0: object.remove(key); break;
        case 1: object.insert(u"unheard-of"_s, other()); break;
        default: object.insert(key, edit(object.value(key), depth + 1));
        }
        return object;
    }

    QJsonArray editArray(QJsonArray array, int depth)
    {
        const int index = below(int(array.size()));
        switch (below(6)) {
        case 0: array.removeAt(index); break;
        case 1: array.insert(index, other()); break;
        case 2: array.insert(below(int(array.size()) + 1), array.at(index)); break;
        case 3: array.append(array.at(index)); break;
        default: array[index] = edit(array.at(index), depth + 1);
        }
        return array;
    }

    QRandomGenerator m_random;
};

// NOLINTEND(misc-no-recursion)

void TestPlanDifference::missesNoEdit_data()
{
    QTest::addColumn<QString>("sample");

    for (const char *name : {"everything", "fleet-restart", "inventory-audit", "release-promotion"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

void TestPlanDifference::missesNoEdit()
{
    QFETCH(QString, sample);

    QFile file(QStringLiteral(SOURCE_DIR "/tests/plan/golden/") + sample + u".plan.json"_s);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto plan = engine::parseJsonObject(file.readAll());
    QVERIFY(plan);
    int same = 0;
    for (quint32 seed = 0; seed < 300; ++seed) {
        Editor editor(seed);
        QJsonObject edited = *plan;
        for (quint32 i = 0; i <= seed % 3; ++i)
            edited = editor.edit(edited).toObject();
        const bool isSame = engine::canonicalJsonOf(edited) == engine::canonicalJsonOf(*plan);
        const PlanDifference there = differenceOf(*plan, edited);
        const PlanDifference back = differenceOf(edited, *plan);
        QVERIFY2(there.changes.isEmpty() == isSame && back.changes.isEmpty() == isSame
                     && there.isSame() == isSame && back.isSame() == isSame,
                 qPrintable(QString::number(seed)));
        QCOMPARE(there.toText().count(u'\n') > 3, !isSame);
        same += isSame ? 1 : 0;
    }
    QVERIFY(same < 100);
}

/// 1 and 1.0, nothing and an empty list: only the canonical form decides.
void TestPlanDifference::seesWhatJsonCallsTheSame()
{
    const QJsonObject whole{{u"inputs"_s, QJsonObject{{u"a"_s, QJsonArray{1}}}}};
    const QJsonObject fraction{{u"inputs"_s, QJsonObject{{u"a"_s, QJsonArray{1.0}}}}};
    QVERIFY(differenceOf(whole, fraction).isSame());
    QVERIFY(differenceOf(whole, fraction).changes.isEmpty());

    for (const QString &name : {u"approvals"_s, u"secrets"_s, u"steps"_s, u"finally"_s, u"outputs"_s})
        QCOMPARE(differenceOf(QJsonObject(), QJsonObject{{name, QJsonArray()}}).changes.size(), 1);
    for (const QString &name : {u"inputs"_s, u"secretRules"_s, u"sandbox"_s, u"pack"_s, u"unheard-of"_s})
        QCOMPARE(differenceOf(QJsonObject{{name, QJsonObject()}}, QJsonObject()).changes.size(), 1);
}

/// Ten times the steps may take twenty times the processor time, which quadratic work would pass by far.
void TestPlanDifference::takesLinearTime()
{
    const auto timeFor = [](int count) {
        QList<StepSpec> steps;
        for (int i = 0; i < count; ++i)
            steps += packs::run(u's' + QString::number(i));
        const StepSpec child = packs::run(u"r"_s, {{u"x"_s, u"{{ item }}"_s}});
        const StepSpec other = packs::run(u"r"_s, {{u"x"_s, u"{{ [item] }}"_s}});
        const Plan before = packs::plan(steps + QList{packs::map(u"m"_s, numbers(count), child)});
        std::reverse(steps.begin(), steps.end());
        const Plan after = packs::plan(steps + QList{packs::map(u"m"_s, numbers(count), other)});
        const std::clock_t start = std::clock();
        const PlanDifference difference = differenceOf(before, after);
        const qsizetype size = difference.toText().size() + difference.toJson().size();
        const std::clock_t end = std::clock();
        return size > 0 ? double(end - start) / CLOCKS_PER_SEC : 0;
    };
    const double small = timeFor(5'000);
    const double large = timeFor(50'000);
    qInfo("5 000: %.3f s, 50 000: %.3f s", small, large);
    QVERIFY2(large < 20 * std::max(small, 0.01), qPrintable(u"%1 s, then %2 s"_s.arg(small).arg(large)));
}

QTEST_GUILESS_MAIN(TestPlanDifference)
#include "tst_plan_difference.moc"
