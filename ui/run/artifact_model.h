#pragma once

#include "engine/api/values.h"

#include <QAbstractTableModel>

namespace ui {

/// What a run left, one row each, in the order it was captured. A cache, fed by reset().
class ArtifactModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { NameColumn, StepColumn, SizeColumn, DigestColumn, StatusColumn, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void reset(const QList<engine::Artifact> &artifacts); ///< Nothing happens when they are the same.
    const engine::Artifact &at(int row) const { return m_artifacts.at(row); }

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    QString text(const engine::Artifact &artifact, int column) const;

    QList<engine::Artifact> m_artifacts;
};

} // namespace ui
