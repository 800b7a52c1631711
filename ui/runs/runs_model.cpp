#include "ui/runs/runs_model.h"

#include "ui/common/safe_text.h"
#include "ui/common/theme.h"
#include "ui/common/time_text.h"

#include <algorithm>
#include <functional>

namespace ui {

using namespace Qt::StringLiterals;
using engine::RunState;
using engine::RunSummary;

namespace {

const QString &idOf(const RunSummary &run)
{
    return run.id.value; // Ids sort by the time they were made.
}

} // namespace

void RunsModel::reset(const QList<RunSummary> &newestFirst)
{
    beginResetModel();
    m_runs = newestFirst;
    std::ranges::sort(m_runs, std::greater(), idOf);
    endResetModel();
}

void RunsModel::apply(const RunSummary &run)
{
    const auto at = std::ranges::lower_bound(m_runs, run.id.value, std::greater(), idOf);
    const int row = int(at - m_runs.begin());
    if (at == m_runs.end() || at->id != run.id) {
        beginInsertRows({}, row, row);
        m_runs.insert(row, run);
        endInsertRows();
    } else if (*at != run) {
        *at = run;
        Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
    }
}

void RunsModel::setNow(engine::Timestamp now)
{
    m_now = now;
    for (int row = 0; row < m_runs.size(); ++row) {
        if (!m_runs.at(row).completedAt) {
            const QModelIndex changed = index(row, DurationColumn);
            Q_EMIT dataChanged(changed, changed, {Qt::DisplayRole, SortRole});
        }
    }
}

const RunSummary *RunsModel::find(const engine::RunId &id) const
{
    const auto at = std::ranges::lower_bound(m_runs, id.value, std::greater(), idOf);
    return at != m_runs.end() && at->id == id ? &*at : nullptr;
}

int RunsModel::openRuns() const
{
    const auto wouldBeInterrupted = [](const RunSummary &run) {
        return run.state == RunState::Running || run.state == RunState::Cancelling;
    };
    return int(std::ranges::count_if(m_runs, wouldBeInterrupted));
}

int RunsModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_runs.size());
}

int RunsModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant RunsModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const RunSummary &run = m_runs.at(index.row());
    switch (role) {
    case Qt::DisplayRole: return display(run, index.column());
    case Qt::ToolTipRole:
        if (index.column() == StateColumn && !run.reason.isEmpty())
            return safeText(run.reason).toHtmlEscaped();
        return display(run, index.column()).toHtmlEscaped();
    case Qt::DecorationRole:
        return index.column() == StateColumn ? QVariant(stateIcon(run.state)) : QVariant();
    case SortRole: return sortKey(run, index.column());
    case IsOverRole: return engine::isFinal(run.state) || run.state == RunState::Interrupted;
    default: return {};
    }
}

QVariant RunsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (Column(section)) {
    case StateColumn: return tr("State");
    case PackColumn: return tr("Pack");
    case StartedColumn: return tr("Started");
    case DurationColumn: return tr("Duration");
    case RequesterColumn: return tr("Requested by");
    case RunColumn: return tr("Run");
    case ColumnCount: break;
    }
    return {};
}

QString RunsModel::display(const RunSummary &run, int column) const
{
    switch (Column(column)) {
    case StateColumn: return runStateWord(run);
    case PackColumn: return tr("%1 %2").arg(safeText(run.packName), safeText(run.packVersion));
    case StartedColumn: return momentText(run.createdAt, m_now);
    case DurationColumn: return run.state == RunState::Interrupted ? QString() : spanText(duration(run));
    case RequesterColumn: return safeText(run.requestedBy);
    case RunColumn: return safeText(run.id.value);
    case ColumnCount: break;
    }
    return {};
}

QVariant RunsModel::sortKey(const RunSummary &run, int column) const
{
    switch (Column(column)) {
    case StartedColumn: return qint64(run.createdAt.time_since_epoch().count());
    case DurationColumn: return qint64(duration(run).count());
    case StateColumn:
    case PackColumn:
    case RequesterColumn:
    case RunColumn:
    case ColumnCount: break;
    }
    return display(run, column);
}

std::chrono::milliseconds RunsModel::duration(const RunSummary &run) const
{
    return run.completedAt.value_or(std::max(m_now, run.createdAt)) - run.createdAt;
}

} // namespace ui
