#include "tests/support/fake_run_service.h"
#include "tests/support/sample_values.h"
#include "ui/common/message_bar.h"
#include "ui/evidence/evidence_page.h"
#include "ui/gate/approval_dialog.h"
#include "ui/pack/pack_page.h"
#include "ui/run/run_page.h"
#include "ui/window/action_registry.h"
#include "ui/window/document_kind.h"
#include "ui/window/document_tabs.h"
#include "ui/window/main_window.h"
#include "ui/window/pane_cycle.h"

#include <QApplication>
#include <QDialogButtonBox>
#include <QDropEvent>
#include <QFile>
#include <QInputDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using engine::RunState;

namespace {

/// A window on a service with one waiting run.
struct Fixture
{
    Fixture()
    {
        run = sample::run(1, RunState::Waiting);
        service.runList = {run};
        service.openGateList = {sample::gate(run)};
        service.views.insert(run.id, sample::runView(run));
        window = std::make_unique<ui::MainWindow>(&service, &verifier, u"/packs/sample"_s);
        window->show();
    }

    QStringList uris() const
    {
        QStringList found;
        for (int i = 0; i < window->tabs()->count(); ++i)
            found += ui::DocumentTabs::uriOf(window->tabs()->widget(i));
        return found;
    }
    bool isReady() const { return window->windowTitle().startsWith(u'('); }
    QToolButton *operatorChip() const { return window->findChild<QToolButton *>(u"operatorChip"_s); }

