#include "ui/common/table.h"

#include <QHeaderView>
#include <QScrollBar>
#include <QTableView>

#include <algorithm>

namespace ui {

namespace {

void fitColumns(QTableView *table)
{
    const int longest = table->fontMetrics().averageCharWidth() * 56;
    const int gap = table->fontMetrics().averageCharWidth() * 2;
    table->resizeColumnsToContents();
    for (int column = 0; column < table->model()->columnCount(); ++column)
        table->setColumnWidth(column, std::min(table->columnWidth(column) + gap, longest));
}

/// What a cell says now may need more room than what it said at first.
void widenColumns(QTableView *table, const QModelIndex &from, const QModelIndex &to)
{
    const QAbstractItemView *view = table; // QTableView hides the function.
    for (int column = from.column(); column <= std::min(to.column(), table->model()->columnCount() - 2);
         ++column)
        table->setColumnWidth(column, std::max(table->columnWidth(column), view->sizeHintForColumn(column)));
}

} // namespace

QTableView *makeTable(QAbstractItemModel *model, const QString &objectName, const QString &accessibleName,
                      QWidget *parent)
{
    auto *table = new QTableView(parent);
    table->setObjectName(objectName);
    table->setAccessibleName(accessibleName);
    table->setModel(model);
    table->setShowGrid(false);
    table->setWordWrap(false);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSelectionMode(QAbstractItemView::SingleSelection);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setTabKeyNavigation(false); // Tab goes on to the next control.
    table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    const int side = table->fontMetrics().height();
    table->setIconSize(QSize(side, side));
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(side * 9 / 5);
    table->horizontalHeader()->setHighlightSections(false);
    table->horizontalHeader()->setStretchLastSection(true);
    table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeading | Qt::AlignVCenter);

    fitColumns(table);
    QObject::connect(model, &QAbstractItemModel::modelReset, table, [table] { fitColumns(table); });
    QObject::connect(model, &QAbstractItemModel::rowsInserted, table, [table, model] {
        if (model->rowCount() == 1)
            fitColumns(table);
    });
    QObject::connect(
        model, &QAbstractItemModel::dataChanged, table,
        [table](const QModelIndex &from, const QModelIndex &to) { widenColumns(table, from, to); });
    return table;
}

void fitHeightToRows(QTableView *table, int maxRows)
{
    const auto fit = [table, maxRows] {
        const int rows = std::min(table->model()->rowCount(), maxRows);
        const int row = table->verticalHeader()->defaultSectionSize();
        table->setFixedHeight(table->horizontalHeader()->sizeHint().height() + rows * row
                              + 2 * table->frameWidth()
                              + table->horizontalScrollBar()->sizeHint().height() / 2);
    };
    fit();
    const QAbstractItemModel *model = table->model();
    QObject::connect(model, &QAbstractItemModel::modelReset, table, fit);
    QObject::connect(model, &QAbstractItemModel::rowsInserted, table, fit);
    QObject::connect(model, &QAbstractItemModel::rowsRemoved, table, fit);
}

} // namespace ui
