#include "ui/common/digest_label.h"

#include "ui/common/safe_text.h"
#include "ui/common/theme.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QMenu>
#include <QPainter>
#include <QStyle>
#include <QToolButton>

#include <algorithm>

namespace ui {

using namespace Qt::StringLiterals;

DigestLabel::DigestLabel(const QString &what, QWidget *parent)
    : QWidget(parent)
    , m_what(what)
    , m_copy(new QToolButton(this))
{
    setFont(monospaceFont());
    m_copy->setObjectName(u"copyDigest"_s);
    m_copy->setText(tr("Copy"));
    m_copy->setFont(QGuiApplication::font());
    m_copy->setAutoRaise(true);
    m_copy->setToolTip(tr("Copy the %1").arg(what));
    m_copy->setAccessibleName(m_copy->toolTip());
    connect(m_copy, &QToolButton::clicked, this, &DigestLabel::copy);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setDigest({});
}

void DigestLabel::setDigest(const QString &digest)
{
    m_digest = digest;
    const QString shown = safeText(digest);
    setToolTip(shown.toHtmlEscaped()); // A tooltip would take mark-up for rich text.
    setAccessibleName(shown);
    m_copy->setEnabled(!digest.isEmpty());
    updateGeometry();
    placeButton();
    update();
}

QSize DigestLabel::sizeHint() const
{
    const QSize button = m_copy->sizeHint();
    const int text = fontMetrics().horizontalAdvance(safeText(m_digest));
    return {text + fontMetrics().averageCharWidth() + button.width(),
            std::max(textHeight(), button.height())};
}

QSize DigestLabel::minimumSizeHint() const
{
    const QSize button = m_copy->sizeHint();
    return {fontMetrics().averageCharWidth() * 16 + button.width(), std::max(textHeight(), button.height())};
}

int DigestLabel::textHeight() const
{
    return fontMetrics().height();
}

void DigestLabel::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    placeButton();
}

void DigestLabel::placeButton()
{
    const QSize button = m_copy->sizeHint();
    const int end = std::min(sizeHint().width(), width());
    const QRect ltr(end - button.width(), (height() - button.height()) / 2, button.width(), button.height());
    m_copy->setGeometry(QStyle::visualRect(layoutDirection(), rect(), ltr));
}

void DigestLabel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setPen(palette().color(QPalette::WindowText));
    const int room =
        std::min(sizeHint().width(), width()) - m_copy->width() - fontMetrics().averageCharWidth();
    const QRect area = QStyle::visualRect(layoutDirection(), rect(), QRect(0, 0, room, height()));
    const QString text = fontMetrics().elidedText(safeText(m_digest), Qt::ElideMiddle, room);
    painter.drawText(area, int(Qt::AlignVCenter | Qt::AlignLeft) | Qt::TextSingleLine, text);
}

void DigestLabel::contextMenuEvent(QContextMenuEvent *event)
{
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(m_copy->toolTip(), this, &DigestLabel::copy)->setEnabled(m_copy->isEnabled());
    menu->popup(event->globalPos());
}

void DigestLabel::copy() const
{
    QGuiApplication::clipboard()->setText(m_digest);
}

} // namespace ui