    engine::RunSummary run;
    FakeRunService service;
    FakeEvidenceVerifier verifier;
    std::unique_ptr<ui::MainWindow> window;
};

void drop(QWidget *target, const QList<QUrl> &urls)
{
    QMimeData data;
    data.setUrls(urls);
    QDragEnterEvent enter(QPoint(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(target, &enter);
    if (!enter.isAccepted())
        return;
    QDropEvent event(QPointF(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(target, &event);
}

} // namespace

class TestMainWindow : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void titleStartsWithTheWaitingGates();
    void statusShowsSourceAndOperator();
    void activitiesOpenPagesOnce();
    void everyActionIsInAMenuAndUnique();
    void opensWhatItIsGiven();
    void namesDocumentsByKind_data();
    void namesDocumentsByKind();
    void aDropOpensAndRunsNothing();
    void opensRunsAndTheirGates();
    void operatorChangesThroughItsOwner();
    void troubleIsShownAndTakenBack();
    void incidentModeIsShownAndMoved();
    void incidentModeStaysShownWhenItCannotBeEnded();
    void closingAsksWhileRunsGoOn();
    void panesCycle();
    void tabTextsTakeNoMnemonics();
    void closesWhileAnswersAreUnderWay();
};

void TestMainWindow::titleStartsWithTheWaitingGates()
{
    Fixture f;
    QTRY_COMPARE(f.window->windowTitle(), u"(1) TaskRunner Console"_s);
    auto *button = f.window->findChild<QToolButton *>(u"activity-approvals"_s);
    QCOMPARE(button->accessibleName(), u"Approvals, 1"_s);

    engine::GateRequest gate = sample::gate(f.run);
    gate.state = engine::GateState::Approved;
    Q_EMIT f.service.gateChanged(gate);

    QCOMPARE(f.window->windowTitle(), u"TaskRunner Console"_s);
    QCOMPARE(button->accessibleName(), u"Approvals"_s);
    QVERIFY(!f.window->actions()->action(u"run.next-gate"_s)->isEnabled());
}

void TestMainWindow::statusShowsSourceAndOperator()
{
    Fixture f;
    QTRY_COMPARE(f.operatorChip()->text(), u"Decides as anna"_s);
    QCOMPARE(f.window->findChild<QWidget *>(u"sourceChip"_s)->accessibleName(), u"Source local: ready"_s);
    QCOMPARE(f.window->findChild<QLabel *>(u"dataDir"_s)->text(), u"/data"_s);
}

void TestMainWindow::activitiesOpenPagesOnce()
{
    Fixture f;
    QCOMPARE(f.uris(), QStringList{u"home:"_s});

    for (int round = 0; round < 2; ++round) {
        for (const QString &name : {u"approvals"_s, u"runs"_s, u"packs"_s, u"evidence"_s, u"home"_s}) {
            auto *button = f.window->findChild<QToolButton *>(u"activity-"_s + name);
            QTest::mouseClick(button, Qt::LeftButton);
            QCOMPARE(f.window->tabs()->currentUri(), name + u':');
            QVERIFY(button->isChecked());
        }
    }
    QCOMPARE(f.uris().size(), 5);
    f.window->tabs()->closePage(0);
    QCOMPARE(f.uris().size(), 4);
}

void TestMainWindow::everyActionIsInAMenuAndUnique()
{
    Fixture f;
    QStringList ids;
    QStringList shortcuts;
    for (const QAction *menu : f.window->menuBar()->actions()) {
        for (const QAction *action : menu->menu()->actions()) {
            if (action->isSeparator())
                continue;
            ids += action->objectName();
            if (!action->shortcut().isEmpty())
                shortcuts += action->shortcut().toString();
            QVERIFY2(action->text().contains(u'&'), qPrintable(action->text()));
        }
    }
    QCOMPARE(ids.removeDuplicates(), 0);
    QCOMPARE(shortcuts.removeDuplicates(), 0);
    for (const QString &id : {u"file.open-pack"_s, u"file.open-evidence"_s, u"file.quit"_s, u"help.about"_s})
        QVERIFY2(ids.contains(id), qPrintable(id));
}

void TestMainWindow::opensWhatItIsGiven()
{
    QTemporaryDir folder;
    Fixture f;
    f.window->openPath(folder.path());
    QVERIFY(qobject_cast<ui::PackPage *>(f.window->tabs()->currentWidget()));
    QCOMPARE(f.window->tabs()->currentUri(), u"pack:"_s + folder.path());
    f.window->openPath(folder.path() + u"/pack.yaml"_s); // The same pack.
    QCOMPARE(f.uris().size(), 2);

    f.window->openPath(u"/x/run.evidence.tar"_s);
    QVERIFY(qobject_cast<ui::EvidencePage *>(f.window->tabs()->currentWidget()));
    QCOMPARE(f.window->tabs()->currentUri(), u"bundle:/x/run.evidence.tar"_s);
    f.window->openPath(u"/x/run.evidence.tar"_s);
    QCOMPARE(f.verifier.verified.size(), 2);

    f.window->openPath(u"/x/picture.png"_s);
    auto *message = f.window->findChild<ui::MessageBar *>(u"windowMessage"_s);
    QVERIFY(message->text().startsWith(u"This is neither a pack"_s));
    QCOMPARE(message->details(), u"/x/picture.png"_s);

    f.window->actions()->action(u"file.open-sample"_s)->trigger();
    QCOMPARE(f.window->tabs()->currentUri(), u"pack:/packs/sample"_s);
}

void TestMainWindow::namesDocumentsByKind_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<ui::DocumentKind>("kind");

    QTest::newRow("folder") << QDir::tempPath() << ui::DocumentKind::Pack;
    QTest::newRow("manifest") << u"/x/pack.yaml"_s << ui::DocumentKind::Pack;
    QTest::newRow("bundle") << u"/x/run_1.evidence.tar"_s << ui::DocumentKind::Bundle;
    QTest::newRow("packed bundle") << u"/x/run_1.evidence.tar.zst"_s << ui::DocumentKind::Bundle;
    QTest::newRow("other yaml") << u"/x/other.yaml"_s << ui::DocumentKind::None;
    QTest::newRow("nothing") << QString() << ui::DocumentKind::None;
}

void TestMainWindow::namesDocumentsByKind()
{
    QFETCH(QString, path);
    QFETCH(ui::DocumentKind, kind);

    QCOMPARE(ui::documentKindOf(path), kind);
}

void TestMainWindow::aDropOpensAndRunsNothing()
{
    QTemporaryDir folder;
    Fixture f;
    drop(f.window.get(), {QUrl::fromLocalFile(folder.path()), QUrl::fromLocalFile(u"/x/a.tar"_s),
                          QUrl::fromLocalFile(u"/x/a.png"_s), QUrl(u"https://example.org/pack.yaml"_s)});

    QCOMPARE(f.uris(), (QStringList{u"home:"_s, u"pack:"_s + folder.path(), u"bundle:/x/a.tar"_s}));
    QVERIFY(f.service.planRequests.isEmpty());
    QVERIFY(f.service.runRequests.isEmpty());

    drop(f.window.get(), {QUrl(u"https://example.org/pack.yaml"_s)});
    QCOMPARE(f.uris().size(), 3);
}

void TestMainWindow::opensRunsAndTheirGates()
{
    Fixture f;
    QTRY_VERIFY(f.isReady());
    f.window->openRun(f.run.id);
    f.window->openRun(f.run.id);
    QCOMPARE(f.uris().size(), 2);
    QCOMPARE(f.window->tabs()->currentUri(), u"run:local/"_s + f.run.id.value);
    auto *page = qobject_cast<ui::RunPage *>(f.window->tabs()->currentWidget());
    QVERIFY(page);
    QVERIFY(f.window->findChild<QToolButton *>(u"activity-runs"_s)->isChecked());

    Q_EMIT page->gateRequested(f.run.id, u"review"_s);
    f.window->actions()->action(u"run.next-gate"_s)->trigger(); // The same gate.
    QCOMPARE(f.window->findChildren<ui::ApprovalDialog *>().size(), 1);

    Q_EMIT page->verifyEvidenceRequested(u"/x/run.evidence.tar"_s);
    QCOMPARE(f.window->tabs()->currentUri(), u"bundle:/x/run.evidence.tar"_s);
    QVERIFY(f.service.decisions.isEmpty());
}

void TestMainWindow::operatorChangesThroughItsOwner()
{
    Fixture f;
    QTRY_VERIFY(f.isReady());
    connect(f.window.get(), &ui::MainWindow::operatorChangeRequested, f.window.get(),
            [&f](const QString &name) { f.service.serviceInfo.operatorName = name; });
    f.window->openGate(f.run.id, u"review"_s);
    QPointer<ui::ApprovalDialog> opened = f.window->findChild<ui::ApprovalDialog *>();

    QTest::mouseClick(f.operatorChip(), Qt::LeftButton);
    auto *dialog = f.window->findChild<QInputDialog *>(u"operatorDialog"_s);
    QVERIFY(dialog);
    QCOMPARE(dialog->textValue(), u"anna"_s);
    dialog->setTextValue(u" R&D "_s);
    dialog->accept();

    QTRY_COMPARE(f.operatorChip()->text(), u"Decides as R&&D"_s);
    QCOMPARE(f.operatorChip()->accessibleName(), u"Decides as R&D"_s);
    QTRY_VERIFY(!opened); // It was opened for anna.
}

void TestMainWindow::troubleIsShownAndTakenBack()
{
    Fixture f;
    QTRY_VERIFY(f.isReady());
    auto *message = f.window->findChild<ui::MessageBar *>(u"windowMessage"_s);
    auto *source = f.window->findChild<QWidget *>(u"sourceChip"_s);

    Q_EMIT f.service.troubleChanged({engine::ErrorCode::Database, u"no space left on /data"_s, {}, {}});
    QVERIFY(message->isVisible());
    QCOMPARE(message->details(), u"no space left on /data"_s);
    QCOMPARE(source->accessibleName(), u"Source local: trouble"_s);

    Q_EMIT f.service.troubleChanged({});
    QVERIFY(!message->isVisible());
    QCOMPARE(source->accessibleName(), u"Source local: ready"_s);
}

void TestMainWindow::incidentModeIsShownAndMoved()
{
    Fixture f;
    QTRY_VERIFY(f.isReady());
    auto *banner = f.window->findChild<ui::MessageBar *>(u"incidentBanner"_s);
    QAction *action = f.window->actions()->action(u"run.incident"_s);
    QVERIFY(!banner->isVisible());
    QCOMPARE(action->text(), u"Start &Incident Mode…"_s);

    action->trigger();
    action->trigger(); // One dialog is enough.
    QCOMPARE(f.window->findChildren<QInputDialog *>(u"incidentDialog"_s).size(), 1);
    QPointer dialog = f.window->findChild<QInputDialog *>(u"incidentDialog"_s);
    QPushButton *ok = dialog->findChild<QDialogButtonBox *>()->button(QDialogButtonBox::Ok);
    QVERIFY(!ok->isEnabled());
    dialog->setTextValue(u"  "_s);
    QVERIFY(!ok->isEnabled());
    dialog->setTextValue(u" odd answers "_s);
    QVERIFY(ok->isEnabled());
    f.service.incidentResult =
        engine::Incident{true, u"anna <b>"_s, u"odd answers"_s, {}, u"incidents/1.tar"_s, u"00"_s, {}};
    ok->click();
    QTRY_VERIFY(banner->isVisible());
    QCOMPARE(f.service.incidentSwitches, (QList<engine::IncidentSwitch>{{true, u"odd answers"_s, {}}}));
    QCOMPARE(banner->text(), u"Incident mode: what runs goes on, nothing new is started."_s);
    QVERIFY2(banner->details().contains(u" by anna <b>: odd answers\n"_s), qPrintable(banner->details()));
    QVERIFY(banner->details().endsWith(u"\nSnapshot in the data directory: incidents/1.tar"_s));
    QVERIFY(!banner->findChild<QToolButton *>(u"messageClose"_s)->isVisible());
    QCOMPARE(action->text(), u"End &Incident Mode…"_s);
    QTRY_VERIFY(!dialog);

    action->trigger();
    f.service.incidentResult = engine::Incident{false, u"bob"_s, {}, {}, {}, {}, {}};
    f.window->findChild<QInputDialog *>(u"incidentDialog"_s)->accept(); // No reason is asked for.
    QTRY_VERIFY(!banner->isVisible());
    QCOMPARE(f.service.incidentSwitches.last(), (engine::IncidentSwitch{false, {}, {}}));

    Q_EMIT f.service.incidentChanged( // By somebody else.
        {true, u"eve"_s, u"again"_s, {}, {}, {}, u"no space left on device"_s});
    QVERIFY(banner->isVisible());
    QVERIFY(banner->details().endsWith(u"\nThere is no snapshot: no space left on device"_s));
}

void TestMainWindow::incidentModeStaysShownWhenItCannotBeEnded()
{
    Fixture f;
    f.service.serviceInfo.incident = engine::Incident{true, u"anna"_s, u"odd answers"_s, {}, {}, {}, {}};
    ui::MainWindow window(&f.service, &f.verifier, {}); // It was on before the window was.
    window.show();
    auto *banner = window.findChild<ui::MessageBar *>(u"incidentBanner"_s);
    QTRY_VERIFY(banner->isVisible());

    f.service.incidentResult = engine::Error{engine::ErrorCode::Database, u"disk full"_s, {}, {}};
    window.actions()->action(u"run.incident"_s)->trigger();
    window.findChild<QInputDialog *>(u"incidentDialog"_s)->accept();
    QTRY_VERIFY2(banner->text().startsWith(u"Incident mode could not be ended."_s),
                 qPrintable(banner->text()));
    QVERIFY(banner->isVisible());
    QVERIFY2(banner->details().startsWith(u"disk full\nSince "_s), qPrintable(banner->details()));
    QVERIFY(banner->details().endsWith(u" by anna: odd answers"_s));
    QCOMPARE(window.actions()->action(u"run.incident"_s)->text(), u"End &Incident Mode…"_s);
}

void TestMainWindow::closingAsksWhileRunsGoOn()
{
    Fixture f;
    QTRY_VERIFY(f.isReady());
    QVERIFY(f.window->close()); // Waiting runs are taken up again later.
    f.window->show();

    Q_EMIT f.service.runChanged(sample::run(2, RunState::Running));
    QVERIFY(!f.window->close());
    auto *box = f.window->findChild<QMessageBox *>(u"quitDialog"_s);
    QVERIFY(box);
    QTest::keyClick(box, Qt::Key_Return); // The safe answer.
    QTRY_VERIFY(!f.window->findChild<QMessageBox *>(u"quitDialog"_s));
    QVERIFY(f.window->isVisible());

    QVERIFY(!f.window->close());
    box = f.window->findChild<QMessageBox *>(u"quitDialog"_s);
    for (QAbstractButton *button : box->buttons()) {
        if (box->buttonRole(button) == QMessageBox::DestructiveRole)
            button->click();
    }
    QVERIFY(!f.window->isVisible());
}

void TestMainWindow::panesCycle()
{
    QWidget window;
    QLineEdit one(&window);
    QWidget pane(&window);
    QLineEdit two(&pane);
    QLineEdit three(&pane);
    QWidget nothing(&window);
    window.show();
    window.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    three.setFocus();

    const QList<QWidget *> panes{&one, &pane, &nothing};
    ui::cyclePanes(panes, true);
    QCOMPARE(QApplication::focusWidget(), &one);
    ui::cyclePanes(panes, true);
    QCOMPARE(QApplication::focusWidget(), &three); // Where it was before.
    ui::cyclePanes(panes, false);
    QCOMPARE(QApplication::focusWidget(), &one);
}

void TestMainWindow::tabTextsTakeNoMnemonics()
{
    ui::DocumentTabs tabs;
    auto *page = new QWidget;
    tabs.add(u"pack:/x"_s, u"Pack R&D <b>"_s, page);

    QCOMPARE(tabs.tabText(0), u"Pack R&&D <b>"_s);
    QCOMPARE(tabs.tabToolTip(0), u"Pack R&amp;D &lt;b&gt;"_s);
    QCOMPARE(page->accessibleName(), u"Pack R&D <b>"_s);
}

void TestMainWindow::closesWhileAnswersAreUnderWay()
{
    Fixture f;
    QTRY_VERIFY(f.isReady());
    f.service.hold();
    f.window->openPath(QDir::tempPath());
    f.window->openPath(u"/x/a.tar"_s);
    f.window->openRun(f.run.id);
    while (f.window->tabs()->count() > 0)
        f.window->tabs()->closePage(0);
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    f.window->actions()->action(u"view.refresh"_s)->trigger();
    QVERIFY(f.service.heldAnswers() > 0);
    f.window.reset();

    f.service.release();
    QCOMPARE(f.service.heldAnswers(), 0);
    QTest::qWait(20);
}

QTEST_MAIN(TestMainWindow)
#include "tst_main_window.moc"
