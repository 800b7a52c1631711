#pragma once

#include <QFrame>

class QLabel;

namespace ui {

class DecisionButton;

/// The second of the two clicks: says what is about to be decided, with a button for it and one to go back.
class ConfirmationBar : public QFrame
{
    Q_OBJECT
public:
    explicit ConfirmationBar(QWidget *parent = nullptr);

    void ask(const QString &question, const QString &yes); ///< Shows it; the way back gets the focus.
    void setArmed(bool armed);                             ///< Whether the decision can be confirmed now.

Q_SIGNALS:
    void confirmed();
    void wentBack();

private:
    QLabel *m_question;
    DecisionButton *m_confirm;
    DecisionButton *m_back;
};

} // namespace ui
