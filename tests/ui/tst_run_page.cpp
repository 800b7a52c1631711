#include "tests/support/fake_run_service.h"
#include "tests/support/sample_values.h"
#include "ui/common/message_bar.h"
#include "ui/log/log_panel.h"
#include "ui/run/artifact_model.h"
#include "ui/run/decision_model.h"
#include "ui/run/graph_view.h"
#include "ui/run/run_header.h"
#include "ui/run/run_page.h"
#include "ui/run/step_tree_model.h"

#include <QAbstractItemModelTester>
#include <QFileDialog>
#include <QLabel>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTableView>
#include <QTest>
#include <QTreeView>

using namespace Qt::StringLiterals;
using engine::RunState;
using engine::StepKind;
using engine::StepRecord;
using engine::StepState;
using ui::RunPage;

namespace {

StepRecord in(const QString &path, StepState state, int seconds = 60)
{
    StepRecord record;
    record.path = path;
    record.state = state;
    record.lastTransitionAt = sample::start() + std::chrono::seconds(seconds);
    return record;
}

engine::OutlineNode node(const QString &path, StepKind kind, int parent = -1, bool isTemplate = false)
{
    engine::OutlineNode made;
    made.path = path;
    made.id = path;
    made.kind = kind;
    made.parent = parent;
    made.isTemplate = isTemplate;
    return made;
}

} // namespace

