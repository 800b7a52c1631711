#include "ui/pack/simulation_model.h"

#include "ui/common/safe_text.h"
#include "ui/common/theme.h"

#include <QCoreApplication>
#include <QHash>

namespace ui {

using engine::SimulatedOutcome;
using engine::StepKind;

namespace {

struct Words
{
    Q_DECLARE_TR_FUNCTIONS(ui::Simulation)

public:
    static QString of(StepKind kind)
    {
        switch (kind) {
        case StepKind::Run: return tr("Run");
        case StepKind::Parallel: return tr("Parallel");
        case StepKind::Map: return tr("Map");
        case StepKind::Approval: return tr("Approval gate");
        case StepKind::Policy: return tr("Policy gate");
        }
        return {};
    }

    static QString of(SimulatedOutcome outcome)
    {
        switch (outcome) {
        case SimulatedOutcome::WouldRun: return tr("Would run");
        case SimulatedOutcome::WouldSkip: return tr("Would be skipped");
        case SimulatedOutcome::WaitsForApproval: return tr("Would wait for approval");
        case SimulatedOutcome::PolicyAllows: return tr("Policy allows");
        case SimulatedOutcome::PolicyDenies: return tr("Policy denies");
        case SimulatedOutcome::DecidedAtRunTime: return tr("Decided during the run");
        case SimulatedOutcome::UnknownUntilRun: return tr("Known only during the run");
        }
        return {};
    }
};

/// Nothing was run: so what would run is drawn as not begun, never as succeeded.
AnyState lookFor(SimulatedOutcome outcome)
{
    using engine::StepState;
    switch (outcome) {
    case SimulatedOutcome::WouldRun: return StepState::Pending;
    case SimulatedOutcome::WouldSkip: return StepState::Skipped;
    case SimulatedOutcome::WaitsForApproval: return StepState::WaitingApproval;
    case SimulatedOutcome::PolicyAllows: return StepState::Pending;
    case SimulatedOutcome::PolicyDenies: return StepState::Blocked;
    case SimulatedOutcome::DecidedAtRunTime:
    case SimulatedOutcome::UnknownUntilRun: return StepState::Interrupted;
    }
    return StepState::Interrupted;
}

} // namespace

QString stepKindWord(StepKind kind)
{
    return Words::of(kind);
}

QString outcomeWord(SimulatedOutcome outcome)
{
    return Words::of(outcome);
}

void SimulationModel::reset(const engine::PlanPreview &preview)
{
    beginResetModel();
    m_nodes.clear();
    m_top.clear();
    QHash<QString, const engine::SimulatedStep *> stepAt;
    for (const engine::SimulatedStep &step : preview.simulation.steps)
        stepAt.insert(step.path, &step);
    m_nodes.reserve(preview.outline.size());
    for (const engine::OutlineNode &outline : preview.outline) {
        const int here = int(m_nodes.size());
        // Parents come before their children in an outline.
        QList<int> &siblings = outline.parent >= 0 ? m_nodes[outline.parent].children : m_top;
        Node node;
        node.outline = outline;
        if (const auto *step = stepAt.value(outline.path))
            node.step = *step;
        node.rowInParent = int(siblings.size());
        siblings.append(here);
        m_nodes.append(node);
    }
    endResetModel();
}

const QList<int> &SimulationModel::childrenOf(const QModelIndex &parent) const
{
    return parent.isValid() ? m_nodes.at(int(parent.internalId())).children : m_top;
}

QModelIndex SimulationModel::index(int row, int column, const QModelIndex &parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column, quintptr(childrenOf(parent).at(row)));
}

QModelIndex SimulationModel::parent(const QModelIndex &index) const
{
    if (!index.isValid())
        return {};
    const int parent = m_nodes.at(int(index.internalId())).outline.parent;
    return parent < 0 ? QModelIndex() : createIndex(m_nodes.at(parent).rowInParent, 0, quintptr(parent));
}

int SimulationModel::rowCount(const QModelIndex &parent) const
{
    return parent.column() > 0 ? 0 : int(childrenOf(parent).size());
}

int SimulationModel::columnCount(const QModelIndex &) const
{
    return ColumnCount;
}

QVariant SimulationModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Node &node = m_nodes.at(int(index.internalId()));
    if (role == Qt::DisplayRole)
        return display(node, index.column());
    if (role == Qt::ToolTipRole)
        return (index.column() == StepColumn ? safeText(node.outline.path) : display(node, index.column()))
            .toHtmlEscaped();
    if (role == Qt::DecorationRole && index.column() == OutcomeColumn && node.step)
        return stateIcon(lookFor(node.step->outcome));
    return {};
}

QVariant SimulationModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (Column(section)) {
    case StepColumn: return tr("Step");
    case KindColumn: return tr("Kind");
    case OutcomeColumn: return tr("What would happen");
    case WaveColumn: return tr("Wave");
    case ReasonColumn: return tr("Why");
    case ColumnCount: break;
    }
    return {};
}

QString SimulationModel::display(const Node &node, int column) const
{
    const engine::OutlineNode &outline = node.outline;
    switch (Column(column)) {
    case StepColumn: return safeText(outline.name.isEmpty() ? outline.id : outline.name);
    case KindColumn: return stepKindWord(outline.kind);
    case OutcomeColumn: return node.step ? outcomeWord(node.step->outcome) : tr("Once for each item");
    case WaveColumn: return node.step && node.step->wave > 0 ? QString::number(node.step->wave) : QString();
    case ReasonColumn: return node.step ? safeText(node.step->reason) : QString();
    case ColumnCount: break;
    }
    return {};
}

} // namespace ui
