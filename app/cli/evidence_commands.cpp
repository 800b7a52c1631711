#include "app/cli/commands.h"
#include "app/cli/service.h"
#include "app/cli/terminal.h"
#include "engine/base/json.h"
#include "engine/local/local_run_service.h"

#include <QJsonArray>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace cli {

using engine::AnchorKind;
using engine::AnchorRecord;
using engine::ErrorCode;

ExitCode evidence(const Options &options)
{
    const auto service = openService(options, Mode::Read);
    if (!service)
        return fail(service.error(), options.json);
    const auto id = runId(**service, options.run);
    if (!id)
        return fail(id.error(), options.json);
    const QString path = options.output.isEmpty() ? id->value + u".evidence.tar"_s : options.output;
    if (const auto exported = await((*service)->exportEvidence(*id, path)); !exported)
        return fail(exported.error(), options.json);
    if (options.json)
        outJson({{u"runId"_s, id->value}, {u"bundle"_s, path}});
    else
        out(u"Wrote %1\nCheck it: taskrunner verify %1"_s.arg(path));
    return ExitCode::Good;
}

/// "transparency-log: verified: entry 7 of \"log.example\"", and when it is asked again.
static QString lineOf(const AnchorRecord &anchor)
{
    QString line = u"%1: %2"_s.arg(toString(anchor.kind), toString(anchor.state));
    if (!anchor.reason.isEmpty())
        line += u": "_s + printable(anchor.reason);
    if (anchor.nextTryAt && anchor.tries > 0)
        line += u"; asked again at %1"_s.arg(engine::toIso(*anchor.nextTryAt));
    return line;
}

/// Every kind: of one that nobody was asked for when the run ended, that.
static QList<AnchorRecord> allOf(const QList<AnchorRecord> &known)
{
    QList<AnchorRecord> all;
    for (const AnchorKind kind : {AnchorKind::Log, AnchorKind::Authority}) {
        const auto record = std::ranges::find(known, kind, &AnchorRecord::kind);
        if (record != known.end())
            all += *record;
        else
            all += AnchorRecord{kind, engine::AnchorState::Deferred, u"none is configured"_s, {}, 0, {}, {}};
    }
    return all;
}

static void tell(const engine::RunId &run, const QList<AnchorRecord> &anchors, const Options &options)
{
    QJsonArray list;
    for (const AnchorRecord &anchor : anchors) {
        list.append(toJson(anchor));
        if (!options.json)
            out(lineOf(anchor));
    }
    if (options.json)
        outJson({{u"runId"_s, run.value}, {u"anchors"_s, list}});
}

ExitCode evidenceStatus(const Options &options)
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
    if (!isFinal(view->summary.state))
        return fail({ErrorCode::Conflict,
                     u"run %1 is %2; there is evidence when it has ended"_s.arg(
                         id->value, toString(view->summary.state)),
                     {},
                     {}},
                    options.json);
    tell(*id, allOf(view->anchors), options);
    return ExitCode::Good;
}

ExitCode evidenceAnchor(const Options &options)
{
    using engine::AnchorState;
    const auto service = openService(options, Mode::Hold);
    if (!service)
        return fail(service.error(), options.json);
    const auto id = runId(**service, options.run);
    if (!id)
        return fail(id.error(), options.json);
    const auto anchors = await((*service)->anchorEvidence(*id, {}));
    if (!anchors)
        return failOfRun(anchors.error(), *id, options);
    tell(*id, *anchors, options);
    const auto isIn = [&anchors](AnchorState state) {
        return std::ranges::find(*anchors, state, &AnchorRecord::state) != anchors->end();
    };
    if (isIn(AnchorState::Failed) || isIn(AnchorState::Deferred))
        return stayForGuests(**service, ExitCode::NotGood);
    return stayForGuests(**service, isIn(AnchorState::Pending) ? ExitCode::Waiting : ExitCode::Good);
}

/// The report as it was asked for.
static QByteArray reportIn(const engine::VerificationReport &report, const Options &options)
{
    if (options.format == u"html"_s)
        return report.toHtml().toUtf8();
    if (options.json || options.format == u"json"_s)
        return engine::canonicalJsonOf(report.toJson()) + '\n';
    return printable(report.toText(), true).toUtf8();
}

ExitCode verify(const Options &options)
{
    if (options.json && !options.format.isEmpty() && options.format != u"json"_s)
        return fail(engine::invalid(u"--json and --format %1 exclude each other"_s.arg(options.format)),
                    true);
    engine::LocalEvidenceVerifier verifier(engine::dataDirFor(options.dataDir));
    const auto report = await(verifier.verify(options.bundle, options.trust, options.policy));
    if (!report) {
        fail(report.error(), options.json);
        return ExitCode::BadInput;
    }
    if (const auto written = writeOutput(reportIn(*report, options), options.output); !written)
        return fail(written.error(), options.json);
    if (!options.output.isEmpty())
        out(u"%1  %2\nWrote the report to %3"_s.arg(toString(report->headline).toUpper(),
                                                    printable(options.bundle), printable(options.output)));
    return report->isGood() ? ExitCode::Good : ExitCode::NotGood;
}

} // namespace cli
