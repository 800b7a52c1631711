#include "ui/common/problem_list.h"

#include "ui/common/safe_text.h"

#include <QFileInfo>

namespace ui {

using namespace Qt::StringLiterals;

namespace {

QString placeOf(const engine::SourcePos &where)
{
    QString place = QFileInfo(where.file).fileName();
    if (where.line > 0)
        place += u":%1"_s.arg(where.line);
    if (where.line > 0 && where.column > 0)
        place += u":%1"_s.arg(where.column);
    return place;
}

} // namespace

ProblemList::ProblemList(QWidget *parent)
    : QTreeWidget(parent)
{
    setObjectName(u"problemList"_s);
    setAccessibleName(tr("Problems"));
    setColumnCount(2);
    setHeaderLabels({tr("Place"), tr("Problem")});
    setRootIsDecorated(false);
    setUniformRowHeights(true);
    setTabKeyNavigation(false);
}

void ProblemList::setError(const engine::Error &error)
{
    clear();
    const QList<engine::Error> causes = error.causes.isEmpty() ? QList<engine::Error>{error} : error.causes;
    for (const engine::Error &cause : causes) {
        const QString pointer = cause.where.path;
        const QString what = pointer.isEmpty() ? cause.message : u"%1: %2"_s.arg(pointer, cause.message);
        auto *item = new QTreeWidgetItem(this, {safeText(placeOf(cause.where)), safeText(what)});
        item->setToolTip(0, safeText(cause.where.file).toHtmlEscaped());
        item->setToolTip(1, safeText(what).toHtmlEscaped());
    }
    resizeColumnToContents(0);
}

} // namespace ui
