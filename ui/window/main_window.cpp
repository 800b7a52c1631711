#include "ui/window/main_window.h"

#include "engine/base/when_done.h"
#include "ui/approvals/approvals_page.h"
#include "ui/approvals/gates_model.h"
#include "ui/common/empty_state.h"
#include "ui/common/message_bar.h"
#include "ui/common/safe_text.h"
#include "ui/evidence/evidence_page.h"
#include "ui/gate/approval_dialog.h"
#include "ui/home/home_page.h"
#include "ui/pack/pack_page.h"
#include "ui/run/run_page.h"
#include "ui/runs/run_feed.h"
#include "ui/runs/runs_model.h"
#include "ui/runs/runs_page.h"
#include "ui/window/action_registry.h"
#include "ui/window/document_kind.h"
#include "ui/window/document_tabs.h"
#include "ui/window/incident_control.h"
#include "ui/window/source_chip.h"

#include <QCloseEvent>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QMenuBar>
#include <QMimeData>
#include <QStatusBar>
#include <QVBoxLayout>

namespace ui {

using namespace Qt::StringLiterals;

namespace {

const QString activityUris[] = {u"home:"_s, u"approvals:"_s, u"runs:"_s, u"packs:"_s, u"evidence:"_s};

std::optional<Activity> activityOf(const QString &uri)
{
    const QString scheme = uri.section(u':', 0, 0) + u':';
    if (scheme == u"run:"_s)
        return Activity::Runs;
    if (scheme == u"pack:"_s)
        return Activity::Packs;
    if (scheme == u"bundle:"_s)
        return Activity::Evidence;
    for (int i = 0; i < int(std::size(activityUris)); ++i) {
        if (activityUris[i] == scheme)
            return Activity(i);
    }
    return {};
}

} // namespace

MainWindow::MainWindow(engine::RunService *service, engine::EvidenceVerifier *verifier,
                       const QString &samplePack, QWidget *parent)
    : QMainWindow(parent)
    , m_service(service)
    , m_verifier(verifier)
    , m_samplePack(samplePack)
    , m_feed(new RunFeed(service, this))
    , m_actions(new ActionRegistry(this))
    , m_activities(new ActivityBar(this))
    , m_tabs(new DocumentTabs(this))
    , m_message(new MessageBar(this))
    , m_incidentBanner(new MessageBar(this))
    , m_source(new SourceChip(this))
    , m_operator(new QToolButton(this))
{
    setAcceptDrops(true);
    addFileActions();
    addViewActions();
    addOtherActions();
    m_actions->fill(menuBar());
    layOut();
    connectService();
    showWaiting(0);
    openActivity(Activity::Home);
    readInfo();
    m_feed->refresh();
}

void MainWindow::layOut()
{
    auto *centre = new QWidget(this);
    auto *pages = new QVBoxLayout;
    pages->setSpacing(0);
    pages->addWidget(m_incidentBanner);
    pages->addWidget(m_message);
    pages->addWidget(m_tabs, 1);
    auto *layout = new QHBoxLayout(centre);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_activities);
    layout->addLayout(pages, 1);
    setCentralWidget(centre);
    m_message->setObjectName(u"windowMessage"_s);
    m_incidentBanner->setObjectName(u"incidentBanner"_s);

    m_operator->setObjectName(u"operatorChip"_s);
    m_operator->setAutoRaise(true);
    m_operator->setFocusPolicy(Qt::StrongFocus);
    m_operator->setToolTip(tr("Change who decides at this workstation"));
    connect(m_operator, &QToolButton::clicked, this, &MainWindow::askOperator);
    statusBar()->addWidget(m_source, 1);
    statusBar()->addPermanentWidget(m_operator);

    connect(m_activities, &ActivityBar::activityRequested, this, &MainWindow::openActivity);
    connect(m_tabs, &DocumentTabs::currentUriChanged, this,
            [this](const QString &uri) { m_activities->setCurrent(activityOf(uri)); });
    const QFontMetrics metrics = fontMetrics();
    resize(metrics.averageCharWidth() * 200, metrics.height() * 56);
}

void MainWindow::connectService()
{
    connect(m_feed, &RunFeed::openGatesChanged, this, &MainWindow::showWaiting);
    connect(m_feed, &RunFeed::failed, this, [this](const engine::Error &error) {
        m_message->showError(tr("The lists of runs and gates could not be read."), error);
    });
    connect(m_service, &engine::RunService::troubleChanged, this, [this](const engine::Error &trouble) {
        m_source->setTrouble(trouble);
        if (trouble.message.isEmpty())
            m_message->clear();
        else
            m_message->showError(tr("The engine is in trouble."), trouble);
    });
}

void MainWindow::openPath(const QString &path)
{
    switch (documentKindOf(path)) {
    case DocumentKind::Pack: openPack(path); break;
    case DocumentKind::Bundle: openEvidence(path); break;
    case DocumentKind::None:
        m_message->showMessage(
            MessageBar::Kind::Warning,
            tr("This is neither a pack (a folder with a pack.yaml) nor an evidence bundle (.tar, .tar.zst)."),
            path);
        break;
    }
}

void MainWindow::openPack(const QString &path)
{
    QFileInfo info(path);
    if (info.fileName() == u"pack.yaml"_s)
        info.setFile(info.absolutePath());
    const QString folder = info.absoluteFilePath();
    const QString uri = u"pack:"_s + folder;
    if (m_tabs->show(uri))
        return;
    auto *page = new PackPage(m_service, folder);
    connect(page, &PackPage::titleChanged, m_tabs,
            [this, page](const QString &title) { m_tabs->setTitle(page, title); });
    connect(page, &PackPage::runStarted, this, &MainWindow::openRun);
    m_tabs->add(uri, tr("Pack %1").arg(safeText(info.fileName())), page);
}

