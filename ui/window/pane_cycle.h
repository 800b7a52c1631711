#pragma once

#include <QList>

class QWidget;

namespace ui {

/// Moves the keyboard focus to the next (or previous) of these panes that can take it, from the one that has
/// it.
///
/// A pane is shown as the widgets in it that carry the property "pane"; one without such stands for itself.
void cyclePanes(const QList<QWidget *> &panes, bool forward);

} // namespace ui
