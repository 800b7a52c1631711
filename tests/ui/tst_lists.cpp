#include "tests/support/fake_run_service.h"
#include "tests/support/sample_values.h"
#include "ui/approvals/approvals_page.h"
#include "ui/approvals/gates_model.h"
#include "ui/common/empty_state.h"
#include "ui/common/time_text.h"
#include "ui/home/home_page.h"
#include "ui/runs/run_feed.h"
#include "ui/runs/runs_model.h"
#include "ui/runs/runs_page.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using engine::GateState;
using engine::RunState;

/// The models of runs and gates, what feeds them, and the pages that show them.
class TestLists : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void runsStayNewestFirst();
    void runsShowTheirStateInWords();
    void runsCountWhatWouldBeInterrupted();
    void onlyOpenRunsTick();
    void gatesComeInOrderOfExpiry();
    void gatesCountDown();
    void feedFollowsTheService();
    void feedKeepsNewsThatOvertakeAnAnswer();
    void feedReportsErrors();
    void pagesOpenWhatIsActivated();
    void runsPageSaysWhenItShowsOnlySome();
    void homeOffersStartersWhileEmpty();
    void spansAndCountdowns();
};

void TestLists::runsStayNewestFirst()
{
    ui::RunsModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.reset({sample::run(1, RunState::Succeeded), sample::run(3, RunState::Failed)});

    model.apply(sample::run(2, RunState::Queued));
    model.apply(sample::run(4, RunState::Running));

    QStringList last;
    for (const engine::RunSummary &run : model.runs())
        last += run.id.value.right(1);
    QCOMPARE(last.join(u' '), u"4 3 2 1"_s);
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    model.apply(sample::run(2, RunState::Queued)); // As it was.
    QCOMPARE(changed.size(), 0);
    model.apply(sample::run(2, RunState::Running));
    QCOMPARE(changed.size(), 1);
    QCOMPARE(changed.first().first().toModelIndex().row(), 2);
    QCOMPARE(toString(model.find(sample::run(2, {}).id)->state), u"running"_s);
    QVERIFY(!model.find({u"run_none"_s}));
}

void TestLists::runsShowTheirStateInWords()
{
    ui::RunsModel model;
    model.setNow(sample::start() + 1h);
    engine::RunSummary hostile = sample::run(1, RunState::Waiting);
    hostile.packName = u"evil\u202Eexe"_s;
    model.reset({hostile});

    const auto text = [&model](int column) { return model.index(0, column).data().toString(); };
    QCOMPARE(text(ui::RunsModel::StateColumn), u"Waiting for approval"_s);
    QCOMPARE(text(ui::RunsModel::PackColumn), u"evil<U+202E>exe 1.0.0"_s);
    QCOMPARE(text(ui::RunsModel::DurationColumn), u"59 min 0 s"_s);
    QCOMPARE(text(ui::RunsModel::RequesterColumn), u"anna"_s);
    QVERIFY(!model.index(0, ui::RunsModel::StateColumn).data(Qt::DecorationRole).value<QIcon>().isNull());
    QVERIFY(!model.index(0, 0).data(ui::RunsModel::IsOverRole).toBool());
}

void TestLists::runsCountWhatWouldBeInterrupted()
{
    ui::RunsModel model;
    model.reset({sample::run(1, RunState::Running), sample::run(2, RunState::Waiting),
                 sample::run(3, RunState::Cancelling), sample::run(4, RunState::Succeeded)});

    QCOMPARE(model.openRuns(), 2);
}

void TestLists::onlyOpenRunsTick()
{
    ui::RunsModel model;
    model.reset({sample::run(1, RunState::Running), sample::run(2, RunState::Succeeded)});
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);

    model.setNow(sample::start() + 5min);

    QCOMPARE(changed.size(), 1);
    QCOMPARE(changed.first().first().toModelIndex(), model.index(1, ui::RunsModel::DurationColumn));
    QCOMPARE(model.index(1, ui::RunsModel::DurationColumn).data().toString(), u"4 min 0 s"_s);
    QCOMPARE(model.index(0, ui::RunsModel::DurationColumn).data().toString(), u"1 min 30 s"_s);
}

