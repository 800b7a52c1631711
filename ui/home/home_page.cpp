#include "ui/home/home_page.h"

#include "ui/approvals/gates_model.h"
#include "ui/common/action_button.h"
#include "ui/common/empty_state.h"
#include "ui/common/page_parts.h"
#include "ui/common/table.h"
#include "ui/runs/run_feed.h"
#include "ui/runs/runs_model.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QSortFilterProxyModel>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

namespace ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int shownRows = 8;

/// Adds a titled table that gives way to a sentence while it is empty.
void addSection(QVBoxLayout *layout, const QString &title, QTableView *table, const QString &none)
{
    QWidget *page = table->parentWidget();
    auto *sentence = quietLabel(none, page);
    layout->addWidget(sectionTitle(title, page));
    layout->addWidget(sentence);
    layout->addWidget(table);
    layout->addSpacing(pageMargin(page));
    fitHeightToRows(table, shownRows);
    const QAbstractItemModel *model = table->model();
    const auto choose = [table, sentence, model] {
        table->setVisible(model->rowCount() > 0);
        sentence->setVisible(model->rowCount() == 0);
    };
    choose();
    QObject::connect(model, &QAbstractItemModel::modelReset, table, choose);
    QObject::connect(model, &QAbstractItemModel::rowsInserted, table, choose);
    QObject::connect(model, &QAbstractItemModel::rowsRemoved, table, choose);
}

/// The runs that are over, or those that are not.
class RunsByEnd : public QSortFilterProxyModel
{
public:
    RunsByEnd(RunsModel *runs, bool over, QObject *parent)
        : QSortFilterProxyModel(parent)
        , m_over(over)
    {
        setSourceModel(runs);
    }

protected:
    bool filterAcceptsRow(int row, const QModelIndex &parent) const override
    {
        return sourceModel()->index(row, 0, parent).data(RunsModel::IsOverRole).toBool() == m_over;
    }

private:
    const bool m_over;
};

} // namespace

HomePage::HomePage(RunFeed *feed, const QList<QAction *> &starters, QWidget *parent)
    : QWidget(parent)
    , m_feed(feed)
    , m_stack(new QStackedWidget(this))
{
    auto *empty =
        new EmptyState(tr("Plan, run and prove Task Packs"),
                       tr("Nothing has run here yet. Begin with the sample pack: it lists the packages of "
                          "this machine, waits for your approval and leaves evidence that you can verify."));
    for (QAction *action : starters)
        empty->addAction(action);
    m_stack->addWidget(empty);
    m_stack->addWidget(makeOverview(starters));
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);

    for (const QAbstractItemModel *model : {static_cast<const QAbstractItemModel *>(feed->runs()),
                                            static_cast<const QAbstractItemModel *>(feed->gates())}) {
        connect(model, &QAbstractItemModel::modelReset, this, &HomePage::choose);
        connect(model, &QAbstractItemModel::rowsInserted, this, &HomePage::choose);
    }
    choose();
}

QWidget *HomePage::makeOverview(const QList<QAction *> &starters)
{
    auto *content = new QWidget;
    auto *layout = new QVBoxLayout(content);
    const int margin = pageMargin(this);
    layout->setContentsMargins(margin, margin, margin, margin);
    layout->setSpacing(margin / 2);
    auto *head = new QHBoxLayout;
    head->addWidget(pageTitle(tr("Home"), content), 1);
    for (QAction *action : starters)
        head->addWidget(buttonFor(action, content));
    layout->addLayout(head);
    layout->addSpacing(margin / 2);
    addGates(layout);
    addRuns(layout, tr("Under way"), tr("Nothing is under way."), u"homeUnderWay"_s, false);
    addRuns(layout, tr("Recent runs"), tr("No run has ended yet."), u"homeRecent"_s, true);
    layout->addStretch();

    auto *scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(content);
    return scroll;
}

void HomePage::addGates(QVBoxLayout *layout)
{
    auto *table =
        makeTable(m_feed->gates(), u"homeGates"_s, tr("Gates that need you"), layout->parentWidget());
    connect(table, &QTableView::activated, this, [this](const QModelIndex &index) {
        const engine::GateRequest &gate = m_feed->gates()->gateAt(index.row());
        Q_EMIT gateRequested(gate.run, gate.path);
    });
    addSection(layout, tr("Needs you"), table, tr("Nothing waits for approval."));
}

void HomePage::addRuns(QVBoxLayout *layout, const QString &title, const QString &none, const QString &name,
                       bool over)
{
    auto *filtered = new RunsByEnd(m_feed->runs(), over, this);
    auto *table = makeTable(filtered, name, title, layout->parentWidget());
    connect(table, &QTableView::activated, this, [this, filtered](const QModelIndex &index) {
        Q_EMIT runRequested(m_feed->runs()->runAt(filtered->mapToSource(index).row()).id);
    });
    addSection(layout, title, table, none);
}

void HomePage::choose()
{
    const bool isEmpty = m_feed->runs()->rowCount() == 0 && m_feed->gates()->rowCount() == 0;
    m_stack->setCurrentIndex(isEmpty ? 0 : 1);
}

} // namespace ui
