#include "ui/run/graph_layout.h"

#include <QTest>

#include <ctime>

using namespace Qt::StringLiterals;
using engine::Outline;
using engine::StepKind;
using ui::GraphLayout;
using ui::GraphMetrics;
using ui::GraphMove;
using ui::GraphShape;

namespace {

/// Of this process alone: a busy machine must not fail a test.
double processorSeconds()
{
    return double(std::clock()) / CLOCKS_PER_SEC;
}

constexpr GraphMetrics metrics{100, 40, 30, 10, 20, 24};

void add(Outline &outline, const QString &path, StepKind kind, int parent = -1, bool isTemplate = false)
{
    engine::OutlineNode node;
    node.path = path;
    node.id = path.section(u'/', -1);
    node.kind = kind;
    node.parent = parent;
    node.depth = parent < 0 ? 0 : outline.at(parent).depth + 1;
    node.isTemplate = isTemplate;
    outline += node;
}

/// build, then checks side by side (lint, then a nested group of two), then a gate, then ship.
Outline release()
{
    Outline outline;
    add(outline, u"build"_s, StepKind::Run);
    add(outline, u"checks"_s, StepKind::Parallel);
    add(outline, u"checks/lint"_s, StepKind::Run, 1);
    add(outline, u"checks/tests"_s, StepKind::Parallel, 1);
    add(outline, u"checks/tests/unit"_s, StepKind::Run, 3);
    add(outline, u"checks/tests/e2e"_s, StepKind::Run, 3);
    add(outline, u"review"_s, StepKind::Approval);
    add(outline, u"ship"_s, StepKind::Run);
    return outline;
}

Outline mapOf(int items)
{
    Outline outline;
    add(outline, u"hosts"_s, StepKind::Map);
    add(outline, u"hosts[*]::restart"_s, StepKind::Run, 0, true);
    for (int i = 0; i < items; ++i)
        add(outline, u"hosts[%1]::restart"_s.arg(i), StepKind::Run, 0);
    add(outline, u"report"_s, StepKind::Run);
    return outline;
}

} // namespace

