#include "ui/run/graph_view.h"

#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

#include <ctime>

using namespace Qt::StringLiterals;
using engine::Outline;
using engine::StepKind;
using engine::StepRecord;
using engine::StepState;
using ui::GraphView;
using ui::RunSteps;

namespace {

/// Of this process alone: a busy machine must not fail a test.
double processorSeconds()
{
    return double(std::clock()) / CLOCKS_PER_SEC;
}

void add(Outline &outline, const QString &path, StepKind kind = StepKind::Run, int parent = -1)
{
    engine::OutlineNode node;
    node.path = path;
    node.id = path;
    node.kind = kind;
    node.parent = parent;
    outline += node;
}

StepRecord in(const QString &path, StepState state)
{
    StepRecord record;
    record.path = path;
    record.state = state;
    return record;
}

Outline series(int count)
{
    Outline outline;
    for (int i = 0; i < count; ++i)
        add(outline, u"s%1"_s.arg(i));
    return outline;
}

Outline mapOf(int items)
{
    Outline outline;
    add(outline, u"hosts"_s, StepKind::Map);
    for (int i = 0; i < items; ++i)
        add(outline, u"hosts[%1]::restart"_s.arg(i), StepKind::Run, 0);
    return outline;
}

} // namespace

class TestGraphView : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void paintsOnlyWhatIsVisible()
    {
        GraphView view;
        view.resize(800, 400);
        view.reset(RunSteps(series(10'000), {}));
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        const double start = processorSeconds();
        view.viewport()->repaint();
        const double took = processorSeconds() - start;
        QVERIFY(view.lastPaintedItems() > 0);
        QVERIFY2(view.lastPaintedItems() < 20, qPrintable(QString::number(view.lastPaintedItems())));
        QVERIFY2(took < 0.1, qPrintable(QString::number(took)));
    }

    void arrowsMoveAndTell()
    {
        GraphView view;
        view.resize(800, 400);
        view.reset(RunSteps(series(3), {}));
        view.show();
        QSignalSpy moved(&view, &GraphView::currentPathChanged);
        QSignalSpy activated(&view, &GraphView::activated);
        QTest::keyClick(&view, Qt::Key_Right);
        QCOMPARE(view.currentPath(), u"s0"_s);
        QTest::keyClick(&view, Qt::Key_Right);
        QTest::keyClick(&view, Qt::Key_Right);
        QTest::keyClick(&view, Qt::Key_Right); // The end: stays.
        QCOMPARE(view.currentPath(), u"s2"_s);
        QTest::keyClick(&view, Qt::Key_Left);
        QCOMPARE(view.currentPath(), u"s1"_s);
        QCOMPARE(moved.size(), 4);
        QTest::keyClick(&view, Qt::Key_Return);
        QCOMPARE(activated.size(), 1);
        QCOMPARE(activated.first().first().toString(), u"s1"_s);
    }

    void settingTheCurrentStepIsSilent()
    {
        GraphView view;
        view.reset(RunSteps(series(3), {}));
        QSignalSpy moved(&view, &GraphView::currentPathChanged);
        view.setCurrentPath(u"s2"_s);
        QCOMPARE(view.currentPath(), u"s2"_s);
        QVERIFY(moved.isEmpty());
        view.setCurrentPath(u"unknown"_s);
        QCOMPARE(view.currentPath(), QString());
    }

    void mirroredForRightToLeft()
    {
        GraphView view;
        view.setLayoutDirection(Qt::RightToLeft);
        view.resize(1200, 400);
        view.reset(RunSteps(series(3), {}));
        view.show();
        QVERIFY(view.itemRect(0).left() > view.itemRect(2).right());
        QTest::keyClick(&view, Qt::Key_Left);
        QTest::keyClick(&view, Qt::Key_Left);
        QCOMPARE(view.currentPath(), u"s1"_s);

        view.reset(RunSteps(series(100), {}));
        view.setCurrentPath(u"s99"_s);
        QVERIFY(QRectF(view.viewport()->rect()).contains(view.itemRect(99)));
        view.setCurrentPath(u"s0"_s);
        QVERIFY(QRectF(view.viewport()->rect()).contains(view.itemRect(0)));
    }

    void theCurrentStepIsScrolledTo()
    {
        GraphView view;
        view.resize(800, 400);
        view.reset(RunSteps(series(1000), {}));
        view.show();
        view.setCurrentPath(u"s700"_s);
        QVERIFY(QRectF(view.viewport()->rect()).contains(view.itemRect(700)));
    }

    void clickSelectsDragDoesNot()
    {
        GraphView view;
        view.resize(800, 400);
        view.reset(RunSteps(series(100), {}));
        view.show();
        QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, view.itemRect(1).center().toPoint());
        QCOMPARE(view.currentPath(), u"s1"_s);

        const int before = view.horizontalScrollBar()->value();
        const QPoint from = view.itemRect(2).center().toPoint();
        QTest::mousePress(view.viewport(), Qt::LeftButton, {}, from);
        QMouseEvent move(QEvent::MouseMove, from - QPoint(100, 0), view.mapToGlobal(from - QPoint(100, 0)),
                         Qt::NoButton, Qt::LeftButton, {});
        QCoreApplication::sendEvent(view.viewport(), &move);
        QTest::mouseRelease(view.viewport(), Qt::LeftButton, {}, from - QPoint(100, 0));
        QCOMPARE(view.horizontalScrollBar()->value(), before + 100);
        QCOMPARE(view.currentPath(), u"s1"_s);
    }

    void zoomKeepsThePointUnderThePointer()
    {
        GraphView view;
        view.resize(800, 400);
        view.reset(RunSteps(series(1000), {}));
        view.show();
        view.setCurrentPath(u"s500"_s);
        const double before = view.zoom();
        const QPointF held = view.itemRect(500).center();
        QWheelEvent wheel(held, view.viewport()->mapToGlobal(held), {}, {0, 120}, Qt::NoButton,
                          Qt::ControlModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(view.viewport(), &wheel);
        QVERIFY(view.zoom() > before);
        QVERIFY(std::abs(view.itemRect(500).center().x() - held.x()) < 3);
        view.fit();
        QVERIFY(view.zoom() <= 1);
        for (int i = 0; i < 100; ++i)
            QTest::keyClick(&view, Qt::Key_Minus);
        QVERIFY(view.zoom() > 0.01);
        view.viewport()->repaint(); // The far level of detail.
    }

    void problemsAreFound()
    {
        GraphView view;
        view.resize(800, 400);
        view.reset(
            RunSteps(series(50), {in(u"s10"_s, StepState::Failed), in(u"s20"_s, StepState::Interrupted)}));
        view.show();
        QVERIFY(view.hasProblem());
        QTest::keyClick(&view, Qt::Key_F8);
        QCOMPARE(view.currentPath(), u"s10"_s);
        QTest::keyClick(&view, Qt::Key_F8);
        QCOMPARE(view.currentPath(), u"s20"_s);
        QTest::keyClick(&view, Qt::Key_F8);
        QCOMPARE(view.currentPath(), u"s10"_s);
    }

    void aGroupIsAProblemOnlyByItself()
    {
        RunSteps steps(mapOf(3),
                       {in(u"hosts"_s, StepState::Failed), in(u"hosts[1]::restart"_s, StepState::Failed)});
        QCOMPARE(steps.nextProblem(-1), 2);
        QCOMPARE(steps.nextProblem(2), 2);
        QCOMPARE(RunSteps(mapOf(3), {in(u"hosts"_s, StepState::Failed)}).nextProblem(-1), 0);
        QCOMPARE(RunSteps(mapOf(3), {}).nextProblem(-1), -1);
    }

    void foldedProblemsAreClickable()
    {
        GraphView view;
        view.resize(800, 400);
        view.reset(RunSteps(mapOf(40), {}));
        view.show();
        const auto clickSlot = [&view](int slot) {
            const QRectF summary = view.itemRect(0);
            const QRectF natural = view.graphLayout().items().at(0).rect;
            const QPointF inside = view.graphLayout().problemSlot(0, slot).center() - natural.topLeft();
            const double scale = summary.width() / natural.width();
            QTest::mouseClick(view.viewport(), Qt::LeftButton, {},
                              (summary.topLeft() + inside * scale).toPoint());
        };
        view.apply(
            {in(u"hosts[7]::restart"_s, StepState::Failed), in(u"hosts[3]::restart"_s, StepState::Failed)});
        clickSlot(1);
        QCOMPARE(view.currentPath(), u"hosts[7]::restart"_s); // In plan order.
        clickSlot(2);
        QCOMPARE(view.currentPath(), u"hosts"_s); // No third one.
        view.apply({in(u"hosts[7]::restart"_s, StepState::Running)});
        clickSlot(1);
        QCOMPARE(view.currentPath(), u"hosts"_s);
    }

    void foldsCount()
    {
        RunSteps steps(mapOf(20), {in(u"hosts[0]::restart"_s, StepState::Running)});
        const ui::GraphLayout layout(steps.outline(), {});
        ui::GraphFolds folds(steps, layout);
        QCOMPARE(ui::countWords(folds.of(0)), u"1 running, 19 pending"_s);
        folds.change(1, StepState::Running, StepState::Failed);
        folds.change(2, StepState::Pending, StepState::Succeeded);
        folds.change(0, StepState::Pending, StepState::Failed); // The map itself is not one of its items.
        QCOMPARE(ui::countWords(folds.of(0)), u"1 failed, 1 succeeded, 18 pending"_s);
        QCOMPARE(folds.of(0).problems, std::set<int>{1});
    }

    void tellsAssistiveToolsTheCounts()
    {
        GraphView view;
        view.reset(RunSteps(series(4), {in(u"s0"_s, StepState::Succeeded), in(u"s1"_s, StepState::Failed)}));
        QCOMPARE(view.accessibleName(), u"Graph of steps"_s);
        QCOMPARE(view.accessibleDescription(),
                 u"2 of 4 steps are done, 0 running, 0 waiting for a person, 1 with problems."_s);
        view.apply({in(u"s2"_s, StepState::WaitingApproval)});
        QCOMPARE(view.accessibleDescription(),
                 u"2 of 4 steps are done, 0 running, 1 waiting for a person, 1 with problems."_s);
    }

    void keepsItsPlaceWhenAMapGrows()
    {
        GraphView view;
        view.resize(800, 400);
        view.reset(RunSteps(series(100), {}));
        view.show();
        view.setCurrentPath(u"s50"_s);
        const QRectF before = view.itemRect(50);
        Outline more = series(100);
        add(more, u"more"_s);
        view.reset(RunSteps(more, {}));
        QCOMPARE(view.currentPath(), u"s50"_s);
        QCOMPARE(view.itemRect(50), before);
    }
};

QTEST_MAIN(TestGraphView)
#include "tst_graph_view.moc"