void TestLists::gatesComeInOrderOfExpiry()
{
    ui::GatesModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    engine::GateRequest late = sample::gate(sample::run(1, RunState::Waiting));
    engine::GateRequest soon = sample::gate(sample::run(2, RunState::Waiting));
    soon.expiresAt -= 1h;
    engine::GateRequest closed = sample::gate(sample::run(3, RunState::Failed));
    closed.state = GateState::Expired;
    model.reset({late, closed, soon});

    QCOMPARE(model.rowCount(), 2);
    QCOMPARE(model.gateAt(0).run, soon.run);

    late.expiresAt -= 2h; // Asked again, with less time.
    late.revision = 2;
    model.apply(late);
    QCOMPARE(model.gateAt(0).revision, 2);

    soon.state = GateState::Approved;
    model.apply(soon);
    model.apply(closed);
    QCOMPARE(model.rowCount(), 1);
}

void TestLists::gatesCountDown()
{
    ui::GatesModel model;
    const engine::RunSummary run = sample::run(1, RunState::Waiting);
    model.reset({sample::gate(run)});
    model.setPack(run.id, u"inventory-audit 1.0.0"_s);
    const auto text = [&model](int column) { return model.index(0, column).data().toString(); };

    model.setNow(sample::start());
    QCOMPARE(text(ui::GatesModel::ExpiryColumn), u"in 4 h 0 min"_s);
    QCOMPARE(text(ui::GatesModel::PackColumn), u"inventory-audit 1.0.0"_s);
    QCOMPARE(text(ui::GatesModel::GateColumn), u"Review of the package inventory"_s);
    QCOMPARE(text(ui::GatesModel::QuorumColumn), u"1"_s);
    model.setNow(sample::start() + 5h);
    QCOMPARE(text(ui::GatesModel::ExpiryColumn), u"over"_s);
}

void TestLists::feedFollowsTheService()
{
    FakeRunService service;
    const engine::RunSummary run = sample::run(1, RunState::Waiting);
    service.runList = {run};
    service.openGateList = {sample::gate(run)};
    ui::RunFeed feed(&service, nullptr);
    QSignalSpy counts(&feed, &ui::RunFeed::openGatesChanged);
    QSignalSpy refreshed(&feed, &ui::RunFeed::refreshed);

    feed.refresh();
    QVERIFY(refreshed.wait());
    QCOMPARE(feed.runs()->rowCount(), 1);
    QCOMPARE(feed.gates()->index(0, ui::GatesModel::PackColumn).data().toString(),
             u"inventory-audit 1.0.0"_s);
    QCOMPARE(counts.size(), 1);
    QCOMPARE(counts.first().first().toInt(), 1);

    engine::GateRequest decided = sample::gate(run);
    decided.state = GateState::Approved;
    Q_EMIT service.gateChanged(decided);
    Q_EMIT service.runChanged(sample::run(1, RunState::Running));
    QCOMPARE(feed.gates()->rowCount(), 0);
    QCOMPARE(toString(feed.runs()->runAt(0).state), u"running"_s);
    QCOMPARE(counts.last().first().toInt(), 0);
}

void TestLists::feedKeepsNewsThatOvertakeAnAnswer()
{
    FakeRunService service;
    const engine::RunSummary run = sample::run(1, RunState::Waiting);
    service.runList = {run};
    service.openGateList = {sample::gate(run)};
    service.hold();
    ui::RunFeed feed(&service, nullptr);
    QSignalSpy refreshed(&feed, &ui::RunFeed::refreshed);

    feed.refresh();
    engine::GateRequest decided = sample::gate(run);
    decided.state = GateState::Rejected;
    Q_EMIT service.gateChanged(decided);
    Q_EMIT service.runChanged(sample::run(1, RunState::Failed));
    service.release();

    QTRY_COMPARE(refreshed.size(), 1);
    QCOMPARE(feed.gates()->rowCount(), 0);
    QCOMPARE(toString(feed.runs()->runAt(0).state), u"failed"_s);
}

void TestLists::feedReportsErrors()
{
    class Broken : public FakeRunService
    {
    public:
        QFuture<engine::Result<QList<engine::RunSummary>>> runs(const engine::RunFilter &) override
        {
            return engine::runOn(this, [] {
                return engine::Result<QList<engine::RunSummary>>(
                    engine::Error{engine::ErrorCode::Database, u"the disk is full"_s, {}, {}});
            });
        }
    };
    Broken service;
    ui::RunFeed feed(&service, nullptr);
    QSignalSpy failed(&feed, &ui::RunFeed::failed);

    feed.refresh();

    QVERIFY(failed.wait());
    QCOMPARE(failed.first().first().value<engine::Error>().message, u"the disk is full"_s);
}

