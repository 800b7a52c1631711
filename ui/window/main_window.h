#pragma once

#include "engine/api/evidence_verifier.h"
#include "engine/api/run_service.h"
#include "ui/window/activity_bar.h"

#include <QMainWindow>

namespace ui {

class ActionRegistry;
class DocumentTabs;
class IncidentControl;
class MessageBar;
class RunFeed;
class SourceChip;

/// The console's window: places on the leading edge, pages in tabs, the source and the operator in the status
/// bar.
///
/// Opening, dropping and planning never run anything; only the pack page's own button starts a run.
class MainWindow : public QMainWindow
{
    Q_OBJECT
public:
    /// service and verifier outlive the window.
    /// @param samplePack  path of the pack for a first try; empty when there is none
    MainWindow(engine::RunService *service, engine::EvidenceVerifier *verifier, const QString &samplePack,
               QWidget *parent = nullptr);

    void openPath(const QString &path); ///< A pack or a bundle, told by its name.
    void openPack(const QString &path);
    void openEvidence(const QString &bundlePath);
    void openRun(const engine::RunId &run);
    void openGate(const engine::RunId &run, const QString &path);
    void openActivity(ui::Activity activity);

    ActionRegistry *actions() const { return m_actions; }
    DocumentTabs *tabs() const { return m_tabs; }

Q_SIGNALS:
    /// The user wants to decide under another name; the service is asked for its information again at once.
    void operatorChangeRequested(const QString &name);

protected:
    void closeEvent(QCloseEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    void addFileActions();
    void addViewActions();
    void addOtherActions();
    void layOut();
    void connectService();
    QWidget *makePage(Activity activity);
    void showFileDialog(const QString &title, const QString &filter,
                        void (MainWindow::*opened)(const QString &));
    void choosePack();
    void askOperator();
    void askToQuit(int runs);
    void showAbout();
    void readInfo();
    void showInfo(const engine::ServiceInfo &info);
    void showWaiting(int gates);
    void openNextGate();

    engine::RunService *m_service;
    engine::EvidenceVerifier *m_verifier;
    const QString m_samplePack;
    RunFeed *m_feed;
    ActionRegistry *m_actions;
    ActivityBar *m_activities;
    DocumentTabs *m_tabs;
    MessageBar *m_message;
    MessageBar *m_incidentBanner;
    IncidentControl *m_incident = nullptr;
    SourceChip *m_source;
    QToolButton *m_operator;
    engine::ServiceInfo m_info{};
    bool m_mayQuit = false;
};

} // namespace ui