class TestGraphLayout : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void empty()
    {
        const GraphLayout layout({}, metrics);
        QVERIFY(layout.items().isEmpty());
        QVERIFY(layout.bounds().isEmpty());
        QCOMPARE(layout.itemAt({0, 0}), -1);
        QCOMPARE(layout.moved(-1, GraphMove::Forward), -1);
    }

    void seriesGoesAlongOneAxis()
    {
        const GraphLayout layout(release(), metrics);
        double end = -metrics.gapAlong;
        for (const auto &item : layout.items()) {
            if (item.parent >= 0)
                continue;
            QCOMPARE(item.rect.center().y(), 0.0);
            QCOMPARE(item.rect.left(), end + metrics.gapAlong);
            end = item.rect.right();
        }
        QCOMPARE(layout.bounds().left(), 0.0);
        QCOMPARE(layout.bounds().right(), end);
        QCOMPARE(layout.items().at(6).shape, GraphShape::Gate);
    }

    void membersAreStackedInsideTheirGroup()
    {
        const GraphLayout layout(release(), metrics);
        const auto &items = layout.items();
        QCOMPARE(items.size(), 8);
        QCOMPARE(items.at(1).shape, GraphShape::Group);
        QCOMPARE(items.at(1).end, 6);
        QCOMPARE(items.at(3).end, 6);
        for (int i = 0; i < items.size(); ++i) {
            if (items.at(i).parent >= 0)
                QVERIFY2(items.at(items.at(i).parent).rect.contains(items.at(i).rect),
                         qPrintable(QString::number(i)));
        }
        QCOMPARE(items.at(3).rect.top(), items.at(2).rect.bottom() + metrics.gapAcross);
        QCOMPARE(items.at(5).rect.top(), items.at(4).rect.bottom() + metrics.gapAcross);
        QCOMPARE(items.at(2).rect.top(), items.at(1).rect.top() + metrics.titleHeight);
        QCOMPARE(items.at(5).rect.bottom() + metrics.gapAcross, items.at(3).rect.bottom());
    }

    void noTwoOverlap()
    {
        const GraphLayout layout(release(), metrics);
        const auto &items = layout.items();
        for (int a = 0; a < items.size(); ++a) {
            for (int b = items.at(a).end; b < items.size(); ++b)
                QVERIFY2(!items.at(a).rect.intersects(items.at(b).rect),
                         qPrintable(u"%1 and %2"_s.arg(a).arg(b)));
        }
    }

    void arrowsJoinWhatFollows()
    {
        const GraphLayout layout(release(), metrics);
        const QLineF arrow = layout.arrowAfter(0);
        QCOMPARE(arrow.p1(), QPointF(layout.items().at(0).rect.right(), 0));
        QCOMPARE(arrow.p2(), QPointF(layout.items().at(1).rect.left(), 0));
        QVERIFY(layout.arrowAfter(2).isNull()); // A member: its group has the arrow.
        QVERIFY(layout.arrowAfter(7).isNull());
        QCOMPARE(layout.forkLines(1).size(), 2 + 2 * 2 + 2);
        QVERIFY(layout.forkLines(0).isEmpty());
    }

    void arrowKeysFollowTheEdges_data()
    {
        QTest::addColumn<int>("from");
        QTest::addColumn<GraphMove>("move");
        QTest::addColumn<int>("to");

        QTest::newRow("nothing current") << -1 << GraphMove::Forward << 0;
        QTest::newRow("on in the series") << 0 << GraphMove::Forward << 1;
        QTest::newRow("into a group") << 1 << GraphMove::Forward << 2;
        QTest::newRow("into a nested group") << 3 << GraphMove::Forward << 4;
        QTest::newRow("out of a group") << 2 << GraphMove::Forward << 6;
        QTest::newRow("out of two groups") << 5 << GraphMove::Forward << 6;
        QTest::newRow("the end") << 7 << GraphMove::Forward << -1;
        QTest::newRow("back to the group") << 5 << GraphMove::Back << 3;
        QTest::newRow("back over a group") << 6 << GraphMove::Back << 1;
        QTest::newRow("the beginning") << 0 << GraphMove::Back << -1;
        QTest::newRow("down over a leaf") << 2 << GraphMove::Down << 3;
        QTest::newRow("up over a group's members") << 3 << GraphMove::Up << 2;
        QTest::newRow("top of a stack") << 2 << GraphMove::Up << -1;
        QTest::newRow("bottom of a stack") << 5 << GraphMove::Down << -1;
        QTest::newRow("down into a group") << 1 << GraphMove::Down << 2;
        QTest::newRow("down beside nothing") << 0 << GraphMove::Down << -1;
    }

    void arrowKeysFollowTheEdges()
    {
        QFETCH(int, from);
        QFETCH(GraphMove, move);
        QFETCH(int, to);
        QCOMPARE(GraphLayout(release(), metrics).moved(from, move), to);
    }

    void smallMapIsAGroup()
    {
        const GraphLayout layout(mapOf(GraphLayout::CollapseOver), metrics);
        QCOMPARE(layout.items().at(0).shape, GraphShape::Group);
        QCOMPARE(layout.items().size(), 1 + GraphLayout::CollapseOver + 1);
        QCOMPARE(layout.itemOf(1), -1); // The template gives way to its instances.
        QCOMPARE(layout.itemOf(2), 1);
    }

    void unexpandedMapShowsItsTemplate()
    {
        const GraphLayout layout(mapOf(0), metrics);
        QCOMPARE(layout.items().size(), 3);
        QCOMPARE(layout.items().at(1).node, 1);
        // What follows stays where it was when the items come.
        QCOMPARE(layout.items().last().rect, GraphLayout(mapOf(5), metrics).items().last().rect);
    }

    void largeMapIsFolded()
    {
        const GraphLayout layout(mapOf(GraphLayout::CollapseOver + 1), metrics);
        QCOMPARE(layout.items().size(), 2);
        QCOMPARE(layout.items().at(0).shape, GraphShape::Summary);
        QCOMPARE(layout.itemOf(5), 0);
        QCOMPARE(layout.items().at(1).rect, GraphLayout(mapOf(0), metrics).items().last().rect);
        QRectF before = layout.items().at(0).rect;
        before.setHeight(metrics.cardHeight);
        for (int slot = 0; slot < GraphLayout::ProblemSlots; ++slot) {
            const QRectF place = layout.problemSlot(0, slot);
            QVERIFY(layout.items().at(0).rect.contains(place));
            QVERIFY(!before.intersects(place));
            before = place;
        }
    }

    void whatIsInsideAFoldedItemIsFoldedToo()
    {
        Outline outline;
        add(outline, u"hosts"_s, StepKind::Map);
        for (int i = 0; i < 20; ++i) {
            add(outline, u"hosts[%1]::both"_s.arg(i), StepKind::Parallel, 0);
            add(outline, u"hosts[%1]::both/a"_s.arg(i), StepKind::Run, int(outline.size()) - 1);
        }
        const GraphLayout layout(outline, metrics);
        QCOMPARE(layout.items().size(), 1);
        QCOMPARE(layout.itemOf(2), 0);
    }

    void hitsTheInnermost()
    {
        const GraphLayout layout(release(), metrics);
        const auto &items = layout.items();
        QCOMPARE(layout.itemAt(items.at(4).rect.center()), 4);
        QCOMPARE(layout.itemAt(items.at(3).rect.topLeft() + QPointF(2, 2)), 3);
        QCOMPARE(layout.itemAt(items.at(0).rect.topRight() + QPointF(5, 5)), -1);
    }

    void visitsOnlyWhatIsSeen()
    {
        Outline outline;
        for (int i = 0; i < 1000; ++i)
            add(outline, u"s%1"_s.arg(i), StepKind::Run);
        const GraphLayout layout(outline, metrics);
        QList<int> seen;
        layout.forEachIn(layout.items().at(500).rect, [&seen](int item) { seen += item; });
        QCOMPARE(seen, QList<int>{500});
    }

    void staysLinear()
    {
        const auto nested = [](int groups) {
            Outline outline;
            for (int i = 0; i < groups; ++i) {
                const int group = int(outline.size());
                add(outline, u"g%1"_s.arg(i), StepKind::Parallel);
                for (int k = 0; k < 9; ++k)
                    add(outline, u"g%1/%2"_s.arg(i).arg(k), StepKind::Run, group);
            }
            return outline;
        };
        const auto time = [](const Outline &outline) {
            double best = std::numeric_limits<double>::max();
            for (int i = 0; i < 3; ++i) {
                const double start = processorSeconds();
                const GraphLayout layout(outline, metrics);
                best = std::min(best, processorSeconds() - start);
            }
            return best;
        };
        const double small = time(nested(1000));
        const double large = time(nested(10'000));
        QVERIFY2(large < 40 * small + 0.05,
                 qPrintable(u"%1 s for 10 000 steps, %2 s for 100 000"_s.arg(small).arg(large)));
    }
};

QTEST_APPLESS_MAIN(TestGraphLayout)
#include "tst_graph_layout.moc"
