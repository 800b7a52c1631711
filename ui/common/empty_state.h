#pragma once

#include <QWidget>

class QAction;
class QHBoxLayout;
class QLabel;

namespace ui {

/// What a page shows when it has nothing to show: a headline, a sentence and what can be done.
class EmptyState : public QWidget
{
    Q_OBJECT
public:
    EmptyState(const QString &headline, const QString &sentence, QWidget *parent = nullptr);

    void setTexts(const QString &headline, const QString &sentence);
    /// Adds a button for an action; the action stays its owner's.
    void addAction(QAction *action);

private:
    QLabel *m_headline;
    QLabel *m_sentence;
    QHBoxLayout *m_buttons;
};

} // namespace ui
