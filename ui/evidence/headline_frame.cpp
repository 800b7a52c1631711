#include "ui/evidence/headline_frame.h"

#include "ui/common/page_parts.h"
#include "ui/common/safe_text.h"
#include "ui/common/state_chip.h"
#include "ui/evidence/headline_text.h"

#include <QAccessible>
#include <QGridLayout>
#include <QLabel>
#include <QPainter>

namespace ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int lineWidthPx = 2;

}

HeadlineFrame::HeadlineFrame(QWidget *parent)
    : QFrame(parent)
    , m_mark(new StateMark(this))
    , m_title(pageTitle({}, this))
    , m_advice(plainLabel({}, this))
{
    setObjectName(u"headlineFrame"_s);
    m_title->setObjectName(u"headlineTitle"_s);
    m_title->setWordWrap(true);
    m_title->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_advice->setObjectName(u"headlineAdvice"_s);
    m_mark->setScale(2.4);
    auto *layout = new QGridLayout(this);
    const int margin = pageMargin(this);
    layout->setContentsMargins(margin, margin * 3 / 4, margin, margin * 3 / 4);
    layout->setHorizontalSpacing(margin);
    layout->setVerticalSpacing(margin / 4);
    layout->addWidget(m_mark, 0, 0, 2, 1, Qt::AlignVCenter);
    layout->addWidget(m_title, 0, 1);
    layout->addWidget(m_advice, 1, 1);
    layout->setColumnStretch(1, 1);
}

void HeadlineFrame::setHeadline(engine::Headline headline)
{
    m_headline = headline;
    m_mark->setState(headline);
    m_mark->setVisible(true);
    m_title->setText(headlineTitle(headline));
    m_advice->setText(headlineAdvice(headline));
    m_advice->setVisible(true);
    setAccessibleName(m_title->text());
    setAccessibleDescription(m_advice->text());
    QAccessibleEvent alert(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
    update();
}

void HeadlineFrame::setBusy(const QString &text)
{
    m_headline.reset();
    m_mark->setVisible(false);
    m_title->setText(text);
    m_advice->setVisible(false);
    setAccessibleName(text);
    setAccessibleDescription({});
    update();
}

void HeadlineFrame::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const QColor base = palette().color(QPalette::Base);
    const QColor color = m_headline ? stateToken(*m_headline, palette()).outline : lineColor(palette());
    painter.setBrush(m_headline ? mixed(base, color, 0.08) : base);
    QPen pen(color, lineWidthPx);
    pen.setJoinStyle(Qt::MiterJoin);
    if (m_headline && stateToken(*m_headline, palette()).shape == StateShape::DashedSquare)
        pen.setStyle(Qt::DashLine);
    painter.setPen(pen);
    painter.drawRect(rect().adjusted(1, 1, -1, -1));
}

} // namespace ui