void MainWindow::openEvidence(const QString &bundlePath)
{
    const QFileInfo info(bundlePath);
    const QString uri = u"bundle:"_s + info.absoluteFilePath();
    if (m_tabs->show(uri)) {
        qobject_cast<EvidencePage *>(m_tabs->currentWidget())->verify(); // The file may be another by now.
        return;
    }
    m_tabs->add(uri, tr("Evidence %1").arg(safeText(info.fileName())),
                new EvidencePage(m_verifier, info.absoluteFilePath()));
}

void MainWindow::openRun(const engine::RunId &run)
{
    const QString uri = u"run:local/"_s + run.value;
    if (m_tabs->show(uri))
        return;
    auto *page = new RunPage(m_service, run, nullptr);
    connect(page, &RunPage::titleChanged, m_tabs,
            [this, page](const QString &title) { m_tabs->setTitle(page, title); });
    connect(page, &RunPage::gateRequested, this, &MainWindow::openGate);
    connect(page, &RunPage::verifyEvidenceRequested, this, &MainWindow::openEvidence);
    const engine::RunSummary *known = m_feed->runs()->find(run);
    m_tabs->add(uri, tr("Run %1").arg(safeText(known ? known->packName : run.value)), page);
}

void MainWindow::openGate(const engine::RunId &run, const QString &path)
{
    ApprovalDialog *dialog = nullptr;
    for (ApprovalDialog *open : findChildren<ApprovalDialog *>()) {
        if (open->isVisible() && open->run() == run && open->gatePath() == path)
            dialog = open;
    }
    if (!dialog) {
        dialog = new ApprovalDialog(m_service, run, path, m_info.operatorName, this);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
    }
    dialog->show();
    dialog->raise();
    dialog->activateWindow();
}

void MainWindow::openActivity(Activity activity)
{
    const QString &uri = activityUris[int(activity)];
    if (m_tabs->show(uri))
        return;
    m_tabs->add(uri, m_activities->button(activity)->text(), makePage(activity));
}

QWidget *MainWindow::makePage(Activity activity)
{
    QAction *sample = m_actions->action(u"file.open-sample"_s);
    QAction *pack = m_actions->action(u"file.open-pack"_s);
    QAction *evidence = m_actions->action(u"file.open-evidence"_s);
    switch (activity) {
    case Activity::Home: {
        auto *page = new HomePage(m_feed, {sample, pack, evidence});
        connect(page, &HomePage::gateRequested, this, &MainWindow::openGate);
        connect(page, &HomePage::runRequested, this, &MainWindow::openRun);
        return page;
    }
    case Activity::Approvals: {
        auto *page = new ApprovalsPage(m_feed);
        connect(page, &ApprovalsPage::gateRequested, this, &MainWindow::openGate);
        return page;
    }
    case Activity::Runs: {
        auto *page = new RunsPage(m_feed);
        connect(page, &RunsPage::runRequested, this, &MainWindow::openRun);
        return page;
    }
    case Activity::Packs: {
        auto *page = new EmptyState(tr("Open a pack"),
                                    tr("Choose a pack's folder or its pack.yaml, or drop it on this "
                                       "window. Opening a pack never runs anything."));
        page->addAction(pack);
        page->addAction(sample);
        return page;
    }
    case Activity::Evidence: {
        auto *page =
            new EmptyState(tr("Verify evidence"),
                           tr("Choose an evidence bundle, or drop it on this window. It is checked on this "
                              "machine against the keys that you trust."));
        page->addAction(evidence);
        return page;
    }
    }
    return nullptr;
}

void MainWindow::readInfo()
{
    engine::whenDone(m_service->info(), this, [this](const engine::Result<engine::ServiceInfo> &info) {
        if (info)
            showInfo(*info);
        else
            m_message->showError(tr("The engine did not say who and where it is."), info.error());
    });
}

void MainWindow::showInfo(const engine::ServiceInfo &info)
{
    if (info.operatorName != m_info.operatorName) {
        // What is being shown was opened for another person; closing it decides nothing.
        for (ApprovalDialog *dialog : findChildren<ApprovalDialog *>())
            dialog->close();
    }
    m_info = info;
    m_source->setSource(info);
    m_incident->show(info.incident);
    m_operator->setText(tr("Decides as %1").arg(safeLabel(info.operatorName)));
    m_operator->setAccessibleName(tr("Decides as %1").arg(safeText(info.operatorName)));
}

void MainWindow::showWaiting(int gates)
{
    //: The window's title; %1 is the number of gates that wait for approval.
    setWindowTitle(gates > 0 ? tr("(%1) TaskRunner Console").arg(gates) : tr("TaskRunner Console"));
    m_activities->setCount(Activity::Approvals, gates);
    m_actions->action(u"run.next-gate"_s)->setEnabled(gates > 0);
}

void MainWindow::openNextGate()
{
    if (m_feed->gates()->rowCount() == 0)
        return;
    const engine::GateRequest &gate = m_feed->gates()->gateAt(0);
    openGate(gate.run, gate.path);
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    const int runs = m_feed->runs()->openRuns();
    if (m_mayQuit || runs == 0) {
        event->accept();
        return;
    }
    event->ignore();
    askToQuit(runs);
}

void MainWindow::dragEnterEvent(QDragEnterEvent *event)
{
    if (!documentsIn(event->mimeData()).isEmpty())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent *event)
{
    for (const QString &path : documentsIn(event->mimeData()))
        openPath(path);
    event->acceptProposedAction();
}

} // namespace ui
