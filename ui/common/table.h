#pragma once

class QAbstractItemModel;
class QString;
class QTableView;
class QWidget;

namespace ui {

/// A table of whole rows without a grid, columns as wide as what they first show, the last one taking the
/// rest. Return or a double click on a row emits activated().
QTableView *makeTable(QAbstractItemModel *model, const QString &objectName, const QString &accessibleName,
                      QWidget *parent);

/// Makes a table as high as its rows, at most maxRows, and keeps it so.
void fitHeightToRows(QTableView *table, int maxRows);

} // namespace ui
