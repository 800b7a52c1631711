#include "ui/window/document_tabs.h"

#include "ui/common/theme.h"

#include <QStyle>
#include <QTabBar>
#include <QToolButton>

namespace ui {

using namespace Qt::StringLiterals;

namespace {

constexpr auto uriProperty = "uri";

}

DocumentTabs::DocumentTabs(QWidget *parent)
    : QTabWidget(parent)
{
    setObjectName(u"documentTabs"_s);
    setDocumentMode(true);
    setMovable(true);
    setElideMode(Qt::ElideMiddle);
    tabBar()->setObjectName(u"documentTabBar"_s);
    tabBar()->setAccessibleName(tr("Open pages"));
    connect(this, &QTabWidget::currentChanged, this, [this] { Q_EMIT currentUriChanged(currentUri()); });
}

void DocumentTabs::add(const QString &uri, const QString &title, QWidget *page)
{
    page->setProperty(uriProperty, uri);
    const int index = addTab(page, QString());
    const auto side =
        QTabBar::ButtonPosition(style()->styleHint(QStyle::SH_TabBar_CloseButtonPosition, nullptr, tabBar()));
    tabBar()->setTabButton(index, side, makeCloseButton(page));
    setTitle(page, title);
    setCurrentWidget(page);
}

QToolButton *DocumentTabs::makeCloseButton(QWidget *page)
{
    auto *button = new QToolButton(this);
    button->setObjectName(u"closePage"_s);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::NoFocus); // By keyboard the menu's action closes the page.
    button->setIcon(closeIcon());
    const int side = fontMetrics().height();
    button->setIconSize(QSize(side, side));
    button->setToolTip(tr("Close this page"));
    button->setAccessibleName(button->toolTip());
    connect(button, &QToolButton::clicked, this, [this, page] { closePage(indexOf(page)); });
    return button;
}

bool DocumentTabs::show(const QString &uri)
{
    for (int i = 0; i < count(); ++i) {
        if (uriOf(widget(i)) == uri) {
            setCurrentIndex(i);
            return true;
        }
    }
    return false;
}

void DocumentTabs::setTitle(QWidget *page, const QString &title)
{
    const int index = indexOf(page);
    setTabText(index, QString(title).replace(u'&', u"&&"_s));
    setTabToolTip(index, title.toHtmlEscaped());
    page->setAccessibleName(title);
}

void DocumentTabs::closePage(int index)
{
    QWidget *page = widget(index);
    if (!page)
        return;
    removeTab(index);
    page->deleteLater();
}

QString DocumentTabs::currentUri() const
{
    return uriOf(currentWidget());
}

QString DocumentTabs::uriOf(const QWidget *page)
{
    return page ? page->property(uriProperty).toString() : QString();
}

} // namespace ui
