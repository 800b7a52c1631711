#include "ui/run/run_page.h"

#include "engine/base/when_done.h"
#include "ui/common/message_bar.h"
#include "ui/common/safe_text.h"
#include "ui/common/table.h"
#include "ui/log/log_panel.h"
#include "ui/run/artifact_model.h"
#include "ui/run/decision_model.h"
#include "ui/run/graph_view.h"
#include "ui/run/plan_view.h"
#include "ui/run/run_header.h"
#include "ui/run/step_tree_model.h"
#include "ui/run/timeline_export.h"

#include <QFileDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QMessageBox>
#include <QPushButton>
#include <QShortcut>
#include <QSplitter>
#include <QTabWidget>
#include <QTableView>
#include <QTreeView>
#include <QVBoxLayout>

using engine::Result;
using engine::RunView;
using engine::StepRecord;

namespace ui {

using namespace Qt::StringLiterals;

RunPage::RunPage(engine::RunService *service, const engine::RunId &run, QWidget *parent)
    : QWidget(parent)
    , m_service(service)
    , m_run(run)
    , m_stepModel(new StepTreeModel(this))
    , m_artifactModel(new ArtifactModel(this))
    , m_decisionModel(new DecisionModel(this))
    , m_header(new RunHeader(this))
    , m_message(new MessageBar(this))
    , m_tabs(new QTabWidget(this))
    , m_log(new LogPanel(service, this))
{
    setObjectName(u"runPage"_s);
    makeTabs();
    auto *split = new QSplitter(Qt::Vertical, this);
    split->setChildrenCollapsible(false);
    split->addWidget(m_tabs);
    split->addWidget(m_log);
    split->setStretchFactor(0, 3);
    split->setStretchFactor(1, 2);
    auto *column = new QVBoxLayout(this);
    column->addWidget(m_header);
    column->addWidget(m_message);
    column->addWidget(split, 1);

    auto *next = new QShortcut(QKeySequence(Qt::Key_F8), this);
    next->setContext(Qt::WidgetWithChildrenShortcut);
    connect(next, &QShortcut::activated, m_graph, &GraphView::goToNextProblem);
    connect(m_header, &RunHeader::gateRequested, this,
            [this](const QString &path) { Q_EMIT gateRequested(m_run, path); });
    connect(m_header, &RunHeader::cancelRequested, this, &RunPage::confirmCancel);
    connect(m_header, &RunHeader::exportRequested, this, &RunPage::chooseEvidenceFile);
    connect(m_header, &RunHeader::timelineRequested, this, &RunPage::chooseTimelineFile);
    connect(m_header, &RunHeader::verifyRequested, this, [this] {
        exportEvidence(m_bundles.filePath(u"%1-%2.evidence.tar"_s.arg(m_run.value).arg(++m_bundleCount)),
                       true);
    });
    connect(m_log, &LogPanel::stepSelected, this, &RunPage::setCurrent);
    m_loading.setSingleShot(true);
    m_loading.setInterval(50);
    connect(&m_loading, &QTimer::timeout, this, &RunPage::load);
    connectService();
    load();
}

RunPage::~RunPage() = default;

void RunPage::makeTabs()
{
    m_tabs->setDocumentMode(true);
    m_tabs->setObjectName(u"runTabs"_s);

    m_tree = new QTreeView(this);
    m_tree->setObjectName(u"stepTree"_s);
    m_tree->setAccessibleName(tr("Steps"));
    m_tree->setUniformRowHeights(true);
    m_tree->setAlternatingRowColors(true);
    m_tree->setModel(m_stepModel);
    m_tree->header()->resizeSection(StepTreeModel::StepColumn, fontMetrics().averageCharWidth() * 44);
    m_tree->header()->resizeSection(StepTreeModel::StateColumn, fontMetrics().averageCharWidth() * 24);
    m_tree->header()->resizeSection(StepTreeModel::KindColumn, fontMetrics().averageCharWidth() * 18);
    connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, this,
            [this](const QModelIndex &index) {
                if (index.isValid())
                    setCurrent(index.data(StepTreeModel::PathRole).toString());
            });

