#pragma once

#include "engine/api/values.h"

#include <QWidget>

class QLabel;
class QPlainTextEdit;
class QStackedWidget;
class QTabWidget;
class QTreeView;

namespace ui {

class DigestLabel;
class MessageBar;
class SimulationModel;

/// A plan and its simulation, marked as such: nothing was run.
class PreviewPanel : public QWidget
{
    Q_OBJECT
public:
    explicit PreviewPanel(QWidget *parent = nullptr);

    void setPreview(const engine::PlanPreview &preview);
    /// Says whether the plan is still that of the form; an outdated one is shown greyed.
    void setCurrent(bool current);
    void clear();

private:
    QWidget *makeContent();

    QStackedWidget *m_stack;
    MessageBar *m_mark;
    DigestLabel *m_hash;
    QLabel *m_summary;
    SimulationModel *m_model;
    QTreeView *m_tree;
    QPlainTextEdit *m_canonical;
    QTabWidget *m_tabs;
};

} // namespace ui
