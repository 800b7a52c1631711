#include "ui/run/step_tree_model.h"

#include "ui/common/safe_text.h"
#include "ui/common/theme.h"

using engine::OutlineNode;
using engine::StepKind;

namespace ui {

using namespace Qt::StringLiterals;

void StepTreeModel::reset(const RunSteps &steps)
{
    beginResetModel();
    m_steps = steps;
    const engine::Outline &outline = m_steps.outline();
    m_top.clear();
    m_children = QList<QList<int>>(outline.size());
    m_row = QList<int>(outline.size(), -1);
    QList<bool> expanded(outline.size(), false); // A map that has instances.
    for (const OutlineNode &node : outline) {
        if (node.parent >= 0 && !node.isTemplate)
            expanded[node.parent] = true;
    }
    for (int i = 0; i < outline.size(); ++i) {
        const OutlineNode &node = outline.at(i);
        const bool above = node.parent >= 0;
        const bool replaced = above && node.isTemplate && outline.at(node.parent).kind == StepKind::Map
                              && expanded.at(node.parent);
        if (replaced || (above && m_row.at(node.parent) < 0))
            continue;
        QList<int> &siblings = above ? m_children[node.parent] : m_top;
        m_row[i] = int(siblings.size());
        siblings += i;
    }
    endResetModel();
}

void StepTreeModel::apply(const QList<engine::StepRecord> &records)
{
    const QList<int> changed = m_steps.apply(records);
    for (const int node : changed) {
        if (m_row.at(node) < 0)
            continue;
        const QModelIndex first = createIndex(m_row.at(node), StepColumn, quintptr(node));
        Q_EMIT dataChanged(first, first.siblingAtColumn(ColumnCount - 1));
    }
}

QModelIndex StepTreeModel::indexOf(const QString &path) const
{
    const int node = m_steps.nodeOf(path);
    return node < 0 || m_row.at(node) < 0 ? QModelIndex() : createIndex(m_row.at(node), 0, quintptr(node));
}

const QList<int> &StepTreeModel::childrenOf(const QModelIndex &parent) const
{
    return parent.isValid() ? m_children.at(qsizetype(parent.internalId())) : m_top;
}

QModelIndex StepTreeModel::index(int row, int column, const QModelIndex &parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column, quintptr(childrenOf(parent).at(row)));
}

QModelIndex StepTreeModel::parent(const QModelIndex &child) const
{
    if (!child.isValid())
        return {};
    const int parent = m_steps.outline().at(qsizetype(child.internalId())).parent;
    return parent < 0 ? QModelIndex() : createIndex(m_row.at(parent), 0, quintptr(parent));
}

int StepTreeModel::rowCount(const QModelIndex &parent) const
{
    return parent.column() > 0 ? 0 : int(childrenOf(parent).size());
}

int StepTreeModel::columnCount(const QModelIndex &) const
{
    return ColumnCount;
}

QString StepTreeModel::text(int node, int column) const
{
    const engine::StepRecord &record = m_steps.record(node);
    switch (column) {
    case StepColumn: {
        const OutlineNode &step = m_steps.outline().at(node);
        const bool isItem = step.parent >= 0 && m_steps.outline().at(step.parent).kind == StepKind::Map;
        return isItem ? safeText(step.path.section(u'/', -1)) : stepTitle(step);
    }
    case StateColumn: return stateWord(record.state);
    case KindColumn: return kindWord(m_steps.outline().at(node));
    case AttemptsColumn: return record.attempts > 0 ? QString::number(record.attempts) : QString();
    case NoteColumn: return safeText(record.reason);
    default: return {};
    }
}

QVariant StepTreeModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const int node = int(index.internalId());
    switch (role) {
    case Qt::DisplayRole: return text(node, index.column());
    case Qt::DecorationRole:
        return index.column() == StepColumn ? QVariant(stateIcon(m_steps.state(node))) : QVariant();
    case Qt::ToolTipRole:
        if (index.column() == NoteColumn)
            return text(node, NoteColumn).toHtmlEscaped();
        return safeText(m_steps.outline().at(node).path).toHtmlEscaped();
    case Qt::AccessibleTextRole:
        return index.column() == StepColumn
                   ? QVariant(u"%1, %2"_s.arg(text(node, StepColumn), text(node, StateColumn)))
                   : QVariant();
    case PathRole: return m_steps.outline().at(node).path;
    case StateRole: return QVariant::fromValue(AnyState(m_steps.state(node)));
    default: return {};
    }
}

QVariant StepTreeModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case StepColumn: return tr("Step");
    case StateColumn: return tr("State");
    case KindColumn: return tr("Kind");
    case AttemptsColumn: return tr("Attempts");
    case NoteColumn: return tr("Note");
    default: return {};
    }
}

} // namespace ui
