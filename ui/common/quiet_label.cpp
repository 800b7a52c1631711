#include "ui/common/quiet_label.h"

#include "ui/common/theme.h"

#include <QEvent>
#include <QGuiApplication>

namespace ui {

QuietLabel::QuietLabel(QWidget *parent)
    : QLabel(parent)
{
    setTextFormat(Qt::PlainText);
    setWordWrap(true);
    tint();
}

void QuietLabel::changeEvent(QEvent *event)
{
    QLabel::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && !m_tinting)
        tint();
}

void QuietLabel::tint()
{
    m_tinting = true;
    QPalette tinted;
    tinted.setColor(QPalette::WindowText, quietText(QGuiApplication::palette()));
    setPalette(tinted);
    m_tinting = false;
}

} // namespace ui
