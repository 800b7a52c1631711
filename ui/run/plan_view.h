#pragma once

#include "engine/api/run_service.h"

#include <QWidget>

class QPlainTextEdit;
class QPushButton;

namespace ui {

/// The plan of a run as JSON, read when it is first shown; its canonical form can be saved.
class PlanView : public QWidget
{
    Q_OBJECT
public:
    PlanView(engine::RunService *service, const engine::RunId &run, QWidget *parent = nullptr);

Q_SIGNALS:
    void failed(const QString &headline, const engine::Error &error);

protected:
    void showEvent(QShowEvent *event) override;

private:
    void take(const QByteArray &canonical);
    void chooseFile();
    void save(const QString &path);

    engine::RunService *const m_service;
    const engine::RunId m_run;
    QByteArray m_canonical;
    QPlainTextEdit *m_text;
    QPushButton *m_save;
};

} // namespace ui
