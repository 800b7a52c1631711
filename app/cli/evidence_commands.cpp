#include "app/cli/commands.h"
#include "app/cli/service.h"
#include "app/cli/terminal.h"
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

ExitCode verify(const Options &options)
{
    engine::LocalEvidenceVerifier verifier(engine::dataDirFor(options.dataDir));
    const auto report = await(verifier.verify(options.bundle, options.trust));
    if (!report) {
        fail(report.error(), options.json);
        return ExitCode::BadInput;
    }
    if (options.json)
        outJson(report->toJson());
    else
        outBytes(printable(report->toText(), true).toUtf8());
    return report->isGood() ? ExitCode::Good : ExitCode::NotGood;
}

} // namespace cli
