#include "app/cli/service.h"

#include "app/cli/interrupts.h"
#include "app/cli/passphrase.h"
#include "app/cli/terminal.h"
#include "engine/base/json.h"
#include "engine/base/nearest_name.h"
#include "engine/local/open_run_service.h"

#include <QCoreApplication>
#include <QFile>

using namespace Qt::StringLiterals;

namespace cli {

using engine::Error;
using engine::ErrorCode;
using engine::GateRequest;
using engine::GateState;
using engine::InputSpec;
using engine::Result;
using engine::RunId;
using engine::RunService;

Result<std::unique_ptr<RunService>> openService(const Options &options, Mode mode)
{
    engine::LocalOptions local;
    local.dataDir = options.dataDir;
    local.operatorName = options.operatorName;
    local.policyServer = options.policyServer;
    local.passphrase = passphraseSource(options);
    local.rekor = options.rekor;
    local.rekorVersion = options.rekorVersion;
    local.timestampAuthority = options.timestampAuthority;
    local.holdsStill = mode == Mode::Hold;
    if (mode == Mode::Write || mode == Mode::Hold)
        return engine::openRunService(local);
    if (mode == Mode::Ask)
        return engine::openObservingService(local);
    local.readOnly = true;
    auto service = engine::LocalRunService::open(local);
    if (!service)
        return service.error();
    return std::unique_ptr<RunService>(*std::move(service));
}

ExitCode failOfRun(const Error &error, const RunId &run, const Options &options)
{
    const ExitCode code = fail(error, options.json);
    if (code == ExitCode::OutcomeUnknown)
        err(run.isEmpty() ? u"Look what became of it: taskrunner runs"_s
                          : u"Look what became of it: taskrunner runs %1"_s.arg(run.value));
    return code;
}

ExitCode stayForGuests(RunService &service, ExitCode code)
{
    auto *local = qobject_cast<engine::LocalRunService *>(&service);
    if (!local || local->guests() == 0)
        return code;
    err(u"Other commands use this process, it stays until they are done. Press Ctrl+C to end it now."_s);
    const Interrupts interrupts;
    QObject::connect(&interrupts, &Interrupts::pressed, QCoreApplication::instance(),
                     [code] { QCoreApplication::exit(int(code)); });
    QObject::connect(local, &engine::LocalRunService::guestsChanged, &interrupts, [code](int count) {
        if (count == 0)
            QCoreApplication::exit(int(code));
    });
    QCoreApplication::exec();
    return code;
}

static Result<QJsonObject> readInputsFile(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return Error{ErrorCode::NotFound, u"cannot open \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
    return engine::parseJsonObject(file.readAll(), path);
}

Result<QJsonObject> inputsFor(const QList<InputSpec> &specs, const QString &packName, const Options &options)
{
    QJsonObject inputs;
    if (!options.inputsFile.isEmpty()) {
        const auto values = readInputsFile(options.inputsFile);
        if (!values)
            return values.error();
        inputs = *values;
    }
    QStringList names;
    for (const InputSpec &spec : specs)
        names += spec.name;
    for (const QString &text : options.inputs) {
        const QString name = text.section(u'=', 0, 0);
        const qsizetype index = names.indexOf(name);
        if (!text.contains(u'='))
            return engine::invalid(u"input \"%1\" has no value; expected NAME=VALUE"_s.arg(text));
        if (index < 0)
            return engine::invalid(
                u"pack %1 has no input \"%2\"%3"_s.arg(packName, name, engine::didYouMean(name, names)));
        const auto value = engine::inputFromText(specs[index], text.section(u'=', 1));
        if (!value)
            return value.error();
        inputs.insert(name, *value);
    }
    return inputs;
}

Result<RunId> runId(RunService &service, const QString &name)
{
    if (name != u"last"_s)
        return engine::parseRunId(name);
    engine::RunFilter filter;
    filter.limit = 1;
    const auto newest = await(service.runs(filter));
    if (!newest)
        return newest.error();
    if (newest->isEmpty())
        return Error{ErrorCode::NotFound, u"there is no run yet"_s, {}, {}};
    return newest->first().id;
}

Result<GateRequest> findGate(RunService &service, const RunId &id, const QString &name)
{
    const auto view = await(service.run(id));
    if (!view)
        return view.error();
    QStringList open;
    for (const GateRequest &gate : view->gates) {
        if (gate.path == name)
            return gate;
        if (gate.state == GateState::Open)
            open += gate.path;
    }
    if (!name.isEmpty())
        return engine::Error{
            engine::ErrorCode::NotFound, u"run %1 has no gate \"%2\""_s.arg(id.value, name), {}, {}};
    if (open.size() != 1)
        return engine::Error{open.isEmpty() ? engine::ErrorCode::Conflict : engine::ErrorCode::InvalidInput,
                             open.isEmpty() ? u"run %1 waits at no gate"_s.arg(id.value)
                                            : u"run %1 waits at several gates, name one: %2"_s.arg(
                                                id.value, open.join(u", "_s)),
                             {},
                             {}};
    return findGate(service, id, open.first()); // NOLINT(misc-no-recursion): the name is known now
}

} // namespace cli
