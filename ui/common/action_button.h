#pragma once

#include <QAction>
#include <QPushButton>

namespace ui {

/// A push button that shows and triggers an action and follows its text, tip and whether it is enabled.
/// Never a default button: Enter does only what has the focus.
QPushButton *buttonFor(QAction *action, QWidget *parent);

} // namespace ui
