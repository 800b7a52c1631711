#pragma once

#include "engine/api/values.h"

#include <QAbstractTableModel>

namespace ui {

/// Runs, one row each, newest first. A cache: fed by reset() and apply(), never asks the engine.
class RunsModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column {
        StateColumn,
        PackColumn,
        StartedColumn,
        DurationColumn,
        RequesterColumn,
        RunColumn,
        ColumnCount
    };
    enum Role {
        SortRole = Qt::UserRole, ///< A value that sorts as the column does.
        IsOverRole,              ///< bool: the run has ended or was interrupted: nothing moves in it.
    };

    using QAbstractTableModel::QAbstractTableModel;

    void reset(const QList<engine::RunSummary> &newestFirst);
    /// Updates the run's row, or inserts it where its id belongs.
    void apply(const engine::RunSummary &run);
    /// What durations of runs that go on count to.
    void setNow(engine::Timestamp now);

    const QList<engine::RunSummary> &runs() const { return m_runs; }
    const engine::RunSummary &runAt(int row) const { return m_runs.at(row); }
    const engine::RunSummary *find(const engine::RunId &id) const; ///< nullptr when there is none.
    int openRuns() const; ///< How many have not ended and would be interrupted with their engine.

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    QString display(const engine::RunSummary &run, int column) const;
    QVariant sortKey(const engine::RunSummary &run, int column) const;
    std::chrono::milliseconds duration(const engine::RunSummary &run) const;

    QList<engine::RunSummary> m_runs;
    engine::Timestamp m_now{};
};

} // namespace ui
