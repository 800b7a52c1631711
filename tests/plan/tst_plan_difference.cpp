#include "engine/base/json.h"
#include "engine/plan/view/plan_difference.h"
#include "tests/plan/packs.h"

#include <QRandomGenerator>
#include <QTest>

using namespace Qt::StringLiterals;
using engine::Plan;
using engine::PlanChange;

/// What changed between two plans, as values and in words.
class TestPlanDifference : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void saysWhatChanged_data();
    void saysWhatChanged();
    void showsTheLinesOfScripts();
    void writesJson();
    void passesNothingOver();
    void countsWhatIsTooMuch();
};

static engine::StepSpec script(const QString &id, const QString &text)
{
    return packs::run(id, {{u"script"_s, text}});
}

void TestPlanDifference::saysWhatChanged_data()
{
    QTest::addColumn<QList<engine::StepSpec>>("before");
    QTest::addColumn<QList<engine::StepSpec>>("after");
    QTest::addColumn<QStringList>("words");

    using packs::run;
    const auto row = [](const char *name, const QList<engine::StepSpec> &before,
                        const QList<engine::StepSpec> &after,
                        const QStringList &words) { QTest::newRow(name) << before << after << words; };
    row("added", {run(u"a"_s)}, {run(u"a"_s), run(u"b"_s)}, {u"step \"b\" was added"_s});
    row("removed", {run(u"a"_s), run(u"b"_s)}, {run(u"b"_s)}, {u"step \"a\" was removed"_s});
    row("moved", {run(u"a"_s), run(u"b"_s), run(u"c"_s)}, {run(u"c"_s), run(u"a"_s), run(u"b"_s)},
        {u"step \"c\" comes first now"_s});
    row("moved back", {run(u"a"_s), run(u"b"_s), run(u"c"_s)}, {run(u"b"_s), run(u"c"_s), run(u"a"_s)},
        {u"step \"a\" follows \"c\" now"_s});
    auto quick = run(u"a"_s);
    quick.run.timeout = std::chrono::minutes(5);
    auto slow = quick;
    slow.run.timeout = std::chrono::minutes(10);
    row("timeout", {quick}, {slow}, {u"step \"a\": timeout changed from \"PT5M\" to \"PT10M\""_s});
    row("timeout is new", {run(u"a"_s)}, {slow},
        {u"step \"a\": timeout is \"PT10M\" now, before there was none"_s});
    row("timeout is gone", {slow}, {run(u"a"_s)}, {u"step \"a\": timeout is gone, it was \"PT10M\""_s});
    auto module = run(u"a"_s);
    module.run.uses = u"./modules/x"_s;
    module.run.module = {u"x"_s, u"sha256:1"_s, {u"x"_s}};
    auto otherModule = module;
    otherModule.run.module.digest = u"sha256:2"_s;
    row("module", {module}, {otherModule},
        {u"step \"a\": its module has other files: digest sha256:2 now, sha256:1 before"_s});
    row("inside a parallel", {packs::parallel(u"p"_s, {run(u"a"_s)})},
        {packs::parallel(u"p"_s, {run(u"a"_s), run(u"c"_s)})}, {u"step \"p/c\" was added"_s});
    row("items of a map", {packs::map(u"m"_s, QJsonArray{1, 2}, run(u"r"_s, {{u"x"_s, u"{{ item }}"_s}}))},
        {packs::map(u"m"_s, QJsonArray{1, 3, 4}, run(u"r"_s, {{u"x"_s, u"{{ item }}"_s}}))},
        {u"step \"m\": items changed from [1,2] to [1,3,4]"_s,
         u"step \"m[1]::r\": with.x changed from 2 to 3"_s, u"step \"m[2]::r\" was added"_s});
    row("template of a map", {packs::map(u"m"_s, u"{{ steps.a.outputs.x }}"_s, run(u"r"_s))},
        {packs::map(u"m"_s, u"{{ steps.a.outputs.x }}"_s, slow)},
        {u"step \"m[*]::a\": id changed from \"r\" to \"a\""_s,
         u"step \"m[*]::a\": timeout is \"PT10M\" now, before there was none"_s});
    row("another kind", {run(u"a"_s)}, {packs::parallel(u"a"_s, {run(u"b"_s)})},
        {u"step \"a\": failurePolicy is \"stop-scheduling\" now, before there was none"_s,
         u"step \"a\": grace is gone, it was \"PT10S\""_s,
         u"step \"a\": kind changed from \"run\" to \"parallel\""_s,
         u"step \"a\": steps is "
         u"[{\"grace\":\"PT10S\",\"id\":\"b\",\"kind\":\"run\",\"uses\":\"builtin:exec\"}] now, "
         "before there was none"_s,
         u"step \"a\": uses is gone, it was \"builtin:exec\""_s});
    row("nothing", {run(u"a"_s)}, {run(u"a"_s)}, {});
}

