#include "ui/common/message_bar.h"

#include "ui/common/error_text.h"
#include "ui/common/safe_text.h"
#include "ui/common/theme.h"

#include <QAccessible>
#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QPainter>
#include <QPainterPath>
#include <QStyle>
#include <QToolButton>

#include <algorithm>

namespace ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int accentWidth = 4;

AnyState stateFor(MessageBar::Kind kind)
{
    switch (kind) {
    case MessageBar::Kind::Info: return engine::RunState::Running;
    case MessageBar::Kind::Warning: return engine::RunState::Waiting;
    case MessageBar::Kind::Error: return engine::RunState::Failed;
    }
    return engine::RunState::Running;
}

/// A circle, a triangle or a square: the kinds differ without colour too.
QPainterPath shapeFor(MessageBar::Kind kind)
{
    QPainterPath path;
    switch (kind) {
    case MessageBar::Kind::Info: path.addEllipse(QRectF(1, 1, 14, 14)); break;
    case MessageBar::Kind::Warning:
        path.addPolygon(QPolygonF({{8, 1}, {15.5, 14.5}, {0.5, 14.5}, {8, 1}}));
        break;
    case MessageBar::Kind::Error: path.addRoundedRect(QRectF(1.5, 1.5, 13, 13), 1.5, 1.5); break;
    }
    return path;
}

void paintSign(QPainter &painter, MessageBar::Kind kind, const QColor &color)
{
    painter.setPen(QPen(color, 1.8, Qt::SolidLine, Qt::RoundCap));
    switch (kind) {
    case MessageBar::Kind::Info:
        painter.drawPoint(QPointF(8, 4.6));
        painter.drawLine(QPointF(8, 7.6), QPointF(8, 11.6));
        break;
    case MessageBar::Kind::Warning:
        painter.drawLine(QPointF(8, 6), QPointF(8, 9.6));
        painter.drawPoint(QPointF(8, 12.2));
        break;
    case MessageBar::Kind::Error:
        painter.drawLine(QPointF(5.4, 5.4), QPointF(10.6, 10.6));
        painter.drawLine(QPointF(10.6, 5.4), QPointF(5.4, 10.6));
        break;
    }
}

} // namespace

MessageBar::MessageBar(QWidget *parent)
    : QFrame(parent)
    , m_text(plainLabel({}, this))
    , m_details(plainLabel({}, this))
    , m_close(new QToolButton(this))
{
    m_text->setObjectName(u"messageText"_s);
    m_details->setObjectName(u"messageDetails"_s);
    QFont strong = m_text->font();
    strong.setWeight(QFont::DemiBold);
    m_text->setFont(strong);
    m_close->setObjectName(u"messageClose"_s);
    m_close->setAutoRaise(true);
    m_close->setIcon(closeIcon());
    m_close->setAccessibleName(tr("Close this message"));
    m_close->setToolTip(m_close->accessibleName());
    connect(m_close, &QToolButton::clicked, this, [this] {
        clear();
        Q_EMIT closed();
    });

    auto *layout = new QGridLayout(this);
    const int gap = fontMetrics().height() / 2;
    layout->setContentsMargins(gap + accentWidth, gap, gap, gap); // The sign is painted in the first column.
    layout->setColumnMinimumWidth(0, fontMetrics().height() + gap);
    layout->setHorizontalSpacing(gap);
    layout->setVerticalSpacing(gap / 2);
    layout->addWidget(m_text, 0, 1);
    layout->addWidget(m_close, 0, 2, Qt::AlignTop);
    layout->addWidget(m_details, 1, 1);
    layout->setColumnStretch(1, 1);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    setVisible(false);
}

void MessageBar::showMessage(Kind kind, const QString &text, const QString &details)
{
    m_kind = kind;
    m_text->setText(text);
    m_details->setText(safeLines(details));
    m_details->setVisible(!details.isEmpty());
    setAccessibleName(text);
    setAccessibleDescription(m_details->text());
    retint();
    setVisible(true);
    QAccessibleEvent alert(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
}

void MessageBar::showError(const QString &headline, const engine::Error &error)
{
    showMessage(Kind::Error, tr("%1 %2").arg(headline, errorHeadline(error.code)), error.toString());
}

void MessageBar::clear()
{
    setVisible(false);
    m_text->clear();
    m_details->clear();
}

void MessageBar::setClosable(bool closable)
{
    m_close->setVisible(closable);
}

QString MessageBar::text() const
{
    return m_text->text();
}

QString MessageBar::details() const
{
    return m_details->text();
}

void MessageBar::changeEvent(QEvent *event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange)
        retint();
}

void MessageBar::retint()
{
    m_accent = stateToken(stateFor(m_kind), palette()).outline;
    update();
}

void MessageBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), mixed(palette().color(QPalette::Base), m_accent, 0.10));
    const QRect edge = isRightToLeft() ? rect().adjusted(width() - accentWidth, 0, 0, 0)
                                       : rect().adjusted(0, 0, accentWidth - width(), 0);
    painter.fillRect(edge, m_accent);

    const double side = fontMetrics().height();
    const int slack =
        std::max(0, m_text->height() - m_text->heightForWidth(m_text->width())); // Text is centred.
    const QRect place(accentWidth + int(side) / 2, m_text->y() + slack / 2, int(side), int(side));
    const QRect cell = QStyle::visualRect(layoutDirection(), rect(), place);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(cell.topLeft());
    painter.scale(side / 16, side / 16);
    const StateToken token = stateToken(stateFor(m_kind), palette());
    painter.fillPath(shapeFor(m_kind), token.fill);
    paintSign(painter, m_kind, token.glyphColor);
}

} // namespace ui
