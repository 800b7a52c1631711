#include "ui/common/page_parts.h"

#include "ui/common/quiet_label.h"

#include <QAbstractItemView>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace ui {

using namespace Qt::StringLiterals;

namespace {

QLabel *heading(const QString &text, double scale, QWidget *parent)
{
    auto *label = new QLabel(parent);
    label->setTextFormat(Qt::PlainText);
    label->setText(text);
    QFont font = label->font();
    font.setPointSizeF(font.pointSizeF() * scale);
    font.setWeight(QFont::DemiBold);
    label->setFont(font);
    return label;
}

} // namespace

void layOutListPage(QWidget *page, const QString &title, QAbstractItemView *view, QWidget *whenEmpty)
{
    auto *stack = new QStackedWidget(page);
    stack->addWidget(whenEmpty);
    stack->addWidget(view);
    const QAbstractItemModel *model = view->model();
    const auto choose = [stack, model] { stack->setCurrentIndex(model->rowCount() > 0 ? 1 : 0); };
    choose();
    QObject::connect(model, &QAbstractItemModel::modelReset, stack, choose);
    QObject::connect(model, &QAbstractItemModel::rowsInserted, stack, choose);
    QObject::connect(model, &QAbstractItemModel::rowsRemoved, stack, choose);

    auto *layout = new QVBoxLayout(page);
    const int margin = pageMargin(page);
    layout->setContentsMargins(margin, margin, margin, margin);
    layout->setSpacing(margin / 2);
    layout->addWidget(pageTitle(title, page));
    layout->addWidget(stack, 1);
}

QLabel *pageTitle(const QString &text, QWidget *parent)
{
    auto *label = heading(text, 1.5, parent);
    label->setObjectName(u"pageTitle"_s);
    return label;
}

QLabel *sectionTitle(const QString &text, QWidget *parent)
{
    return heading(text, 1.1, parent);
}

QLabel *quietLabel(const QString &text, QWidget *parent)
{
    auto *label = new QuietLabel(parent);
    label->setText(text);
    return label;
}

int pageMargin(const QWidget *page)
{
    return page->fontMetrics().height();
}

} // namespace ui
