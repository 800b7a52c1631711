#pragma once

#include "engine/api/values.h"

#include <QAbstractItemModel>

namespace ui {

/// What would happen, as the tree of the plan's steps. A cache: fed by reset(), never asks the engine.
class SimulationModel : public QAbstractItemModel
{
    Q_OBJECT
public:
    enum Column { StepColumn, KindColumn, OutcomeColumn, WaveColumn, ReasonColumn, ColumnCount };

    using QAbstractItemModel::QAbstractItemModel;

    void reset(const engine::PlanPreview &preview);

    QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    QModelIndex parent(const QModelIndex &index) const override;
    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    struct Node
    {
        engine::OutlineNode outline{};
        std::optional<engine::SimulatedStep> step{}; ///< Absent for the template of a map.
        int rowInParent = 0;
        QList<int> children{};
    };

    const QList<int> &childrenOf(const QModelIndex &parent) const;
    QString display(const Node &node, int column) const;

    QList<Node> m_nodes;
    QList<int> m_top;
};

/// The kind of a step in the user's language.
QString stepKindWord(engine::StepKind kind);
QString outcomeWord(engine::SimulatedOutcome outcome);

} // namespace ui
