#include "app/cli/commands.h"
#include "app/cli/gate_text.h"
#include "app/cli/log_text.h"
#include "app/cli/service.h"
#include "app/cli/terminal.h"
#include "engine/base/duration.h"

#include <QJsonArray>
#include <QThread>

using namespace Qt::StringLiterals;

namespace cli {

using engine::Artifact;
using engine::GateRequest;
using engine::LogLine;
using engine::RunId;
using engine::RunService;
using engine::RunSummary;
using engine::RunView;

namespace {

QString durationOf(const RunSummary &run)
{
    return run.completedAt ? engine::toWords(*run.completedAt - run.createdAt) : QString();
}

void printRun(const RunView &view)
{
    const RunSummary &run = view.summary;
    out(u"Run          %1\nPack         %2 %3\nState        %4%5%6\nRequested by %7 at %8\nplanHash     %9"_s
            .arg(run.id.value, run.packName, run.packVersion, coloured(run.state),
                 run.partial ? u" (partial)"_s : QString(),
                 run.reason.isEmpty() ? QString() : u": "_s + printable(run.reason),
                 printable(run.requestedBy), engine::toIso(run.createdAt), run.planHash));
    QList<QStringList> rows{{u"STEP"_s, u"STATE"_s, u"REASON"_s}};
    for (const engine::StepRecord &step : view.steps)
        rows += {step.path, toString(step.state), printable(step.reason)};
    out(u'\n' + table(rows));
    for (const GateRequest &gate : view.gates) {
        out(u"Gate %1 is %2, expires %3"_s.arg(gate.path, toString(gate.state),
                                               engine::toIso(gate.expiresAt)));
        for (const engine::Decision &decision : view.decisions) {
            if (decision.statement.path == gate.path)
                out(u"  "_s + decisionText(decision));
        }
    }
}

ExitCode showRun(RunService &service, const Options &options)
{
    const auto id = runId(service, options.run);
    if (!id)
        return fail(id.error(), options.json);
    const auto view = await(service.run(*id));
    if (!view)
        return fail(view.error(), options.json);
    if (options.json)
        outJson(toJson(*view));
    else
        printRun(*view);
    return ExitCode::Good;
}

} // namespace

ExitCode runs(const Options &options)
{
    const auto service = openService(options, Mode::Read);
    if (!service)
        return fail(service.error(), options.json);
    if (!options.run.isEmpty())
        return showRun(**service, options);
    engine::RunFilter filter;
    filter.limit = options.limit;
    for (const QString &name : options.states) {
        const auto state = engine::parseRunState(name);
        if (!state)
            return fail(state.error(), options.json);
        filter.states += *state;
    }
    const auto list = await((*service)->runs(filter));
    if (!list)
        return fail(list.error(), options.json);
    if (options.json) {
        for (const RunSummary &run : *list)
            outJson(toJson(run));
        return ExitCode::Good;
    }
    if (list->isEmpty()) {
        out(filter.states.isEmpty() ? u"There is no run yet. Start one: taskrunner run PACK"_s
                                    : u"There is no run in state %1."_s.arg(options.states.join(u" or "_s)));
        return ExitCode::Good;
    }
    QList<QStringList> rows{{u"RUN"_s, u"STATE"_s, u"PACK"_s, u"STARTED"_s, u"TOOK"_s, u"REQUESTED BY"_s}};
    for (const RunSummary &run : *list)
        rows += QStringList{run.id.value,
                            toString(run.state) + (run.partial ? u" (partial)"_s : QString()),
                            run.packName + u' ' + run.packVersion,
                            engine::toIso(run.createdAt),
                            durationOf(run),
                            printable(run.requestedBy)};
    out(table(rows));
    return ExitCode::Good;
}

ExitCode logs(const Options &options)
{
    const auto service = openService(options, Mode::Read);
    if (!service)
        return fail(service.error(), options.json);
    const auto id = runId(**service, options.run);
    if (!id)
        return fail(id.error(), options.json);
    engine::LogQuery query;
    query.run = *id;
    query.stepPath = options.step;
    query.text = options.text;
    query.limit = 5000;
    if (!options.level.isEmpty()) {
        const auto level = engine::parseLogLevel(options.level);
        if (!level)
            return fail(level.error(), options.json);
        query.minLevel = *level;
    }
    while (true) {
        // Asked before reading: what a run printed before it ended is then read for certain.
        const auto view = await((*service)->run(*id));
        if (!view)
            return fail(view.error(), options.json);
        const auto lines = await((*service)->logs(query));
        if (!lines)
            return fail(lines.error(), options.json);
        for (const LogLine &line : *lines) {
            query.after = line.sequence;
            if (options.json)
                outJson(toJson(line));
            else
                out(logText(line));
        }
        if (lines->size() == query.limit)
            continue;
        if (!options.follow || isFinal(view->summary.state)
            || view->summary.state == engine::RunState::Interrupted)
            return ExitCode::Good;
        QThread::msleep(200);
    }
}

ExitCode artifacts(const Options &options)
{
    const auto service = openService(options, Mode::Read);
    if (!service)
        return fail(service.error(), options.json);
    const auto id = runId(**service, options.run);
    if (!id)
        return fail(id.error(), options.json);
    const auto view = await((*service)->run(*id));
    if (!view)
        return fail(view.error(), options.json);
    if (!options.artifact.isEmpty()) {
        for (const Artifact &artifact : view->artifacts) {
            if (artifact.name != options.artifact && artifact.id != options.artifact)
                continue;
            const QString to = options.output.isEmpty() ? artifact.name.section(u'/', -1) : options.output;
            if (const auto saved = await((*service)->saveArtifact(*id, artifact.id, to)); !saved)
                return fail(saved.error(), options.json);
            out(u"Saved %1 (%2 bytes, sha256 %3)"_s.arg(to).arg(artifact.sizeBytes).arg(artifact.sha256));
            return ExitCode::Good;
        }
        return fail({engine::ErrorCode::NotFound,
                     u"run %1 has no artifact \"%2\""_s.arg(id->value, options.artifact),
                     {},
                     {}},
                    options.json);
    }
    QList<QStringList> rows{{u"NAME"_s, u"STEP"_s, u"BYTES"_s, u"SHA-256"_s, u"STATUS"_s}};
    for (const Artifact &artifact : view->artifacts) {
        if (options.json)
            outJson(toJson(artifact));
        rows += {printable(artifact.name), artifact.stepPath, QString::number(artifact.sizeBytes),
                 artifact.sha256, artifact.status};
    }
    if (!options.json)
        out(view->artifacts.isEmpty() ? u"Run %1 left no artifacts."_s.arg(id->value) : table(rows));
    return ExitCode::Good;
}

} // namespace cli
