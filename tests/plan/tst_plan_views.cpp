#include "engine/plan/view/graph_text.h"
#include "engine/plan/view/plan_text.h"
#include "tests/plan/packs.h"

#include <QProcess>
#include <QStandardPaths>
#include <QTest>

using namespace Qt::StringLiterals;
using engine::GraphFormat;
using engine::Plan;

/// Graphs and trees of plans beyond the samples: what packs can do to them.
class TestPlanViews : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keepsTextsOfPacksApart_data();
    void keepsTextsOfPacksApart();
    void foldsLongMaps();
    void drawsTreesInAscii();
    void isReadByGraphviz();
};

static Plan named(const QString &name)
{
    auto step = packs::run(u"end"_s);
    step.name = name;
    return packs::plan({step});
}

void TestPlanViews::keepsTextsOfPacksApart_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("dot");
    QTest::addColumn<QString>("mermaid");

    QTest::newRow("quotes") << u"say \"hi\""_s << uR"(say \"hi\")"_s << u"say #34;hi#34;"_s;
    QTest::newRow("backslash") << u"a\\n"_s << uR"(a\\n)"_s << u"a#92;n"_s;
    QTest::newRow("line feed") << u"a\nb"_s << u"a b"_s << u"a b"_s;
    QTest::newRow("markup") << u"<b>&amp;</b>"_s << u"<b>&amp;amp;</b>"_s << u"#60;b#62;#38;amp;#60;/b#62;"_s;
    QTest::newRow("entity") << u"#quot;"_s << u"#quot;"_s << u"#35;quot;"_s;
    QTest::newRow("markdown") << u"`code`"_s << u"`code`"_s << u"#96;code#96;"_s;
    QTest::newRow("right to left") << u"a\u202eb"_s << u"a?b"_s << u"a?b"_s;
    QTest::newRow("escape") << u"a\u001b[31m"_s << u"a?[31m"_s << u"a?[31m"_s;
}

void TestPlanViews::keepsTextsOfPacksApart()
{
    QFETCH(QString, name);
    QFETCH(QString, dot);
    QFETCH(QString, mermaid);

    const Plan plan = named(name);
    const QString graph = engine::graphOf(plan, GraphFormat::Dot);
    QVERIFY2(graph.contains(uR"(n1 [label="end\n%1\nbuiltin:exec"];)"_s.arg(dot)), qPrintable(graph));
    const QString chart = engine::graphOf(plan, GraphFormat::Mermaid);
    QVERIFY2(chart.contains(uR"(n1("end<br/>%1<br/>builtin:exec"))"_s.arg(mermaid)), qPrintable(chart));
    QVERIFY(!engine::planText(plan).contains(QChar(0x202e)));
}

void TestPlanViews::foldsLongMaps()
{
    QJsonArray items;
    for (int i = 0; i < 13; ++i)
        items.append(i);
    const Plan plan = packs::plan({packs::map(u"m"_s, items, packs::run(u"r"_s))});
    QVERIFY(engine::graphOf(plan, GraphFormat::Dot).contains(u"n1 [label=\"m\\n13 items\", shape=box3d];"_s));
    QVERIFY(engine::graphOf(plan, GraphFormat::Mermaid).contains(u"n1[[\"m<br/>13 items\"]]"_s));
    QVERIFY(engine::planText(plan).endsWith(u"   └─ ... and 1 items more\n"_s));
}

void TestPlanViews::drawsTreesInAscii()
{
    const Plan plan = packs::plan(
        {packs::parallel(u"p"_s, {packs::run(u"a"_s), packs::run(u"b"_s)}), packs::approval(u"g"_s)});
    QCOMPARE(engine::planText(plan, engine::TreeStyle::Ascii).section(u"\n\n"_s, 1),
             u"steps\n"
             "|- p  (parallel)\n"
             "|  |- a  (builtin:exec)\n"
             "|  `- b  (builtin:exec)\n"
             "`- g  (approval \"review\", needs 1 of those who may approve)\n"_s);
}

void TestPlanViews::isReadByGraphviz()
{
    const QString dot = QStandardPaths::findExecutable(u"dot"_s);
    if (dot.isEmpty())
        QSKIP("Graphviz is not installed");
    QProcess process;
    process.start(dot, {u"-Tsvg"_s});
    process.write(engine::graphOf(named(u"\"];\\ <b> &"_s), GraphFormat::Dot).toUtf8());
    process.closeWriteChannel();
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.exitCode(), 0);
    QCOMPARE(process.readAllStandardError(), QByteArray());
}

QTEST_GUILESS_MAIN(TestPlanViews)
#include "tst_plan_views.moc"
