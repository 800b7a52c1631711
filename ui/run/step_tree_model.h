#pragma once

#include "ui/run/run_steps.h"

#include <QAbstractItemModel>

namespace ui {

/// The steps of one run as a tree in plan order: the equal of the graph for those who cannot see it.
/// A cache: fed by reset() and apply(), never asks the engine. Templates of expanded maps are left out.
class StepTreeModel : public QAbstractItemModel
{
    Q_OBJECT
public:
    enum Column { StepColumn, StateColumn, KindColumn, AttemptsColumn, NoteColumn, ColumnCount };
    enum Role { PathRole = Qt::UserRole, StateRole };

    using QAbstractItemModel::QAbstractItemModel;

    void reset(const RunSteps &steps);
    void apply(const QList<engine::StepRecord> &records);

    QModelIndex indexOf(const QString &path) const; ///< Invalid when there is none.
    const RunSteps &steps() const { return m_steps; }

    QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    QModelIndex parent(const QModelIndex &child) const override;
    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    const QList<int> &childrenOf(const QModelIndex &parent) const;
    QString text(int node, int column) const;

    RunSteps m_steps;
    QList<int> m_top;
    QList<QList<int>> m_children; ///< By node.
    QList<int> m_row;             ///< By node; -1 for what is left out.
};

} // namespace ui