    m_tabs->addTab(makeGraphTab(), tr("&Graph"));
    m_tabs->addTab(m_tree, tr("&Steps"));
    m_tabs->addTab(makeArtifactTab(), tr("&Artifacts"));
    QTableView *decisions = makeTable(m_decisionModel, u"decisionTable"_s, tr("Decisions"), this);
    connect(decisions, &QTableView::activated, this, [this](const QModelIndex &index) {
        const QString gate = m_decisionModel->openGateAt(index.row());
        if (!gate.isEmpty())
            Q_EMIT gateRequested(m_run, gate);
    });
    m_tabs->addTab(decisions, tr("&Decisions"));
    auto *plan = new PlanView(m_service, m_run, this);
    connect(plan, &PlanView::failed, m_message, &MessageBar::showError);
    m_tabs->addTab(plan, tr("&Plan"));
}

QWidget *RunPage::makeGraphTab()
{
    auto *tab = new QWidget(this);
    m_graph = new GraphView(tab);
    m_graph->setFrameShape(QFrame::NoFrame);
    connect(m_graph, &GraphView::currentPathChanged, this, &RunPage::setCurrent);
    connect(m_graph, &GraphView::activated, this, [this](const QString &path) {
        setCurrent(path);
        m_tabs->setCurrentWidget(m_tree);
        m_tree->setFocus();
    });
    auto *row = new QHBoxLayout;
    const auto button = [&](const QString &text, const QString &tip, auto act) {
        auto *made = new QPushButton(text, tab);
        made->setAutoDefault(false);
        made->setToolTip(tip);
        made->setAccessibleName(tip);
        connect(made, &QPushButton::clicked, m_graph, act);
        row->addWidget(made);
    };
    button(tr("Fit"), tr("Show the whole graph (0)"), [this] { m_graph->fit(); });
    button(tr("Larger"), tr("Larger (+)"), [this] { m_graph->zoomBy(1.25); });
    button(tr("Smaller"), tr("Smaller (-)"), [this] { m_graph->zoomBy(0.8); });
    button(tr("Next problem"), tr("Go to the next problem (F8)"), [this] { m_graph->goToNextProblem(); });
    row->addStretch(1);
    auto *column = new QVBoxLayout(tab);
    column->setContentsMargins(0, row->spacing(), 0, 0);
    column->addLayout(row);
    column->addWidget(m_graph, 1);
    return tab;
}

QWidget *RunPage::makeArtifactTab()
{
    auto *tab = new QWidget(this);
    m_artifacts = makeTable(m_artifactModel, u"artifactTable"_s, tr("Artifacts"), tab);
    auto *save = new QPushButton(tr("Save as…"), tab);
    save->setObjectName(u"saveArtifact"_s);
    save->setAutoDefault(false);
    save->setEnabled(false);
    connect(save, &QPushButton::clicked, this, &RunPage::chooseArtifactFile);
    const auto follow = [this, save] {
        const QModelIndex current = m_artifacts->currentIndex();
        save->setEnabled(current.isValid() && m_artifactModel->at(current.row()).status == "stored"_L1);
    };
    connect(m_artifacts->selectionModel(), &QItemSelectionModel::currentChanged, save, follow);
    connect(m_artifactModel, &ArtifactModel::modelReset, save, follow);
    auto *row = new QHBoxLayout;
    row->addWidget(save);
    row->addStretch(1);
    auto *column = new QVBoxLayout(tab);
    column->setContentsMargins(0, row->spacing(), 0, 0);
    column->addLayout(row);
    column->addWidget(m_artifacts, 1);
    return tab;
}

// News.

