#include "ui/run/artifact_model.h"

#include "ui/common/safe_text.h"
#include "ui/common/theme.h"

#include <QLocale>

namespace ui {

using namespace Qt::StringLiterals;

void ArtifactModel::reset(const QList<engine::Artifact> &artifacts)
{
    if (artifacts == m_artifacts)
        return;
    beginResetModel();
    m_artifacts = artifacts;
    endResetModel();
}

int ArtifactModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_artifacts.size());
}

int ArtifactModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString ArtifactModel::text(const engine::Artifact &artifact, int column) const
{
    switch (column) {
    case NameColumn: return safeText(artifact.name);
    case StepColumn: return safeText(artifact.stepPath);
    case SizeColumn: return QLocale().formattedDataSize(artifact.sizeBytes);
    case DigestColumn: return safeText(artifact.sha256);
    case StatusColumn:
        if (artifact.status == "stored"_L1)
            return tr("Stored");
        return artifact.notes.isEmpty() ? tr("Not stored")
                                        : tr("Not stored: %1").arg(safeText(artifact.notes));
    default: return {};
    }
}

QVariant ArtifactModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const engine::Artifact &artifact = m_artifacts.at(index.row());
    switch (role) {
    case Qt::DisplayRole: return text(artifact, index.column());
    case Qt::ToolTipRole: return text(artifact, index.column()).toHtmlEscaped();
    case Qt::FontRole: return index.column() == DigestColumn ? QVariant(monospaceFont()) : QVariant();
    case Qt::TextAlignmentRole:
        return index.column() == SizeColumn ? QVariant(int(Qt::AlignTrailing | Qt::AlignVCenter))
                                            : QVariant();
    default: return {};
    }
}

QVariant ArtifactModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case NameColumn: return tr("Name");
    case StepColumn: return tr("Step");
    case SizeColumn: return tr("Size");
    case DigestColumn: return tr("SHA-256");
    case StatusColumn: return tr("Status");
    default: return {};
    }
}

} // namespace ui
