#include "ui/window/document_tabs.h"

#include <QTabBar>

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
    setTabsClosable(true);
    setMovable(true);
    setElideMode(Qt::ElideMiddle);
    tabBar()->setObjectName(u"documentTabBar"_s);
    tabBar()->setAccessibleName(tr("Open pages"));
    connect(this, &QTabWidget::tabCloseRequested, this, &DocumentTabs::closePage);
    connect(this, &QTabWidget::currentChanged, this, [this] { Q_EMIT currentUriChanged(currentUri()); });
}

void DocumentTabs::add(const QString &uri, const QString &title, QWidget *page)
{
    page->setProperty(uriProperty, uri);
    addTab(page, QString());
    setTitle(page, title);
    setCurrentWidget(page);
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
