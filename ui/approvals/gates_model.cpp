#include "ui/approvals/gates_model.h"

#include "ui/common/safe_text.h"
#include "ui/common/theme.h"
#include "ui/common/time_text.h"

#include <QLocale>

#include <algorithm>
#include <tuple>

namespace ui {

using engine::GateRequest;
using engine::GateState;

namespace {

auto orderOf(const GateRequest &gate)
{
    return std::tie(gate.expiresAt, gate.run.value, gate.path);
}

bool expiresBefore(const GateRequest &one, const GateRequest &other)
{
    return orderOf(one) < orderOf(other);
}

} // namespace

void GatesModel::reset(const QList<GateRequest> &gates)
{
    beginResetModel();
    m_gates.clear();
    std::ranges::copy_if(gates, std::back_inserter(m_gates),
                         [](const GateRequest &gate) { return gate.state == GateState::Open; });
    std::ranges::sort(m_gates, expiresBefore);
    endResetModel();
}

void GatesModel::apply(const GateRequest &gate)
{
    const auto same = [&gate](const GateRequest &other) {
        return other.run == gate.run && other.path == gate.path;
    };
    const auto at = std::ranges::find_if(m_gates, same);
    const bool isOpen = gate.state == GateState::Open;
    if (at != m_gates.end() && isOpen && at->expiresAt == gate.expiresAt) {
        *at = gate;
        const int row = int(at - m_gates.begin());
        Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
        return;
    }
    if (at != m_gates.end()) {
        const int row = int(at - m_gates.begin());
        beginRemoveRows({}, row, row);
        m_gates.removeAt(row);
        endRemoveRows();
    }
    if (isOpen) {
        const int row = int(std::ranges::lower_bound(m_gates, gate, expiresBefore) - m_gates.begin());
        beginInsertRows({}, row, row);
        m_gates.insert(row, gate);
        endInsertRows();
    }
}

void GatesModel::setPack(const engine::RunId &run, const QString &pack)
{
    if (m_packs.value(run) == pack)
        return;
    m_packs.insert(run, pack);
    for (int row = 0; row < m_gates.size(); ++row) {
        if (m_gates.at(row).run == run)
            Q_EMIT dataChanged(index(row, PackColumn), index(row, PackColumn), {Qt::DisplayRole});
    }
}

void GatesModel::setNow(engine::Timestamp now)
{
    m_now = now;
    if (!m_gates.isEmpty())
        Q_EMIT dataChanged(index(0, ExpiryColumn), index(int(m_gates.size()) - 1, ExpiryColumn),
                           {Qt::DisplayRole});
}

int GatesModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_gates.size());
}

int GatesModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant GatesModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const GateRequest &gate = m_gates.at(index.row());
    switch (role) {
    case Qt::DisplayRole: return display(gate, index.column());
    case Qt::ToolTipRole:
        if (index.column() == ExpiryColumn)
            return momentText(gate.expiresAt, m_now);
        return display(gate, index.column()).toHtmlEscaped();
    case Qt::DecorationRole:
        return index.column() == ExpiryColumn ? QVariant(stateIcon(gate.state)) : QVariant();
    default: return {};
    }
}

QVariant GatesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (Column(section)) {
    case ExpiryColumn: return tr("Expires");
    case GateColumn: return tr("Gate");
    case PackColumn: return tr("Pack");
    case RequesterColumn: return tr("Requested by");
    case QuorumColumn: return tr("Approvals needed");
    case RunColumn: return tr("Run");
    case ColumnCount: break;
    }
    return {};
}

QString GatesModel::display(const GateRequest &gate, int column) const
{
    switch (Column(column)) {
    case ExpiryColumn: return countdownText(gate.expiresAt, m_now);
    case GateColumn: return safeText(gate.title.isEmpty() ? gate.path : gate.title);
    case PackColumn: return safeText(m_packs.value(gate.run));
    case RequesterColumn: return safeText(gate.requestedBy);
    case QuorumColumn: return QLocale().toString(gate.required);
    case RunColumn: return safeText(gate.run.value);
    case ColumnCount: break;
    }
    return {};
}

} // namespace ui
