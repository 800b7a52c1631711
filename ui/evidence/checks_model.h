#pragma once

#include "engine/api/values.h"

#include <QAbstractTableModel>

namespace ui {

/// The checks of a verification, one row each, in their order. A cache: fed by reset().
class ChecksModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { ResultColumn, CheckColumn, DetailColumn, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void reset(const QList<engine::Check> &checks);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    QList<engine::Check> m_checks;
};

} // namespace ui
