#include "ui/run/decision_model.h"

#include "ui/common/safe_text.h"
#include "ui/gate/gate_rules.h"

#include <algorithm>

namespace ui {

using namespace Qt::StringLiterals;

DecisionModel::Row DecisionModel::rowOf(const engine::GateRequest &gate, int approvals)
{
    const QString quorum = tr("%1 of %2 approvals").arg(approvals).arg(gate.required);
    const QString title = safeText(gate.title.isEmpty() ? gate.approvalId : gate.title);
    const bool open = gate.state == engine::GateState::Open;
    return {gate.requestedAt,
            gate.path,
            gate.state,
            open ? tr("Approval asked for") : tr("Approval: %1").arg(stateWord(gate.state)),
            safeText(gate.requestedBy),
            u"%1 · %2"_s.arg(quorum, title),
            open};
}

DecisionModel::Row DecisionModel::rowOf(const engine::Decision &decision)
{
    const engine::DecisionStatement &said = decision.statement;
    const bool approved = said.verdict == engine::Verdict::Approve;
    return {said.decidedAt,
            said.path,
            decision.withdrawal ? engine::GateState::Cancelled
            : approved          ? engine::GateState::Approved
                                : engine::GateState::Rejected,
            decision.withdrawal ? tr("Approved, taken back later")
            : approved          ? tr("Approved")
                                : tr("Rejected"),
            safeText(said.approver),
            safeText(said.reason),
            false};
}

DecisionModel::Row DecisionModel::rowOf(const engine::WithdrawalStatement &said)
{
    return {said.withdrawnAt,
            said.path,
            engine::GateState::Cancelled,
            tr("Approval taken back"),
            safeText(said.approver),
            safeText(said.reason),
            false};
}

DecisionModel::Row DecisionModel::rowOf(const engine::PolicyDecision &policy)
{
    QStringList denials;
    for (const engine::PolicyDenial &denial : policy.denials)
        denials += safeText(denial.id) + u": "_s + safeText(denial.message);
    return {policy.decidedAt,
            policy.path,
            policy.allow ? AnyState(engine::GateState::Approved) : AnyState(engine::StepState::Blocked),
            policy.allow ? tr("Policy allows") : tr("Policy denies"),
            tr("Policy %1").arg(safeText(policy.policyId)),
            denials.join(u"; "_s),
            false};
}

void DecisionModel::reset(const engine::RunView &run)
{
    QList<Row> rows;
    for (const engine::GateRequest &gate : run.gates)
        rows += rowOf(gate, approvalsOf(decisionsAt(gate, run.decisions)));
    for (const engine::Decision &decision : run.decisions) {
        rows += rowOf(decision);
        if (decision.withdrawal)
            rows += rowOf(decision.withdrawal->statement);
    }
    for (const engine::PolicyDecision &policy : run.policies)
        rows += rowOf(policy);
    std::ranges::stable_sort(rows, {}, &Row::when);
    if (rows == m_rows)
        return;
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
}

QString DecisionModel::openGateAt(int row) const
{
    return row >= 0 && row < m_rows.size() && m_rows.at(row).isOpen ? m_rows.at(row).path : QString();
}

int DecisionModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int DecisionModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant DecisionModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row &row = m_rows.at(index.row());
    if (role == Qt::DecorationRole && index.column() == WhatColumn)
        return stateIcon(row.state);
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole)
        return {};
    QString text;
    switch (index.column()) {
    case WhenColumn: text = GateWords::dateTime(row.when); break;
    case GateColumn: text = safeText(row.path); break;
    case WhatColumn: text = row.what; break;
    case WhoColumn: text = row.who; break;
    case DetailColumn: text = row.detail; break;
    default: break;
    }
    return role == Qt::ToolTipRole ? text.toHtmlEscaped() : text;
}

QVariant DecisionModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case WhenColumn: return tr("When");
    case GateColumn: return tr("Gate");
    case WhatColumn: return tr("What");
    case WhoColumn: return tr("Who");
    case DetailColumn: return tr("Detail");
    default: return {};
    }
}

} // namespace ui
