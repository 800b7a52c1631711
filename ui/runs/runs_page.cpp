#include "ui/runs/runs_page.h"

#include "ui/common/empty_state.h"
#include "ui/common/page_parts.h"
#include "ui/common/table.h"
#include "ui/runs/run_feed.h"
#include "ui/runs/runs_model.h"

#include <QLabel>
#include <QLayout>
#include <QSortFilterProxyModel>
#include <QTableView>

namespace ui {

using namespace Qt::StringLiterals;

RunsPage::RunsPage(RunFeed *feed, QWidget *parent)
    : QWidget(parent)
{
    auto *sorted = new QSortFilterProxyModel(this);
    sorted->setSourceModel(feed->runs());
    sorted->setSortRole(RunsModel::SortRole);
    auto *table = makeTable(sorted, u"runsTable"_s, tr("Runs"), this);
    table->setSortingEnabled(true);
    table->sortByColumn(RunsModel::StartedColumn, Qt::DescendingOrder);
    connect(table, &QTableView::activated, this, [this, feed, sorted](const QModelIndex &index) {
        Q_EMIT runRequested(feed->runs()->runAt(sorted->mapToSource(index).row()).id);
    });
    auto *empty = new EmptyState(tr("No runs yet"),
                                 tr("Open a pack, plan it and start it; its run will be listed here."));
    layOutListPage(this, tr("Runs"), table, empty);
    auto *cut = quietLabel(tr("Only the newest %1 runs are listed.").arg(RunFeed::MaxRuns), this);
    cut->setObjectName(u"runsCut"_s);
    layout()->addWidget(cut);
    const auto showCut = [cut, feed] { cut->setVisible(feed->runs()->rowCount() >= RunFeed::MaxRuns); };
    showCut();
    connect(feed->runs(), &QAbstractItemModel::modelReset, cut, showCut);
    connect(feed->runs(), &QAbstractItemModel::rowsInserted, cut, showCut);
    setFocusProxy(table);
}

} // namespace ui
