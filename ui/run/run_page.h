#pragma once

#include "engine/api/run_service.h"
#include "ui/run/run_steps.h"

#include <QTemporaryDir>
#include <QTimer>
#include <QWidget>

class QTableView;
class QTabWidget;
class QTreeView;

namespace ui {

class ArtifactModel;
class DecisionModel;
class GraphView;
class LogPanel;
class MessageBar;
class RunHeader;
class StepTreeModel;

/// Everything about one run, live: its header, its steps as graph and tree, artifacts, decisions, plan, and
/// its log.
///
/// Steps come one change at a time; everything else is read anew when the engine says that it changed.
class RunPage : public QWidget
{
    Q_OBJECT
public:
    RunPage(engine::RunService *service, const engine::RunId &run, QWidget *parent = nullptr);
    ~RunPage() override;

    const engine::RunId &run() const { return m_run; }
    QString currentStep() const { return m_current; } ///< Path of the step chosen in graph, tree or log.

Q_SIGNALS:
    void titleChanged(const QString &title);
    void gateRequested(const engine::RunId &run, const QString &path);
    void verifyEvidenceRequested(const QString &bundlePath); ///< A bundle of this run was written there.

private:
    void makeTabs();
    QWidget *makeGraphTab();
    QWidget *makeArtifactTab();
    void connectService();

    void load();
    void takeView(const engine::RunView &view);
    void takeSummary(const engine::RunSummary &summary);
    void takeSteps(const QList<engine::StepRecord> &records);
    void setCurrent(const QString &path);
    void confirmCancel();
    void chooseEvidenceFile();
    void chooseTimelineFile();
    void exportEvidence(const QString &path, bool verify);
    void chooseArtifactFile();

    engine::RunService *const m_service;
    const engine::RunId m_run;
    engine::RunSummary m_summary;
    QString m_current;
    QTimer m_loading; ///< Several pieces of news in a row are one reason to read again.
    quint64 m_generation = 0;
    QList<engine::StepRecord> m_sinceAsked; ///< Step news that came while the view was being read.
    QTemporaryDir m_bundles;                ///< For bundles that are only to be verified.
    int m_bundleCount = 0;

    StepTreeModel *m_stepModel;
    ArtifactModel *m_artifactModel;
    DecisionModel *m_decisionModel;
    RunHeader *m_header;
    MessageBar *m_message;
    QTabWidget *m_tabs;
    LogPanel *m_log;
    GraphView *m_graph = nullptr;
    QTreeView *m_tree = nullptr;
    QTableView *m_artifacts = nullptr;
};

} // namespace ui
