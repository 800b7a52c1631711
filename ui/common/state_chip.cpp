#include "ui/common/state_chip.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>

namespace ui {

StateMark::StateMark(QWidget *parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void StateMark::setState(const AnyState &state)
{
    m_state = state;
    setAccessibleName(stateWord(state));
    update();
}

void StateMark::setScale(double scale)
{
    m_scale = scale;
    updateGeometry();
}

QSize StateMark::sizeHint() const
{
    const int side = int(fontMetrics().height() * m_scale);
    return {side, side};
}

void StateMark::paintEvent(QPaintEvent *)
{
    if (!m_state)
        return;
    QPainter painter(this);
    paintState(painter, QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), stateToken(*m_state, palette()));
}

StateChip::StateChip(QWidget *parent)
    : QWidget(parent)
    , m_mark(new StateMark(this))
    , m_word(new QLabel(this))
{
    m_word->setTextFormat(Qt::PlainText);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(fontMetrics().averageCharWidth());
    layout->addWidget(m_mark);
    layout->addWidget(m_word);
    setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
}

void StateChip::setState(const AnyState &state)
{
    setState(state, stateWord(state));
}

void StateChip::setState(const AnyState &state, const QString &word)
{
    m_mark->setState(state);
    m_word->setText(word);
    setAccessibleName(word);
}

QString StateChip::word() const
{
    return m_word->text();
}

} // namespace ui
