#include "ui/window/incident_control.h"

#include "engine/base/when_done.h"
#include "ui/common/error_text.h"
#include "ui/common/message_bar.h"
#include "ui/common/time_text.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QInputDialog>
#include <QPushButton>

namespace ui {

using namespace Qt::StringLiterals;

namespace {

QString factsOf(const engine::Incident &incident)
{
    //: %1 is a time, %2 a person, %3 the reason that the person gave.
    QStringList lines{IncidentControl::tr("Since %1 by %2: %3")
                          .arg(momentText(incident.since, currentTime()), incident.by, incident.reason)};
    if (!incident.snapshot.isEmpty())
        lines += IncidentControl::tr("Snapshot in the data directory: %1").arg(incident.snapshot);
    if (!incident.snapshotError.isEmpty())
        lines += IncidentControl::tr("There is no snapshot: %1").arg(incident.snapshotError);
    return lines.join(u'\n');
}

/// Nothing can be sent without a reason.
void demandText(QInputDialog *dialog)
{
    const auto *buttons = dialog->findChild<QDialogButtonBox *>();
    QPushButton *ok = buttons ? buttons->button(QDialogButtonBox::Ok) : nullptr;
    if (!ok)
        return;
    ok->setEnabled(false);
    QObject::connect(dialog, &QInputDialog::textValueChanged, ok,
                     [ok](const QString &text) { ok->setEnabled(!text.trimmed().isEmpty()); });
}

} // namespace

IncidentControl::IncidentControl(engine::RunService *service, MessageBar *banner, QAction *action,
                                 QWidget *window)
    : QObject(window)
    , m_service(service)
    , m_banner(banner)
    , m_action(action)
    , m_window(window)
{
    connect(m_service, &engine::RunService::incidentChanged, this, &IncidentControl::show);
    connect(m_action, &QAction::triggered, this, &IncidentControl::ask);
    show({});
}

void IncidentControl::show(const engine::Incident &incident)
{
    m_incident = incident;
    m_action->setText(incident.isOn ? tr("End &Incident Mode…") : tr("Start &Incident Mode…"));
    m_banner->setClosable(!incident.isOn);
    if (incident.isOn)
        m_banner->showMessage(MessageBar::Kind::Warning,
                              tr("Incident mode: what runs goes on, nothing new is started."),
                              factsOf(incident));
    else
        m_banner->clear();
}

void IncidentControl::ask()
{
    if (m_window->findChild<QInputDialog *>(u"incidentDialog"_s))
        return;
    const bool on = !m_incident.isOn;
    auto *dialog = new QInputDialog(m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setObjectName(u"incidentDialog"_s);
    dialog->setWindowTitle(on ? tr("Start Incident Mode") : tr("End Incident Mode"));
    dialog->setLabelText(
        on ? tr("While it is on, no step is started. Steps that run go on to their end,\n"
                "people can decide and cancel, and the logs tell more.\n\n"
                "A snapshot of states, events and settings is taken now.\n\nReason:")
           : tr("The steps that waited are started at once.\n\nReason (you may leave it empty):"));
    dialog->setOkButtonText(on ? tr("Start Nothing New") : tr("Start What Waits"));
    if (on)
        demandText(dialog);
    connect(dialog, &QInputDialog::textValueSelected, this,
            [this, on](const QString &text) { move(on, text.trimmed()); });
    dialog->open();
}

void IncidentControl::move(bool on, const QString &reason)
{
    engine::whenDone(m_service->switchIncident({on, reason, {}}), this,
                     [this, on](const engine::Result<engine::Incident> &incident) {
                         if (incident)
                             show(*incident);
                         else
                             showFailure(on, incident.error());
                     });
}

void IncidentControl::showFailure(bool on, const engine::Error &error)
{
    const QString headline =
        on ? tr("Incident mode could not be started.") : tr("Incident mode could not be ended.");
    const QString why = tr("%1 %2").arg(headline, errorHeadline(error.code));
    if (m_incident.isOn) // What is known to be so is not hidden by what could not be done.
        m_banner->showMessage(MessageBar::Kind::Error, why, error.toString() + u'\n' + factsOf(m_incident));
    else
        m_banner->showMessage(MessageBar::Kind::Error, why, error.toString());
}

} // namespace ui
