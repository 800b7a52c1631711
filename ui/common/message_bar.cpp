#include "ui/common/message_bar.h"

#include "ui/common/error_text.h"
#include "ui/common/safe_text.h"
#include "ui/common/theme.h"

#include <QAccessible>
#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QPainter>
#include <QStyle>
#include <QToolButton>

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

QStyle::StandardPixmap iconFor(MessageBar::Kind kind)
{
    switch (kind) {
    case MessageBar::Kind::Info: return QStyle::SP_MessageBoxInformation;
    case MessageBar::Kind::Warning: return QStyle::SP_MessageBoxWarning;
    case MessageBar::Kind::Error: return QStyle::SP_MessageBoxCritical;
    }
    return QStyle::SP_MessageBoxInformation;
}

} // namespace

MessageBar::MessageBar(QWidget *parent)
    : QFrame(parent)
    , m_mark(new QLabel(this))
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
    m_close->setIcon(style()->standardIcon(QStyle::SP_DialogCloseButton));
    m_close->setAccessibleName(tr("Close this message"));
    m_close->setToolTip(m_close->accessibleName());
    connect(m_close, &QToolButton::clicked, this, [this] {
        clear();
        Q_EMIT closed();
    });

    auto *layout = new QGridLayout(this);
    const int gap = fontMetrics().height() / 2;
    layout->setContentsMargins(gap + accentWidth, gap, gap, gap);
    layout->setHorizontalSpacing(gap);
    layout->setVerticalSpacing(gap / 2);
    layout->addWidget(m_mark, 0, 0, Qt::AlignTop);
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
    const int side = fontMetrics().height();
    m_mark->setPixmap(style()->standardIcon(iconFor(m_kind)).pixmap(side, side));
    update();
}

void MessageBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), mixed(palette().color(QPalette::Base), m_accent, 0.10));
    const QRect edge = isRightToLeft() ? rect().adjusted(width() - accentWidth, 0, 0, 0)
                                       : rect().adjusted(0, 0, accentWidth - width(), 0);
    painter.fillRect(edge, m_accent);
}

} // namespace ui