void RunPage::connectService()
{
    using engine::RunService;
    const auto again = [this](const engine::RunId &run) {
        if (run == m_run)
            m_loading.start();
    };
    connect(m_service, &RunService::runChanged, this, [this](const engine::RunSummary &summary) {
        if (summary.id != m_run)
            return;
        takeSummary(summary);
        m_loading.start();
    });
    connect(m_service, &RunService::stepsChanged, this,
            [this](const engine::RunId &run, const QList<StepRecord> &steps) {
                if (run == m_run)
                    takeSteps(steps);
            });
    connect(m_service, &RunService::outlineChanged, this, again);
    connect(m_service, &RunService::artifactsChanged, this, again);
    connect(m_service, &RunService::anchorsChanged, this, again);
    connect(m_service, &RunService::gateChanged, this,
            [again](const engine::GateRequest &gate) { again(gate.run); });
    connect(m_service, &RunService::logsAppended, this,
            [this](const engine::RunId &run, qint64 lastSequence) {
                if (run == m_run)
                    m_log->grow(lastSequence);
            });
}

void RunPage::load()
{
    m_sinceAsked.clear();
    engine::whenDone(
        m_service->run(m_run), this, [this, generation = ++m_generation](const Result<RunView> &view) {
            if (generation != m_generation)
                return; // A later question is under way.
            view ? takeView(*view) : m_message->showError(tr("The run could not be read."), view.error());
        });
}

void RunPage::takeView(const RunView &view)
{
    takeSummary(view.summary);
    RunSteps steps(view.outline, view.steps);
    for (const StepRecord &record : std::as_const(m_sinceAsked)) { // News may have overtaken the answer.
        const int node = steps.nodeOf(record.path);
        if (node >= 0 && record.lastTransitionAt >= steps.record(node).lastTransitionAt)
            steps.apply({record});
    }
    m_sinceAsked.clear();

    if (steps.outline() == m_stepModel->steps().outline()) {
        QList<StepRecord> records;
        for (int node = 0; node < steps.outline().size(); ++node)
            records += steps.record(node);
        m_stepModel->apply(records);
        m_graph->apply(records);
    } else {
        m_graph->reset(steps);
        m_stepModel->reset(steps);
        constexpr int expandUpTo = 200;
        if (steps.outline().size() <= expandUpTo)
            m_tree->expandAll();
        const QString kept = m_current;
        m_current.clear();
        setCurrent(kept);
    }
    m_header->setProgress(m_stepModel->steps().progress());

    QList<engine::GateRequest> open;
    for (const engine::GateRequest &gate : view.gates) {
        if (gate.state == engine::GateState::Open)
            open += gate;
    }
    m_header->setOpenGates(open);
    m_header->setAnchors(view.anchors);
    m_artifactModel->reset(view.artifacts);
    m_decisionModel->reset(view);
    if (m_log->view()->cache().run() != m_run)
        m_log->setRun(m_run, view.lastLogSequence);
    else
        m_log->grow(view.lastLogSequence);
}

void RunPage::takeSummary(const engine::RunSummary &summary)
{
    m_summary = summary;
    m_header->setRun(summary);
    Q_EMIT titleChanged(tr("Run %1: %2").arg(safeText(summary.packName), runStateWord(summary)));
}

void RunPage::takeSteps(const QList<StepRecord> &records)
{
    m_sinceAsked += records;
    const bool anyUnknown = std::ranges::any_of(
        records, [this](const StepRecord &record) { return m_stepModel->steps().nodeOf(record.path) < 0; });
    m_stepModel->apply(records);
    m_graph->apply(records);
    m_header->setProgress(m_stepModel->steps().progress());
    if (anyUnknown && !m_loading.isActive())
        m_loading.start();
}

void RunPage::setCurrent(const QString &path)
{
    if (path == m_current)
        return;
    m_current = path;
    m_graph->setCurrentPath(path);
    const QModelIndex index = m_stepModel->indexOf(path);
    if (index.isValid() && m_tree->currentIndex().siblingAtColumn(0) != index)
        m_tree->setCurrentIndex(index);
    const int node = m_stepModel->steps().nodeOf(path);
    m_log->setStep(node < 0 ? QString() : path,
                   node < 0 ? QString() : stepTitle(m_stepModel->steps().outline().at(node)));
}

