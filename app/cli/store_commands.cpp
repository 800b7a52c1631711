#include "app/cli/commands.h"
#include "app/cli/terminal.h"
#include "engine/local/data_dir.h"
#include "engine/local/local_run_service.h"
#include "engine/store/upkeep/store_check.h"

using namespace Qt::StringLiterals;

namespace cli {

using engine::DataDir;
using engine::StoreFinding;
using engine::StoreReport;

static void printReport(const QString &dataDir, const StoreReport &report)
{
    for (const StoreFinding &finding : report.findings)
        out(u"%1: %2"_s.arg(printable(finding.place), printable(finding.problem)));
    if (report.hasMore)
        out(u"There is more; looking stopped here."_s);
    out(u"%1: %2 runs, %3 events, %4 log lines, %5 artifacts (%6 bytes) in %7"_s
            .arg(report.isGood() ? u"GOOD"_s : u"NOT GOOD"_s)
            .arg(report.runs)
            .arg(report.events)
            .arg(report.logLines)
            .arg(report.artifacts)
            .arg(report.artifactBytes)
            .arg(printable(dataDir)));
}

ExitCode storeCheck(const Options &options)
{
    const DataDir dir(engine::dataDirFor(options.dataDir));
    const auto report = engine::checkStore(dir.storeFile(), dir.path());
    if (!report)
        return fail(report.error(), options.json);
    if (options.json)
        outJson(toJson(*report));
    else
        printReport(dir.path(), *report);
    return report->isGood() ? ExitCode::Good : ExitCode::NotGood;
}

} // namespace cli
