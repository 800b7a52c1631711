#pragma once

#include "ui/log/log_view.h"

#include <QWidget>

class QBoxLayout;
class QCheckBox;
class QLabel;
class QLineEdit;

namespace ui {

class MessageBar;

/// A LogView with what it takes to use it: times, only one step, only lines with a text, follow.
class LogPanel : public QWidget
{
    Q_OBJECT
public:
    explicit LogPanel(engine::RunService *service, QWidget *parent = nullptr);

    void setRun(const engine::RunId &run, qint64 lastSequence);
    void grow(qint64 lastSequence);

    /// The step that "Only this step" narrows to; empty: none is chosen.
    void setStep(const QString &path, const QString &title);

    LogView *view() const { return m_view; }

Q_SIGNALS:
    void stepSelected(const QString &stepPath);

private:
    void applyFilter();
    void addControls(QBoxLayout *row);

    LogView *m_view;
    MessageBar *m_message;
    QCheckBox *m_onlyStep;
    QLineEdit *m_text;
    QLabel *m_note;
    QTimer m_typed;
    QString m_step;
};

} // namespace ui
