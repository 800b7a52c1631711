#include "ui/evidence/checks_model.h"

#include "ui/common/safe_text.h"
#include "ui/common/theme.h"
#include "ui/evidence/headline_text.h"

namespace ui {

using engine::Check;
using engine::CheckResult;

namespace {

/// "Not run" looks like a skipped step, never like a passed one.
AnyState lookFor(CheckResult result)
{
    switch (result) {
    case CheckResult::Passed: return engine::StepState::Succeeded;
    case CheckResult::Failed: return engine::StepState::Failed;
    case CheckResult::NotRun: return engine::StepState::Skipped;
    }
    return engine::StepState::Interrupted;
}

QString display(const Check &check, int column)
{
    switch (ChecksModel::Column(column)) {
    case ChecksModel::ResultColumn: return checkResultWord(check.result);
    case ChecksModel::CheckColumn: return safeText(check.title);
    case ChecksModel::DetailColumn: return safeText(check.detail);
    case ChecksModel::ColumnCount: break;
    }
    return {};
}

} // namespace

void ChecksModel::reset(const QList<Check> &checks)
{
    beginResetModel();
    m_checks = checks;
    endResetModel();
}

int ChecksModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_checks.size());
}

int ChecksModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ChecksModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const Check &check = m_checks.at(index.row());
    switch (role) {
    case Qt::DisplayRole: return display(check, index.column());
    case Qt::ToolTipRole: return display(check, index.column()).toHtmlEscaped();
    case Qt::DecorationRole:
        return index.column() == ResultColumn ? QVariant(stateIcon(lookFor(check.result))) : QVariant();
    default: return {};
    }
}

QVariant ChecksModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (Column(section)) {
    case ResultColumn: return tr("Result");
    case CheckColumn: return tr("Check");
    case DetailColumn: return tr("What was found");
    case ColumnCount: break;
    }
    return {};
}

} // namespace ui
