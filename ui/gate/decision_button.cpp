#include "ui/gate/decision_button.h"

#include <QKeyEvent>
#include <QTimerEvent>

namespace ui {

using namespace Qt::StringLiterals;

namespace {

bool isEnter(const QKeyEvent *event)
{
    return event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
}

} // namespace

DecisionButton::DecisionButton(QWidget *parent)
    : QPushButton(parent)
{
    setAutoDefault(false);
    setDefault(false);
}

void DecisionButton::setWords(const QString &text)
{
    setText(QString(text).replace(u'&', u"&&"_s));
    setAccessibleName(text);
}

void DecisionButton::keyPressEvent(QKeyEvent *event)
{
    if (isEnter(event))
        event->accept(); // Not passed on either: the window has nothing to do with it.
    else
        QPushButton::keyPressEvent(event);
}

void DecisionButton::keyReleaseEvent(QKeyEvent *event)
{
    if (isEnter(event))
        event->accept();
    else
        QPushButton::keyReleaseEvent(event);
}

void ArmDelay::restart()
{
    if (m_timer != 0)
        killTimer(m_timer);
    m_timer = startTimer(m_delayMs, Qt::PreciseTimer);
    if (m_armed) {
        m_armed = false;
        Q_EMIT armedChanged(false);
    }
}

void ArmDelay::timerEvent(QTimerEvent *event)
{
    if (event->timerId() != m_timer)
        return;
    killTimer(m_timer);
    m_timer = 0;
    m_armed = true;
    Q_EMIT armedChanged(true);
}

} // namespace ui
