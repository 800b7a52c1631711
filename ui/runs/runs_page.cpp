#include "ui/runs/runs_page.h"

#include "ui/common/empty_state.h"
#include "ui/common/page_parts.h"
#include "ui/common/table.h"
#include "ui/runs/run_feed.h"
#include "ui/runs/runs_model.h"

#include <QHeaderView>
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
    setFocusProxy(table);
}

} // namespace ui