// Actions.

void RunPage::confirmCancel()
{
    const bool again = m_summary.state == engine::RunState::Cancelling;
    auto *question = new QMessageBox(this);
    question->setAttribute(Qt::WA_DeleteOnClose);
    question->setObjectName(u"cancelQuestion"_s);
    question->setIcon(QMessageBox::Question);
    question->setWindowTitle(tr("Cancel the run"));
    question->setText(again ? tr("End what still runs at once?") : tr("Cancel this run?"));
    question->setInformativeText(
        again ? tr("Running steps are killed without time to clean up.")
              : tr("Running steps are asked to end and killed when they do not. Waiting gates "
                   "are closed. A cancelled run cannot go on."));
    auto *yes = question->addButton(again ? tr("Kill running steps") : tr("Cancel the run"),
                                    QMessageBox::DestructiveRole);
    auto *no = question->addButton(tr("Keep it running"), QMessageBox::RejectRole);
    question->setDefaultButton(no);
    question->setEscapeButton(no);
    connect(yes, &QAbstractButton::clicked, this, [this] {
        engine::whenDone(m_service->cancel(m_run), this, [this](const Result<> &done) {
            if (!done)
                m_message->showError(tr("The run could not be cancelled."), done.error());
        });
    });
    question->open();
}

void RunPage::chooseEvidenceFile()
{
    auto *dialog = new QFileDialog(this, tr("Export evidence"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setObjectName(u"evidenceFile"_s);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilter(tr("Evidence bundles (*.evidence.tar *.evidence.tar.zst)"));
    dialog->selectFile(m_run.value + u".evidence.tar"_s);
    connect(dialog, &QFileDialog::fileSelected, this,
            [this](const QString &path) { exportEvidence(path, false); });
    dialog->open();
}

void RunPage::exportEvidence(const QString &path, bool verify)
{
    m_header->setBusy(true);
    engine::whenDone(
        m_service->exportEvidence(m_run, path), this, [this, path, verify](const Result<> &done) {
            m_header->setBusy(false);
            if (!done)
                m_message->showError(tr("The evidence could not be written."), done.error());
            else if (verify)
                Q_EMIT verifyEvidenceRequested(path);
            else
                m_message->showMessage(MessageBar::Kind::Info, tr("The evidence was written."), path);
        });
}

void RunPage::chooseTimelineFile()
{
    auto *dialog = new QFileDialog(this, tr("Export timeline"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setObjectName(u"timelineFile"_s);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters({tr("Chrome trace, to be opened in Perfetto (*.json)"), tr("Text (*.txt)"),
                            tr("Journal, one event a line (*.jsonl)")});
    dialog->setDefaultSuffix(u"json"_s);
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString &filter) {
        dialog->setDefaultSuffix(filter.section(u"*."_s, 1).chopped(1));
    });
    dialog->selectFile(m_run.value + u".trace.json"_s);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &path) {
        exportTimeline(*m_service, m_run, path, this, [this, path](const Result<> &done) {
            if (done)
                m_message->showMessage(MessageBar::Kind::Info, tr("The timeline was written."), path);
            else
                m_message->showError(tr("The timeline could not be written."), done.error());
        });
    });
    dialog->open();
}

void RunPage::chooseArtifactFile()
{
    const engine::Artifact artifact = m_artifactModel->at(m_artifacts->currentIndex().row());
    auto *dialog = new QFileDialog(this, tr("Save artifact"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->selectFile(artifact.name.section(u'/', -1)); // A name from a pack never chooses the folder.
    connect(dialog, &QFileDialog::fileSelected, this, [this, id = artifact.id](const QString &path) {
        engine::whenDone(m_service->saveArtifact(m_run, id, path), this, [this, path](const Result<> &done) {
            if (done)
                m_message->showMessage(MessageBar::Kind::Info, tr("The artifact was saved."), path);
            else
                m_message->showError(tr("The artifact could not be saved."), done.error());
        });
    });
    dialog->open();
}

} // namespace ui
