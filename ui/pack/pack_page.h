#pragma once

#include "engine/api/run_service.h"

#include <QWidget>

#include <optional>

class QAbstractButton;
class QLabel;
class QSplitter;
class QStackedWidget;

namespace ui {

class DigestLabel;
class InputForm;
class MessageBar;
class PreviewPanel;
class ProblemList;

/// A pack: what it says of itself, the form for its inputs, its plan and simulation, and starting it.
///
/// A run can be started only for the plan that is shown, and only while the form holds what was planned.
class PackPage : public QWidget
{
    Q_OBJECT
public:
    PackPage(engine::RunService *service, const QString &packPath, QWidget *parent = nullptr);

    void reload(); ///< Reads the pack again; what was filled in is gone.

Q_SIGNALS:
    void titleChanged(const QString &title);
    void runStarted(const engine::RunId &run);

private:
    QWidget *makeHeader();
    QWidget *makeFormSide();
    QWidget *makePlanSide();
    QAbstractButton *makeButton(const QString &text, const QString &name, void (PackPage::*clicked)());
    void showPack(const engine::PackDescription &pack);
    void showProblems(const engine::Error &error);
    void plan();
    void showPlan(const engine::PlanRequest &request, const engine::Result<engine::PlanPreview> &preview);
    void start();
    void showStart(const engine::Result<engine::RunId> &run);
    void updateControls();
    bool isCurrent() const;

    /// The plan on show and what it was made of.
    struct Planned
    {
        engine::PlanRequest request{};
        QString planHash{};
    };

    engine::RunService *m_service;
    const QString m_path;
    int m_question = 0; ///< Answers to earlier questions are dropped.
    bool m_planning = false;
    bool m_starting = false;
    std::optional<Planned> m_planned;

    QLabel *m_title;
    QLabel *m_description;
    DigestLabel *m_digest;
    MessageBar *m_message;
    QStackedWidget *m_stack;
    ProblemList *m_problems;
    InputForm *m_form;
    PreviewPanel *m_preview;
    QAbstractButton *m_plan = nullptr;
    QAbstractButton *m_start = nullptr;
};

} // namespace ui