void TestLists::pagesOpenWhatIsActivated()
{
    FakeRunService service;
    const engine::RunSummary waiting = sample::run(1, RunState::Waiting);
    service.runList = {sample::run(2, RunState::Succeeded), waiting};
    service.openGateList = {sample::gate(waiting)};
    ui::RunFeed feed(&service, nullptr);
    ui::RunsPage runs(&feed);
    ui::ApprovalsPage approvals(&feed);
    ui::HomePage home(&feed, {});
    QSignalSpy refreshed(&feed, &ui::RunFeed::refreshed);
    feed.refresh();
    QVERIFY(refreshed.wait());

    QSignalSpy openedRun(&runs, &ui::RunsPage::runRequested);
    auto *table = runs.findChild<QTableView *>(u"runsTable"_s);
    Q_EMIT table->activated(table->model()->index(0, 0));
    QCOMPARE(openedRun.first().first().value<engine::RunId>(), sample::run(2, {}).id);

    QSignalSpy openedGate(&approvals, &ui::ApprovalsPage::gateRequested);
    table = approvals.findChild<QTableView *>(u"approvalsTable"_s);
    Q_EMIT table->activated(table->model()->index(0, 0));
    QCOMPARE(openedGate.first().first().value<engine::RunId>(), waiting.id);
    QCOMPARE(openedGate.first().last().toString(), u"review"_s);

    QSignalSpy homeRun(&home, &ui::HomePage::runRequested);
    table = home.findChild<QTableView *>(u"homeUnderWay"_s);
    QCOMPARE(table->model()->rowCount(), 1);
    Q_EMIT table->activated(table->model()->index(0, 0));
    QCOMPARE(homeRun.first().first().value<engine::RunId>(), waiting.id);
    table = home.findChild<QTableView *>(u"homeRecent"_s);
    QCOMPARE(table->model()->rowCount(), 1);
}

void TestLists::runsPageSaysWhenItShowsOnlySome()
{
    FakeRunService service;
    ui::RunFeed feed(&service, nullptr);
    ui::RunsPage page(&feed);
    page.show();
    auto *cut = page.findChild<QWidget *>(u"runsCut"_s);
    QVERIFY(!cut->isVisible());

    feed.runs()->reset(QList<engine::RunSummary>(ui::RunFeed::MaxRuns, sample::run(1, RunState::Failed)));

    QVERIFY(cut->isVisible());
}

void TestLists::homeOffersStartersWhileEmpty()
{
    FakeRunService service;
    ui::RunFeed feed(&service, nullptr);
    QAction open(u"&Open Pack…"_s);
    open.setObjectName(u"file.open-pack"_s);
    QSignalSpy triggered(&open, &QAction::triggered);
    ui::HomePage home(&feed, {&open});
    home.show();

    auto *empty = home.findChild<ui::EmptyState *>();
    QVERIFY(empty->isVisible());
    QTest::mouseClick(empty->findChild<QPushButton *>(u"file.open-pack"_s), Qt::LeftButton);
    QCOMPARE(triggered.size(), 1);

    Q_EMIT service.runChanged(sample::run(1, RunState::Queued));
    QVERIFY(!empty->isVisible());
}

void TestLists::spansAndCountdowns()
{
    QCOMPARE(ui::spanText(-5s), u"0 s"_s);
    QCOMPARE(ui::spanText(999ms), u"0 s"_s);
    QCOMPARE(ui::spanText(59s), u"59 s"_s);
    QCOMPARE(ui::spanText(3min + 20s), u"3 min 20 s"_s);
    QCOMPARE(ui::spanText(25h + 59min), u"1 d 1 h"_s);
    QCOMPARE(ui::countdownText(sample::start() + 90s, sample::start()), u"in 1 min 30 s"_s);
    QCOMPARE(ui::countdownText(sample::start(), sample::start()), u"over"_s);
}

QTEST_MAIN(TestLists)
#include "tst_lists.moc"
