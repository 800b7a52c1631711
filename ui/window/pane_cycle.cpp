#include "ui/window/pane_cycle.h"

#include <QApplication>
#include <QWidget>

#include <algorithm>

namespace ui {

namespace {

QList<QWidget *> partsOf(QWidget *pane)
{
    QList<QWidget *> parts;
    for (QWidget *child : pane->findChildren<QWidget *>()) {
        if (child->property("pane").toBool() && child->isVisible())
            parts.append(child);
    }
    return parts.isEmpty() ? QList<QWidget *>{pane} : parts;
}

bool canFocus(const QWidget *widget)
{
    return (widget->focusPolicy() & Qt::TabFocus) && widget->isVisible() && widget->isEnabled()
           && !widget->focusProxy();
}

/// Where the focus goes in a pane: where it was before, else its first control in tab order.
QWidget *targetIn(QWidget *pane)
{
    if (QWidget *before = pane->focusWidget(); before && pane->isAncestorOf(before) && canFocus(before))
        return before;
    QWidget *widget = pane;
    do {
        if ((widget == pane || pane->isAncestorOf(widget)) && canFocus(widget))
            return widget;
        widget = widget->nextInFocusChain();
    } while (widget != pane);
    return nullptr;
}

} // namespace

void cyclePanes(const QList<QWidget *> &panes, bool forward)
{
    QList<QWidget *> parts;
    for (QWidget *pane : panes) {
        if (pane && pane->isVisible())
            parts += partsOf(pane);
    }
    if (parts.isEmpty())
        return;
    const QWidget *focus = QApplication::focusWidget();
    const auto holds = [focus](const QWidget *part) {
        return focus && (part == focus || part->isAncestorOf(focus));
    };
    const auto at = std::ranges::find_if(parts, holds);
    const auto count = parts.size();
    auto here = at == parts.end() ? (forward ? count - 1 : 0) : at - parts.begin();
    for (qsizetype tries = 0; tries < count; ++tries) {
        here = (here + (forward ? 1 : count - 1)) % count;
        if (QWidget *target = targetIn(parts.at(here))) {
            target->setFocus(forward ? Qt::TabFocusReason : Qt::BacktabFocusReason);
            return;
        }
    }
}

} // namespace ui
