#include "app/cli/commands.h"
#include "app/cli/terminal.h"
#include "engine/local/data_dir.h"
#include "engine/local/local_run_service.h"
#include "engine/store/upkeep/store_backup.h"
#include "engine/store/upkeep/store_check.h"
#include "engine/store/upkeep/store_prune.h"

using namespace Qt::StringLiterals;

namespace cli {

using engine::DataDir;
using engine::PruneReport;
using engine::Result;
using engine::Store;
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

ExitCode storeBackup(const Options &options)
{
    const DataDir dir(engine::dataDirFor(options.dataDir));
    const auto report =
        engine::backupStore(dir.path(), options.output, options.force, engine::SystemClock().now());
    if (!report)
        return fail(report.error(), options.json);
    if (options.json) {
        outJson({{u"backup"_s, options.output},
                 {u"evidenceFiles"_s, report->evidenceFiles},
                 {u"check"_s, toJson(report->check)}});
    } else {
        printReport(options.output, report->check);
        out(u"Look into it: taskrunner --data-dir %1 runs"_s.arg(printable(options.output)));
    }
    return report->check.isGood() ? ExitCode::Good : ExitCode::NotGood;
}

static void printPruned(const PruneReport &report, bool isDry)
{
    for (const engine::RunId &run : report.runs)
        out(u"%1 run %2"_s.arg(isDry ? u"Would remove"_s : u"Removed"_s, run.value));
    for (const QString &problem : report.problems)
        err(printable(problem));
    out(u"%1 %2 runs, %3 log lines, %4 artifacts (%5 bytes), %6 evidence bundles, %7 folders of runs"_s
            .arg(isDry ? u"Would remove"_s : u"Removed"_s)
            .arg(report.runs.size())
            .arg(report.logLines)
            .arg(report.artifacts)
            .arg(report.artifactBytes)
            .arg(report.evidenceFiles)
            .arg(report.runFolders));
}

/// The store of a data directory that this process owns until it ends. No engine carries runs on meanwhile.
static Result<std::unique_ptr<Store>> ownStore(DataDir &dir)
{
    // Nothing is made where nothing is.
    if (const auto there = Store::open(dir.storeFile(), Store::Mode::ReadOnly); !there)
        return there.error();
    if (const auto locked = dir.lock(std::chrono::seconds(1)); !locked)
        return locked.error();
    return Store::open(dir.storeFile(), Store::Mode::ReadWrite);
}

ExitCode storePrune(const Options &options)
{
    engine::Retention retention;
    retention.keepRuns = options.keepRuns;
    if (options.keepDays)
        retention.keepFor = std::chrono::days(*options.keepDays);
    if (!retention.keepRuns && !retention.keepFor)
        return fail(engine::invalid(u"say what to keep: --keep-days, --keep-runs or both"_s), options.json);
    DataDir dir(engine::dataDirFor(options.dataDir));
    const auto store = ownStore(dir);
    if (!store)
        return fail(store.error(), options.json);
    const auto report = engine::pruneStore(**store, dir.path(), retention, engine::SystemClock().now(),
                                           engine::operatorFor(options.operatorName), options.dryRun);
    if (!report)
        return fail(report.error(), options.json);
    if (options.json)
        outJson(toJson(*report));
    else
        printPruned(*report, options.dryRun);
    return report->problems.isEmpty() ? ExitCode::Good : ExitCode::EngineTrouble;
}

} // namespace cli
