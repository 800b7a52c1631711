#include "app/cli/commands.h"
#include "app/cli/service.h"
#include "app/cli/terminal.h"
#include "engine/api/form/forms.h"

using namespace Qt::StringLiterals;

namespace cli {

using engine::Incident;

static void tell(const Incident &incident, const QString &dataDir)
{
    const QString why = incident.reason.isEmpty() ? QString() : u": "_s + printable(incident.reason);
    const QString who = u"%1 by %2%3"_s.arg(engine::toIso(incident.since), printable(incident.by), why);
    if (!incident.isOn)
        return out(incident.by.isEmpty() ? u"Incident mode is off."_s
                                         : u"Incident mode is off since %1"_s.arg(who));
    out(u"Incident mode is on since %1"_s.arg(who));
    out(u"Nothing new is started until: taskrunner incident off"_s);
    if (!incident.snapshot.isEmpty())
        out(u"Snapshot: %1/%2\nSHA-256: %3"_s.arg(printable(dataDir), printable(incident.snapshot),
                                                  incident.snapshotSha256));
}

static ExitCode show(engine::RunService &service, const Incident &incident, const Options &options)
{
    if (options.json) {
        outJson(engine::form::write(incident).toObject());
    } else {
        const auto info = await(service.info());
        tell(incident, info ? info->dataDir : QString());
    }
    if (incident.snapshotError.isEmpty())
        return ExitCode::Good;
    err(u"There is no snapshot: %1"_s.arg(printable(incident.snapshotError)));
    return ExitCode::EngineTrouble;
}

ExitCode switchIncident(const Options &options, bool on)
{
    const auto service = openService(options, Mode::Hold);
    if (!service)
        return fail(service.error(), options.json);
    const auto incident = await((*service)->switchIncident({on, options.reason, {}}));
    if (!incident)
        return fail(incident.error(), options.json);
    return show(**service, *incident, options);
}

ExitCode incident(const Options &options)
{
    const auto service = openService(options, Mode::Ask);
    if (!service)
        return fail(service.error(), options.json);
    const auto info = await((*service)->info());
    if (!info)
        return fail(info.error(), options.json);
    return show(**service, info->incident, options);
}

} // namespace cli
