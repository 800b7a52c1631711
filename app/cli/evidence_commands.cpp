#include "app/cli/commands.h"
#include "app/cli/service.h"
#include "app/cli/terminal.h"
#include "engine/base/json.h"
#include "engine/local/local_run_service.h"

using namespace Qt::StringLiterals;

namespace cli {

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