void TestPlanDifference::saysWhatChanged()
{
    QFETCH(QList<engine::StepSpec>, before);
    QFETCH(QList<engine::StepSpec>, after);
    QFETCH(QStringList, words);

    const Plan old = packs::plan(before);
    const Plan now = packs::plan(after);
    const auto difference = engine::differenceOf(old, now);
    QCOMPARE(difference.isSame(), words.isEmpty());
    if (words.isEmpty()) {
        QCOMPARE(difference.toText(), u"The plans are the same: %1\n"_s.arg(now.hash()));
        return;
    }
    const QStringList lines = difference.toText().split(u'\n', Qt::SkipEmptyParts);
    QCOMPARE(lines.mid(0, 2), (QStringList{u"Plan "_s + now.hash(), u"was  "_s + old.hash()}));
    QCOMPARE(lines.mid(2), words);
}

void TestPlanDifference::showsTheLinesOfScripts()
{
    const auto difference =
        engine::differenceOf(packs::plan({script(u"a"_s, u"set -e\nmake old\nmake test\necho done\n"_s)}),
                             packs::plan({script(u"a"_s, u"set -e\nmake new\x1b[1m\necho done\n"_s)}));
    QCOMPARE(difference.toText().section(u"\n\n"_s, 1), u"step \"a\": with.script changed\n"
                                                        "      set -e\n"
                                                        "    - make old\n"
                                                        "    - make test\n"
                                                        "    + make new?[1m\n"
                                                        "      echo done\n"_s);
}

void TestPlanDifference::writesJson()
{
    const Plan old = packs::plan({packs::run(u"a"_s), packs::run(u"b"_s)});
    const Plan now = packs::plan({packs::run(u"b"_s), packs::run(u"a"_s)});
    QCOMPARE(engine::canonicalJsonOf(engine::differenceOf(old, now).toJson()),
             R"({"after":")" + now.hash().toLatin1() + R"(","before":")" + old.hash().toLatin1()
                 + R"(","changes":[{"follows":null,"kind":"moved","name":"b","subject":"step"}],)"
                   R"("moreChanges":0,"same":false})");
}

/// Whatever is changed in the JSON of a plan, so that it is a plan again, shows as a change.
void TestPlanDifference::passesNothingOver()
{
    auto tried = packs::run(u"a"_s, {{u"x"_s, 1}, {u"y"_s, QJsonArray{1, 2}}});
    tried.run.retries = engine::RetrySpec{};
    const Plan plan =
        packs::plan({tried, packs::parallel(u"p"_s, {packs::run(u"b"_s), packs::approval(u"g"_s)}),
                     packs::map(u"m"_s, QJsonArray{u"i"_s, u"j"_s}, packs::run(u"r"_s))});
    const QByteArray canonical = plan.canonical();
    QRandomGenerator random(4711);
    int changed = 0;
    for (int round = 0; round < 4000; ++round) {
        QByteArray text = canonical;
        const qsizetype at = random.bounded(text.size());
        text[at] = char("abcdefgxyz0123456789"[random.bounded(20)]);
        const auto other = Plan::parse(text);
        if (!other)
            continue;
        const auto difference = engine::differenceOf(plan, *other);
        QCOMPARE(difference.changes.isEmpty(), text == canonical);
        QCOMPARE(difference.isSame(), text == canonical);
        changed += text == canonical ? 0 : 1;
    }
    QVERIFY2(changed > 200, qPrintable(QString::number(changed)));
}

void TestPlanDifference::countsWhatIsTooMuch()
{
    QJsonArray items;
    for (int i = 0; i < 1500; ++i)
        items.append(i);
    const Plan small = packs::plan({packs::map(u"m"_s, QJsonArray(), packs::run(u"r"_s))});
    const Plan large = packs::plan({packs::map(u"m"_s, items, packs::run(u"r"_s))});
    const auto difference = engine::differenceOf(small, large);
    QCOMPARE(difference.changes.size(), 1000);
    QCOMPARE(difference.moreChanges, 501);
    QVERIFY(difference.toText().endsWith(u"\n... and 501 changes more\n"_s));
}

QTEST_GUILESS_MAIN(TestPlanDifference)
#include "tst_plan_difference.moc"
