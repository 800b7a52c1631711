#pragma once

#include <QPushButton>

namespace ui {

/// A button that decides something: never the default one, deaf to Return and Enter whatever the platform's
/// theme makes of them (some press the focused button), without a mnemonic. Space and the mouse press it.
class DecisionButton : public QPushButton
{
    Q_OBJECT
public:
    explicit DecisionButton(QWidget *parent = nullptr);

    /// Our words with a name from outside in them; "&" in it makes no mnemonic.
    void setWords(const QString &text);

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void keyReleaseEvent(QKeyEvent *event) override;
};

/// Waits a moment before anything may be decided: after showing, after the window got the focus, after a
/// change.
class ArmDelay : public QObject
{
    Q_OBJECT
public:
    static constexpr int DelayMs = 1000;

    using QObject::QObject;

    void setDelay(int ms) { m_delayMs = ms; } ///< Instead of DelayMs, from the next restart() on.
    void restart();                           ///< Not armed from now on, for the delay.
    bool isArmed() const { return m_armed; }

Q_SIGNALS:
    void armedChanged(bool armed);

protected:
    void timerEvent(QTimerEvent *event) override;

private:
    int m_delayMs = DelayMs;
    bool m_armed = false;
    int m_timer = 0;
};

} // namespace ui
