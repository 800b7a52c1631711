#include "engine/plan/outline.h"
#include "tests/plan/packs.h"

#include <QTest>

using namespace Qt::StringLiterals;
using engine::Outline;
using engine::OutlineNode;
using engine::Plan;

class TestOutline : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void listsInPreOrder();
    void showsDetails();
    void listsWhatFollowsAGate_data();
    void listsWhatFollowsAGate();
    void countsParentsFromTheFirst();
};

static Plan samplePlan()
{
    const auto hosts =
        packs::map(u"hosts"_s, QJsonArray{1, 2},
                   packs::parallel(u"host"_s, {packs::when(packs::run(u"r"_s), u"{{ item == 1 }}"_s),
                                               packs::approval(u"g"_s)}));
    const auto later = packs::map(u"later"_s, u"{{ steps.a.outputs.x }}"_s,
                                  packs::parallel(u"one"_s, {packs::run(u"s"_s), packs::approval(u"h"_s)}));
    return packs::plan({packs::run(u"a"_s), packs::approval(u"first"_s), packs::run(u"b"_s),
                        packs::when(packs::parallel(u"off"_s, {packs::approval(u"x"_s)}), u"{{ false }}"_s),
                        hosts, packs::run(u"c"_s), later,
                        packs::parallel(u"last"_s, {packs::run(u"d"_s), packs::run(u"e"_s)})});
}

/// One line a node: "  " for each level, path, "T" for a template, "S" for skipped.
static QStringList lines(const Outline &outline)
{
    QStringList lines;
    for (const OutlineNode &node : outline)
        lines += QString(node.depth * 2, u' ') + node.path + (node.isTemplate ? u" T"_s : QString())
                 + (node.skip ? u" S"_s : QString());
    return lines;
}

void TestOutline::listsInPreOrder()
{
    const Outline outline = engine::outlineOf(samplePlan());
    QCOMPARE(lines(outline), (QStringList{
                                 u"a"_s,
                                 u"first"_s,
                                 u"b"_s,
                                 u"off S"_s,
                                 u"  off/x S"_s,
                                 u"hosts"_s,
                                 u"  hosts[0]::host"_s,
                                 u"    hosts[0]::host/r"_s,
                                 u"    hosts[0]::host/g"_s,
                                 u"  hosts[1]::host"_s,
                                 u"    hosts[1]::host/r S"_s,
                                 u"    hosts[1]::host/g"_s,
                                 u"c"_s,
                                 u"later"_s,
                                 u"  later[*]::one T"_s,
                                 u"    later[*]::one/s T"_s,
                                 u"    later[*]::one/h T"_s,
                                 u"last"_s,
                                 u"  last/d"_s,
                                 u"  last/e"_s,
                             }));
    QList<int> parents;
    for (const OutlineNode &node : outline)
        parents += node.parent;
    QCOMPARE(parents, (QList<int>{-1, -1, -1, -1, 3, -1, 5, 6, 6, 5, 9, 9, -1, -1, 13, 14, 14, -1, 17, 17}));
    QVERIFY(engine::outlineOf(packs::plan({})).isEmpty());
}

void TestOutline::showsDetails()
{
    engine::StepSpec spec =
        packs::map(u"m"_s, u"{{ inputs.hosts }}"_s, packs::run(u"r"_s, {{u"x"_s, u"{{ item }}"_s}}), 2);
    spec.name = u"All hosts"_s;
    const Outline outline = engine::outlineOf(packs::plan({spec}, {{u"hosts"_s, QJsonArray{u"h"_s}}}));

    QCOMPARE(outline[0].name, u"All hosts"_s);
    QVERIFY(outline[0].kind == engine::StepKind::Map);
    QCOMPARE(outline[0].detail, (QJsonObject{{u"id"_s, u"m"_s},
                                             {u"name"_s, u"All hosts"_s},
                                             {u"kind"_s, u"map"_s},
                                             {u"items"_s, QJsonArray{u"h"_s}},
                                             {u"maxParallel"_s, 2},
                                             {u"failurePolicy"_s, u"stop-scheduling"_s}}));
    QCOMPARE(outline[1].id, u"r"_s);
    QCOMPARE(outline[1].detail, (QJsonObject{{u"id"_s, u"r"_s},
                                             {u"kind"_s, u"run"_s},
                                             {u"uses"_s, u"builtin:exec"_s},
                                             {u"with"_s, QJsonObject{{u"x"_s, u"h"_s}}},
                                             {u"grace"_s, u"PT10S"_s}}));
}

void TestOutline::listsWhatFollowsAGate_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QStringList>("next");

    const QStringList hosts{u"b"_s,
                            u"hosts"_s,
                            u"  hosts[0]::host"_s,
                            u"    hosts[0]::host/r"_s,
                            u"    hosts[0]::host/g"_s,
                            u"  hosts[1]::host"_s,
                            u"    hosts[1]::host/r S"_s,
                            u"    hosts[1]::host/g"_s};
    const QStringList later{u"c"_s, u"later"_s, u"  later[*]::one T"_s, u"    later[*]::one/s T"_s,
                            u"    later[*]::one/h T"_s};
    const QStringList last{u"last"_s, u"  last/d"_s, u"  last/e"_s};
    QTest::newRow("up to the next gate") << u"first"_s << hosts;
    QTest::newRow("from inside a map") << u"hosts[1]::host/g"_s << later;
    QTest::newRow("to the end") << u"later[*]::one/h"_s << last;
    QTest::newRow("an item that the run made") << u"later[17]::one/h"_s << last;
    QTest::newRow("the last step") << u"last"_s << QStringList();
    QTest::newRow("unknown") << u"nowhere"_s << QStringList();
    QTest::newRow("empty") << QString() << QStringList();
    QTest::newRow("a longer name") << u"firsts"_s << QStringList();
}

void TestOutline::listsWhatFollowsAGate()
{
    QFETCH(QString, path);
    QFETCH(QStringList, next);

    QCOMPARE(lines(engine::stepsAfter(samplePlan(), path)), next);
}

void TestOutline::countsParentsFromTheFirst()
{
    const Outline next = engine::stepsAfter(samplePlan(), u"later[*]::one/h"_s);
    QCOMPARE(next[0].parent, -1);
    QCOMPARE(next[1].parent, 0);
    QCOMPARE(next[2].parent, 0);
}

QTEST_GUILESS_MAIN(TestOutline)
#include "tst_outline.moc"