class TestRunPage : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_service = std::make_unique<FakeRunService>();
        m_summary = sample::run(1, RunState::Waiting);
        m_service->views[m_summary.id] = sample::runView(m_summary);
        m_service->plans[m_summary.id] = R"({"pack":{"name":"inventory-audit"},"steps":[]})"_ba;
        for (int i = 1; i <= 30; ++i) {
            engine::LogLine line;
            line.sequence = i;
            line.stepPath = u"collect"_s;
            line.message = u"line %1"_s.arg(i);
            m_service->lines[m_summary.id] += line;
        }
    }
    void cleanup()
    {
        m_page.reset();
        m_service.reset();
    }

    void showsTheRun()
    {
        open();
        QCOMPARE(label("runTitle"_L1), u"inventory-audit 1.0.0"_s);
        QCOMPARE(label("runProgress"_L1), u"2 of 4 steps done, 1 waiting for a person"_s);
        QVERIFY(label("runFacts"_L1)
                    .startsWith(u"Run %1 · asked for by \u2068anna\u2069 · started 2026-03-01"_s.arg(
                        m_summary.id.value)));
        QVERIFY(!m_page->findChild<QLabel *>(u"runReason"_s)->isVisible());
        QVERIFY(m_page->findChild<QPushButton *>(u"cancelRun"_s)->isVisible());
        QVERIFY(!button("exportEvidence"_L1)->isEnabled());
        QVERIFY(!button("verifyEvidence"_L1)->isEnabled());
    }

    void theTitleTellsTheState()
    {
        open();
        QSignalSpy titles(m_page.get(), &RunPage::titleChanged);
        Q_EMIT m_service->runChanged(sample::run(2, RunState::Failed)); // Another run.
        QVERIFY(titles.isEmpty());
        Q_EMIT m_service->runChanged(sample::run(1, RunState::Failed));
        QCOMPARE(titles.size(), 1);
        QCOMPARE(titles.first().first().toString(), u"Run inventory-audit: Failed"_s);
        QCOMPARE(label("runReason"_L1), u"step \"collect\" failed with exit code 3"_s);
    }

    void aWaitingGateIsOffered()
    {
        open();
        QSignalSpy asked(m_page.get(), &RunPage::gateRequested);
        QVERIFY(button("reviewGate"_L1)->isVisible());
        QTest::mouseClick(button("reviewGate"_L1), Qt::LeftButton);
        QCOMPARE(asked.size(), 1);
        QCOMPARE(asked.first().at(0).value<engine::RunId>(), m_summary.id);
        QCOMPARE(asked.first().at(1).toString(), u"review"_s);

        m_service->views[m_summary.id].gates[0].state = engine::GateState::Approved;
        Q_EMIT m_service->gateChanged(m_service->views[m_summary.id].gates[0]);
        QTRY_VERIFY(!button("reviewGate"_L1)->isVisible());
    }

    void stepsChangeInPlace()
    {
        open();
        const auto asked = m_service->calls.size();
        auto *tree = m_page->findChild<QTreeView *>(u"stepTree"_s);
        const QPersistentModelIndex last = tree->model()->index(3, ui::StepTreeModel::StateColumn);
        Q_EMIT m_service->stepsChanged(
            m_summary.id, {in(u"review"_s, StepState::Succeeded), in(u"report"_s, StepState::Running)});
        QVERIFY(last.isValid()); // No reset.
        QCOMPARE(last.data().toString(), u"Running"_s);
        QCOMPARE(label("runProgress"_L1), u"3 of 4 steps done, 1 running"_s);
        QTest::qWait(100);
        QCOMPARE(m_service->calls.size(), asked);
    }

    void anExpandedMapIsReadAgain()
    {
        open();
        engine::RunView &view = m_service->views[m_summary.id];
        view.outline += node(u"hosts"_s, StepKind::Map);
        view.outline += node(u"hosts[0]::x"_s, StepKind::Run, int(view.outline.size()) - 1);
        Q_EMIT m_service->outlineChanged(m_summary.id);
        Q_EMIT m_service->outlineChanged(m_summary.id);
        QTRY_COMPARE(label("runProgress"_L1), u"2 of 5 steps done, 1 waiting for a person"_s);
        QCOMPARE(m_service->calls.count(u"run "_s + m_summary.id.value),
                 2); // Not once for each piece of news.
    }

    void anUnknownStepIsAReasonToReadAgain()
    {
        open();
        Q_EMIT m_service->stepsChanged(m_summary.id, {in(u"hosts[0]::x"_s, StepState::Running)});
        QTRY_COMPARE(m_service->calls.count(u"run "_s + m_summary.id.value), 2);
    }

    void newsThatOvertakesTheAnswerIsKept()
    {
        m_service->hold();
        m_page = std::make_unique<RunPage>(m_service.get(), m_summary.id);
        Q_EMIT m_service->stepsChanged(
            m_summary.id, {in(u"report"_s, StepState::Running, 90), in(u"collect"_s, StepState::Running, 1)});
        m_service->release();
        QTRY_COMPARE(tree()->model()->rowCount(), 4);
        QCOMPARE(tree()->model()->index(3, ui::StepTreeModel::StateColumn).data().toString(), u"Running"_s);
        QCOMPARE(tree()->model()->index(0, ui::StepTreeModel::StateColumn).data().toString(), u"Succeeded"_s);

        m_service->hold(); // The same once the steps are known.
        Q_EMIT m_service->artifactsChanged(m_summary.id);
        QTRY_VERIFY(m_service->heldAnswers() > 0);
        Q_EMIT m_service->stepsChanged(m_summary.id, {in(u"report"_s, StepState::Succeeded, 95)});
        m_service->release();
        QTest::qWait(20);
        QCOMPARE(tree()->model()->index(3, ui::StepTreeModel::StateColumn).data().toString(), u"Succeeded"_s);
    }

    void graphTreeAndLogShareTheCurrentStep()
    {
        open();
        auto *graph = m_page->findChild<ui::GraphView *>();
        graph->setFocus();
        QTest::keyClick(graph, Qt::Key_Right);
        QCOMPARE(m_page->currentStep(), u"collect"_s);
        QCOMPARE(tree()->currentIndex().data(ui::StepTreeModel::PathRole).toString(), u"collect"_s);

        const QModelIndex checks = tree()->model()->index(1, 0);
        tree()->setCurrentIndex(tree()->model()->index(0, 0, checks));
        QCOMPARE(graph->currentPath(), u"checks/lint"_s);
        QCOMPARE(m_page->currentStep(), u"checks/lint"_s);

        Q_EMIT m_page->findChild<ui::LogPanel *>()->stepSelected(u"report"_s);
        QCOMPARE(graph->currentPath(), u"report"_s);
        QCOMPARE(tree()->currentIndex().data(ui::StepTreeModel::PathRole).toString(), u"report"_s);
    }

    void theLogGrows()
    {
        open();
        auto *log = m_page->findChild<ui::LogView *>();
        QTRY_COMPARE(log->cache().run(), m_summary.id);
        QCOMPARE(log->cache().lineCount(), 0);
        Q_EMIT m_service->logsAppended({u"run_other"_s}, 10);
        QCOMPARE(log->cache().lineCount(), 0);
        Q_EMIT m_service->logsAppended(m_summary.id, 30);
        QCOMPARE(log->cache().lineCount(), 30);
        QTRY_VERIFY(log->cache().line(29));
    }

    void cancelAsksFirst()
    {
        open();
        QTest::mouseClick(button("cancelRun"_L1), Qt::LeftButton);
        auto *question = m_page->findChild<QMessageBox *>(u"cancelQuestion"_s);
        QVERIFY(question && question->isVisible());
        QCOMPARE(question->defaultButton()->text(), u"Keep it running"_s);
        QTest::keyClick(question, Qt::Key_Escape);
        QVERIFY(!m_service->calls.contains(u"cancel "_s + m_summary.id.value));
    }

    void cancelAndThenForce()
    {
        open();
        const auto confirm = [this](const QString &words) {
            QTest::mouseClick(button("cancelRun"_L1), Qt::LeftButton);
            const auto boxes = m_page->findChildren<QMessageBox *>(u"cancelQuestion"_s);
            for (QAbstractButton *each : boxes.last()->buttons()) {
                if (each->text() == words)
                    QTest::mouseClick(each, Qt::LeftButton);
            }
        };
        confirm(u"Cancel the run"_s);
        QCOMPARE(m_service->calls.count(u"cancel "_s + m_summary.id.value), 1);
        m_service->views[m_summary.id].summary = sample::run(1, RunState::Cancelling);
        Q_EMIT m_service->runChanged(sample::run(1, RunState::Cancelling));
        QCOMPARE(button("cancelRun"_L1)->text(), u"Cancel at once…"_s);
        confirm(u"Kill running steps"_s);
        QCOMPARE(m_service->calls.count(u"cancel "_s + m_summary.id.value), 2);
    }

    void evidenceIsExportedAndVerified()
    {
        finish();
        open();
        QVERIFY(!button("cancelRun"_L1)->isVisible());
        QSignalSpy verify(m_page.get(), &RunPage::verifyEvidenceRequested);
        QTest::mouseClick(button("verifyEvidence"_L1), Qt::LeftButton);
        QTRY_COMPARE(verify.size(), 1);
        const QString path = verify.first().first().toString();
        QVERIFY(path.endsWith(u".evidence.tar"_s));
        QVERIFY(m_service->calls.contains(u"exportEvidence %1 %2"_s.arg(m_summary.id.value, path)));
        QTRY_VERIFY(button("verifyEvidence"_L1)->isEnabled());
    }

    void tellsWhoWitnessesTheEvidence()
    {
        using engine::AnchorKind;
        using engine::AnchorState;
        finish();
        open();
        QVERIFY(!m_page->findChild<QLabel *>(u"runAnchors"_s)->isVisible());
        m_service->views[m_summary.id].anchors = {
            {AnchorKind::Log,
             AnchorState::Anchored,
             u"the log \"a\u202eb\" is not in the trust file"_s,
             {},
             0,
             {},
             {}},
            {AnchorKind::Authority, AnchorState::Pending, {}, {}, 0, {}, {}}};
        Q_EMIT m_service->anchorsChanged(m_summary.id);
        QTRY_COMPARE(label("runAnchors"_L1),
                     u"Transparency log: anchored, not verified (the log \"a<U+202E>b\" is not "
                     u"in the trust file) · Timestamp: pending"_s);
        QVERIFY(m_page->findChild<QLabel *>(u"runAnchors"_s)->isVisible());
    }

    void aFailedExportIsTold()
    {
        finish();
        m_service->exportResult = engine::Error{engine::ErrorCode::Io, u"disk is full"_s, {}, {}};
        open();
        QSignalSpy verify(m_page.get(), &RunPage::verifyEvidenceRequested);
        QTest::mouseClick(button("verifyEvidence"_L1), Qt::LeftButton);
        const auto *message = m_page->findChild<ui::MessageBar *>();
        QTRY_VERIFY(message->isVisible());
        QVERIFY(verify.isEmpty());
        QVERIFY((message->text() + message->details()).contains(u"disk is full"_s));
    }

    void theExportDialogProposesAName()
    {
        finish();
        open();
        QTest::mouseClick(button("exportEvidence"_L1), Qt::LeftButton);
        auto *dialog = m_page->findChild<QFileDialog *>(u"evidenceFile"_s);
        QVERIFY(dialog && dialog->isVisible());
        QCOMPARE(QFileInfo(dialog->selectedFiles().value(0)).fileName(),
                 m_summary.id.value + u".evidence.tar"_s);
        Q_EMIT dialog->fileSelected(u"/tmp/x.evidence.tar"_s);
        QVERIFY(
            m_service->calls.contains(u"exportEvidence %1 /tmp/x.evidence.tar"_s.arg(m_summary.id.value)));
    }

    void theTimelineIsWritten_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("holds");

        QTest::newRow("trace") << u"x.json"_s << u"\"displayTimeUnit\":\"ms\""_s;
        QTest::newRow("text") << u"x.txt"_s << u"Run      run_01HZZ"_s;
        QTest::newRow("journal") << u"x.jsonl"_s << u"\"sequence\":1,\"stepPath\":\"\""_s;
    }

    void theTimelineIsWritten()
    {
        QFETCH(QString, name);
        QFETCH(QString, holds);
        engine::RunEvent event;
        event.run = m_summary.id;
        event.sequence = 1;
        event.type = u"run-created"_s;
        m_service->journals[m_summary.id] = {event};
        open();
        QTest::mouseClick(button("exportTimeline"_L1), Qt::LeftButton);
        auto *dialog = m_page->findChild<QFileDialog *>(u"timelineFile"_s);
        QVERIFY(dialog && dialog->isVisible());
        QCOMPARE(QFileInfo(dialog->selectedFiles().value(0)).fileName(),
                 m_summary.id.value + u".trace.json"_s);
        const QTemporaryDir folder;
        QFile file(folder.filePath(name));
        Q_EMIT dialog->fileSelected(file.fileName());
        const auto *message = m_page->findChild<ui::MessageBar *>();
        QTRY_COMPARE(message->text(), u"The timeline was written."_s);
        QCOMPARE(message->details(), file.fileName());
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString content = QString::fromUtf8(file.readAll());
        QVERIFY2(content.contains(holds), qPrintable(content));
    }

    void aTimelineThatCannotBeWrittenIsTold()
    {
        open();
        QTest::mouseClick(button("exportTimeline"_L1), Qt::LeftButton);
        Q_EMIT m_page->findChild<QFileDialog *>(u"timelineFile"_s)->fileSelected(u"/nowhere/x.txt"_s);
        const auto *message = m_page->findChild<ui::MessageBar *>();
        QTRY_VERIFY(message->isVisible());
        QVERIFY(message->text().startsWith(u"The timeline could not be written."_s));
        QVERIFY2(message->details().startsWith(u"cannot write \"/nowhere/x.txt\": "_s),
                 qPrintable(message->details()));
    }

    void thePlanIsReadWhenItIsLookedAt()
    {
        open();
        QVERIFY(!m_service->calls.contains(u"canonicalPlan "_s + m_summary.id.value));
        m_page->findChild<QTabWidget *>(u"runTabs"_s)->setCurrentIndex(4);
        const auto *text = m_page->findChild<QPlainTextEdit *>(u"planText"_s);
        QTRY_VERIFY(text->toPlainText().contains(u"\"name\": \"inventory-audit\""_s));
    }

    void anUnknownRunIsTold()
    {
        m_service->views.clear();
        open();
        QTRY_VERIFY(m_page->findChild<ui::MessageBar *>()->isVisible());
        QVERIFY(!m_page->findChild<ui::RunHeader *>()->isVisible());
    }

    void closingWhileAnAnswerIsUnderWay()
    {
        m_service->hold();
        m_page = std::make_unique<RunPage>(m_service.get(), m_summary.id);
        m_page->show();
        QVERIFY(m_service->heldAnswers() > 0);
        m_page.reset();
        m_service->release();
        QTest::qWait(20);
    }

    // Models.

    void stepTreeModel()
    {
        ui::StepTreeModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        engine::Outline outline = sample::preview().outline;
        const int map = int(outline.size());
        outline += node(u"hosts"_s, StepKind::Map);
        outline += node(u"hosts[*]::x"_s, StepKind::Run, map, true);
        model.reset(ui::RunSteps(outline, {}));
        QCOMPARE(model.rowCount(), 5);
        QCOMPARE(model.rowCount(model.indexOf(u"hosts"_s)),
                 1); // The template, as long as nothing else is known.
        outline += node(u"hosts[0]::x"_s, StepKind::Run, map);
        outline += node(u"hosts[1]::x"_s, StepKind::Run, map);
        model.reset(ui::RunSteps(outline, {}));
        QCOMPARE(model.rowCount(model.indexOf(u"hosts"_s)), 2);
        QVERIFY(!model.indexOf(u"hosts[*]::x"_s).isValid());
        QVERIFY(!model.indexOf(u"nowhere"_s).isValid());

        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        model.apply({in(u"hosts[1]::x"_s, StepState::Failed), in(u"hosts[*]::x"_s, StepState::Running)});
        QCOMPARE(changed.size(), 1);
        QCOMPARE(changed.first().at(0).toModelIndex(), model.indexOf(u"hosts[1]::x"_s));
        const QModelIndex failed = model.indexOf(u"hosts[1]::x"_s);
        QCOMPARE(failed.siblingAtColumn(ui::StepTreeModel::StateColumn).data().toString(), u"Failed"_s);
        QCOMPARE(failed.data().toString(), u"hosts[1]::x"_s);
        QCOMPARE(failed.data(Qt::AccessibleTextRole).toString(), u"hosts[1]::x, Failed"_s);
    }

    void artifactModel()
    {
        ui::ArtifactModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        engine::Artifact stored;
        stored.name = u"a\u202eb.json"_s;
        stored.sizeBytes = 2048;
        stored.sha256 = u"ab"_s.repeated(32);
        engine::Artifact refused;
        refused.name = u"core"_s;
        refused.status = u"refused"_s;
        refused.notes = u"too large"_s;
        model.reset({stored, refused});
        QCOMPARE(model.index(0, ui::ArtifactModel::NameColumn).data().toString(), u"a<U+202E>b.json"_s);
        QCOMPARE(model.index(0, ui::ArtifactModel::StatusColumn).data().toString(), u"Stored"_s);
        QCOMPARE(model.index(1, ui::ArtifactModel::StatusColumn).data().toString(),
                 u"Not stored: too large"_s);
        QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
        model.reset({stored, refused});
        QVERIFY(reset.isEmpty());
    }

    void decisionModel()
    {
        ui::DecisionModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        engine::RunView run = sample::runView(m_summary);
        run.gates[0].required = 2;
        engine::Decision decision;
        decision.statement.run = m_summary.id;
        decision.statement.path = u"review"_s;
        decision.statement.approver = u"berta"_s;
        decision.statement.verdict = engine::Verdict::Approve;
        decision.statement.reason = u"fine"_s;
        decision.statement.decidedAt = run.gates[0].requestedAt + std::chrono::minutes(1);
        run.decisions = {decision};
        engine::PolicyDecision policy;
        policy.policyId = u"deny-list"_s;
        policy.path = u"checks/deny"_s;
        policy.denials = {{u"telnetd"_s, u"telnetd is installed"_s}};
        policy.decidedAt = run.gates[0].requestedAt - std::chrono::minutes(1);
        run.policies = {policy};
        model.reset(run);
        QStringList rows;
        for (int i = 0; i < model.rowCount(); ++i) {
            QStringList cells;
            for (const int column : {ui::DecisionModel::GateColumn, ui::DecisionModel::WhatColumn,
                                     ui::DecisionModel::WhoColumn, ui::DecisionModel::DetailColumn})
                cells += model.index(i, column).data().toString();
            rows += cells.join(u'|');
        }
        QCOMPARE(rows,
                 (QStringList{
                     u"checks/deny|Policy denies|Policy deny-list|telnetd: telnetd is installed"_s,
                     u"review|Approval asked for|anna|1 of 2 approvals · Review of the package inventory"_s,
                     u"review|Approved|berta|fine"_s}));
        QCOMPARE(model.openGateAt(1), u"review"_s);
        QCOMPARE(model.openGateAt(2), QString());
        QCOMPARE(model.openGateAt(-1), QString());
    }

    void progress_data()
    {
        QTest::addColumn<ui::RunProgress>("progress");
        QTest::addColumn<QString>("words");

        QTest::newRow("begin") << ui::RunProgress{9, 0, 0, 0, 0} << u"0 of 9 steps done"_s;
        QTest::newRow("all") << ui::RunProgress{9, 4, 2, 1, 3}
                             << u"4 of 9 steps done, 2 running, 1 waiting for a person, 3 with a problem"_s;
    }

    void progress()
    {
        QFETCH(ui::RunProgress, progress);
        QFETCH(QString, words);
        QCOMPARE(ui::progressWords(progress), words);
    }

private:
    void open()
    {
        m_page = std::make_unique<RunPage>(m_service.get(), m_summary.id);
        m_page->resize(1100, 800);
        m_page->show();
        if (m_service->views.contains(m_summary.id))
            QTRY_VERIFY(m_page->findChild<ui::RunHeader *>()->isVisible());
    }

    void finish()
    {
        m_service->views[m_summary.id].summary = sample::run(1, RunState::Succeeded);
        m_service->views[m_summary.id].gates[0].state = engine::GateState::Approved;
    }

    QTreeView *tree() const { return m_page->findChild<QTreeView *>(u"stepTree"_s); }
    QString label(QLatin1StringView name) const { return m_page->findChild<QLabel *>(name)->text(); }
    QPushButton *button(QLatin1StringView name) const { return m_page->findChild<QPushButton *>(name); }

    std::unique_ptr<FakeRunService> m_service;
    std::unique_ptr<RunPage> m_page;
    engine::RunSummary m_summary;
};

QTEST_MAIN(TestRunPage)
#include "tst_run_page.moc"
