#pragma once

#include "engine/api/values.h"
#include "ui/common/theme.h"

#include <QAbstractTableModel>

namespace ui {

/// What was asked, decided by people and answered by policies in one run, in the order it happened.
/// A cache, fed by reset().
class DecisionModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { WhenColumn, GateColumn, WhatColumn, WhoColumn, DetailColumn, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void reset(const engine::RunView &run); ///< Nothing happens when nothing in it changed.

    /// The gate of a row that still waits; empty for any other row.
    QString openGateAt(int row) const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    struct Row
    {
        engine::Timestamp when{};
        QString path{};
        AnyState state{};
        QString what{};
        QString who{};    ///< Safe text.
        QString detail{}; ///< Safe text.
        bool isOpen = false;

        bool operator==(const Row &) const = default;
    };

    static Row rowOf(const engine::GateRequest &gate, int approvals);
    static Row rowOf(const engine::Decision &decision);
    static Row rowOf(const engine::WithdrawalStatement &said);
    static Row rowOf(const engine::PolicyDecision &policy);

    QList<Row> m_rows;
};

} // namespace ui
