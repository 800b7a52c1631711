#include "ui/common/safe_text.h"
#include "ui/runs/run_feed.h"
#include "ui/window/action_registry.h"
#include "ui/window/document_tabs.h"
#include "ui/window/incident_control.h"
#include "ui/window/main_window.h"
#include "ui/window/pane_cycle.h"

#include <QFileDialog>
#include <QInputDialog>
#include <QMessageBox>
#include <QPushButton>

namespace ui {

using namespace Qt::StringLiterals;

void MainWindow::addFileActions()
{
    m_actions->add(u"file.open-pack"_s, MenuId::File, tr("&Open Pack…"), QKeySequence::Open,
                   [this] { choosePack(); });
    QAction *sample = m_actions->add(u"file.open-sample"_s, MenuId::File, tr("Open the &Sample Pack"), {},
                                     [this] { openPack(m_samplePack); });
    sample->setEnabled(!m_samplePack.isEmpty());
    m_actions->add(u"file.open-evidence"_s, MenuId::File, tr("&Verify a Bundle…"), QKeySequence(u"Ctrl+E"_s),
                   [this] {
                       showFileDialog(tr("Verify an Evidence Bundle"),
                                      tr("Evidence bundles (*.tar *.tar.zst)"), &MainWindow::openEvidence);
                   });
    m_actions->addSeparator(MenuId::File);
    m_actions->add(u"file.close"_s, MenuId::File, tr("&Close Page"), QKeySequence::Close,
                   [this] { m_tabs->closePage(m_tabs->currentIndex()); });
    m_actions->add(u"file.quit"_s, MenuId::File, tr("&Quit"), QKeySequence::Quit, [this] { close(); })
        ->setMenuRole(QAction::QuitRole);
}

void MainWindow::addViewActions()
{
    const std::initializer_list<std::pair<QString, QString>> places = {
        {u"home"_s, tr("&Home")},   {u"approvals"_s, tr("&Approvals")}, {u"runs"_s, tr("&Runs")},
        {u"packs"_s, tr("&Packs")}, {u"evidence"_s, tr("&Evidence")},
    };
    int place = 0;
    for (const auto &[name, text] : places) {
        const auto activity = Activity(place++);
        m_actions->add(u"view."_s + name, MenuId::View, text, QKeySequence(u"Alt+%1"_s.arg(place)),
                       [this, activity] { openActivity(activity); });
    }
    m_actions->addSeparator(MenuId::View);
    const auto panes = [this] { return QList<QWidget *>{m_activities, m_tabs->currentWidget(), m_operator}; };
    m_actions->add(u"view.next-pane"_s, MenuId::View, tr("&Next Pane"), QKeySequence(u"F6"_s),
                   [panes] { cyclePanes(panes(), true); });
    m_actions->add(u"view.previous-pane"_s, MenuId::View, tr("Pre&vious Pane"), QKeySequence(u"Shift+F6"_s),
                   [panes] { cyclePanes(panes(), false); });
    m_actions->addSeparator(MenuId::View);
    m_actions->add(u"view.refresh"_s, MenuId::View, tr("Re&fresh the Lists"), QKeySequence::Refresh,
                   [this] { m_feed->refresh(); });
}

void MainWindow::addOtherActions()
{
    m_actions->add(u"run.next-gate"_s, MenuId::Run, tr("Show the Next &Gate"), QKeySequence(u"Ctrl+G"_s),
                   [this] { openNextGate(); });
    m_actions->addSeparator(MenuId::Run);
    QAction *incident = m_actions->add(u"run.incident"_s, MenuId::Run, {}, {}, [] {});
    m_incident = new IncidentControl(m_service, m_incidentBanner, incident, this);
    m_actions->add(u"run.operator"_s, MenuId::Run, tr("Decide &as…"), {}, [this] { askOperator(); });
    m_actions
        ->add(u"help.about"_s, MenuId::Help, tr("&About TaskRunner Console"), {}, [this] { showAbout(); })
        ->setMenuRole(QAction::AboutRole);
}

void MainWindow::choosePack()
{
    showFileDialog(tr("Open a Pack"), tr("Task Packs (pack.yaml)"), &MainWindow::openPack);
}

void MainWindow::showFileDialog(const QString &title, const QString &filter,
                                void (MainWindow::*opened)(const QString &))
{
    auto *dialog = new QFileDialog(this, title);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setObjectName(u"openDialog"_s);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilter(filter);
    connect(dialog, &QFileDialog::fileSelected, this, opened);
    dialog->open();
}

void MainWindow::askOperator()
{
    auto *dialog = new QInputDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setObjectName(u"operatorDialog"_s);
    dialog->setWindowTitle(tr("Who Decides Here"));
    dialog->setLabelText(tr("Decisions from now on are signed as:"));
    dialog->setTextValue(m_info.operatorName);
    dialog->setOkButtonText(tr("Decide under This Name"));
    connect(dialog, &QInputDialog::textValueSelected, this, [this](const QString &text) {
        const QString name = text.trimmed();
        if (name.isEmpty() || name == m_info.operatorName)
            return;
        Q_EMIT operatorChangeRequested(name);
        readInfo();
    });
    dialog->open();
}

void MainWindow::askToQuit(int runs)
{
    if (findChild<QMessageBox *>(u"quitDialog"_s))
        return;
    auto *box =
        new QMessageBox(QMessageBox::Warning, tr("Quit while Runs Go On"),
                        tr("Runs that are still going on: %1").arg(runs), QMessageBox::NoButton, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setObjectName(u"quitDialog"_s);
    box->setInformativeText(
        tr("The engine ends with this window: their steps are stopped and the runs are marked as "
           "interrupted. Runs that only wait for approval are taken up again at the next start."));
    QAbstractButton *quit = box->addButton(tr("Interrupt Runs and Quit"), QMessageBox::DestructiveRole);
    QPushButton *stay = box->addButton(tr("Keep Running"), QMessageBox::RejectRole);
    box->setDefaultButton(stay);
    box->setEscapeButton(stay);
    connect(quit, &QAbstractButton::clicked, this, [this] {
        m_mayQuit = true;
        close();
    });
    box->open();
}

void MainWindow::showAbout()
{
    auto *box =
        new QMessageBox(QMessageBox::Information, tr("About TaskRunner Console"),
                        tr("TaskRunner Console %1").arg(safeText(m_info.version)), QMessageBox::Close, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setObjectName(u"aboutDialog"_s);
    box->setTextFormat(Qt::PlainText);
    box->setInformativeText(tr("Plans, runs and proves Task Packs.\n\nEngine key: %1\nData: %2")
                                .arg(safeText(m_info.engineKeyId), safeText(m_info.dataDir)));
    box->open();
}

} // namespace ui
