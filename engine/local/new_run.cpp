#include "engine/local/new_run.h"

#include "engine/run/module_files.h"
#include "engine/run/runnable.h"

#include <QDir>

using namespace Qt::StringLiterals;

namespace engine {

/// Makes the folder of a run that is otherwise complete.
static Result<PreparedRun> prepare(const RunHome &home, NewRun run, Plan plan, const BoundInputs &inputs,
                                   const QString &packFolder)
{
    if (const auto runnable = checkRunnable(plan, home.hasPolicyServer); !runnable)
        return runnable.error();
    const RunFolder folder(home.dataDir, run.summary.id);
    auto made = folder.create(inputs);
    for (const ModuleUse &module : usedModules(plan))
        made = made ? stageModule(packFolder, module, folder) : std::move(made);
    if (!made) {
        folder.remove();
        return made.error();
    }
    return PreparedRun{std::move(run), std::move(plan)};
}

static RunSummary summaryOf(const Plan &plan, const QString &requestedBy, Timestamp now)
{
    RunSummary summary;
    summary.id = newRunId(now);
    summary.packName = plan.packName();
    summary.packVersion = plan.packVersion();
    summary.packDigest = plan.packDigest();
    summary.planHash = plan.hash();
    summary.requestedBy = requestedBy;
    summary.requestedAt = summary.createdAt = summary.updatedAt = now;
    return summary;
}

Result<PreparedRun> prepareRun(const RunHome &home, const Pack &pack, const BoundInputs &inputs,
                               const Plan &plan, const QString &planHash, const QString &requestedBy,
                               Timestamp now)
{
    if (!planHash.isEmpty() && plan.hash() != planHash)
        return Error{
            ErrorCode::PlanHashMismatch,
            u"the pack or its inputs have changed: the plan was %1 and is %2"_s.arg(planHash, plan.hash()),
            {},
            {}};
    NewRun run;
    run.summary = summaryOf(plan, requestedBy, now);
    run.plan = plan.canonical();
    run.inputs = inputs.values;
    run.packPath = pack.root;
    return prepare(home, std::move(run), plan, inputs, pack.folder());
}

Result<PreparedRun> prepareRerun(const RunHome &home, const Store &store, const RunId &of,
                                 const QString &requestedBy, Timestamp now)
{
    const auto earlier = store.run(of);
    const auto bytes = store.plan(of);
    const auto values = store.inputs(of);
    const auto packPath = store.packPath(of);
    for (const Error *error : {earlier ? nullptr : &earlier.error(), bytes ? nullptr : &bytes.error(),
                               values ? nullptr : &values.error(), packPath ? nullptr : &packPath.error()}) {
        if (error)
            return *error;
    }
    auto plan = Plan::parse(*bytes);
    if (!plan || plan->hash() != earlier->planHash)
        return Error{ErrorCode::PlanHashMismatch,
                     u"the stored plan of run %1 is no longer the one that was run"_s.arg(of.value),
                     {},
                     {}};
    const RunFolder from(home.dataDir, of);
    BoundInputs inputs{*values, {}};
    for (auto input = plan->inputs().begin(); input != plan->inputs().end(); ++input) {
        const QString path = values->value(input.key()).toObject().value(u"path"_s).toString();
        if (input.value().isObject() && input.value().toObject().contains(u"file"_s))
            inputs.files.insert(input.key(), from.workspace() + u'/' + path);
    }
    NewRun run;
    run.summary = summaryOf(*plan, requestedBy, now);
    run.plan = *bytes;
    run.inputs = *values;
    run.packPath = *packPath;
    run.rerunOf = of;
    const bool hasModules = QDir(from.root() + u"/modules"_s).exists();
    return prepare(home, std::move(run), *std::move(plan), inputs, hasModules ? from.root() : *packPath);
}

} // namespace engine
