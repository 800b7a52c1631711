#pragma once

#include "engine/api/run_service.h"

class QAction;

namespace ui {

class MessageBar;

/// Incident mode in the window: a banner as long as it is on, and the dialog that moves the switch.
///
/// Thread: the GUI's.
class IncidentControl : public QObject
{
    Q_OBJECT
public:
    /// @param service  outlives it
    /// @param banner   shown while incident mode is on, or when it could not be switched
    /// @param action   gets the words for what it would do; triggering it asks
    /// @param window   parent of the dialogs, and the owner of this
    IncidentControl(engine::RunService *service, MessageBar *banner, QAction *action, QWidget *window);

    void show(const engine::Incident &incident); ///< What the service said last.

private:
    void ask();
    void move(bool on, const QString &reason);
    void showFailure(bool on, const engine::Error &error);

    engine::RunService *m_service;
    MessageBar *m_banner;
    QAction *m_action;
    QWidget *m_window;
    engine::Incident m_incident{};
};

} // namespace ui
