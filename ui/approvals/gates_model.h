#pragma once

#include "engine/api/values.h"

#include <QAbstractTableModel>
#include <QHash>

namespace ui {

/// Open approval gates, one row each, the next to expire first. A cache: fed by reset() and apply(), never
/// asks the engine.
class GatesModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column {
        ExpiryColumn,
        GateColumn,
        PackColumn,
        RequesterColumn,
        QuorumColumn,
        RunColumn,
        ColumnCount
    };

    using QAbstractTableModel::QAbstractTableModel;

    void reset(const QList<engine::GateRequest> &gates);
    /// Updates, adds or (when it is not open any more) takes away a gate.
    void apply(const engine::GateRequest &gate);
    /// Which pack a run is of: gates know only their run.
    void setPack(const engine::RunId &run, const QString &pack);
    /// What expiry counts down from.
    void setNow(engine::Timestamp now);

    const engine::GateRequest &gateAt(int row) const { return m_gates.at(row); }

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    QString display(const engine::GateRequest &gate, int column) const;

    QList<engine::GateRequest> m_gates;
    QHash<engine::RunId, QString> m_packs;
    engine::Timestamp m_now{};
};

} // namespace ui
