#include "app/cli/commands.h"
#include "app/cli/gate_text.h"
#include "app/cli/run_follower.h"
#include "app/cli/service.h"
#include "app/cli/terminal.h"

using namespace Qt::StringLiterals;

namespace cli {

using engine::GateRequest;
using engine::Result;
using engine::RunId;
using engine::RunService;

static ExitCode followNew(RunService &service, const RunId &id, const Options &options)
{
    const auto view = await(service.run(id));
    if (!view)
        return fail(view.error(), options.json);
    const engine::RunSummary &run = view->summary;
    if (options.json) {
        outJson({{u"event"_s, u"run"_s}, {u"run"_s, toJson(run)}});
    } else {
        out(u"Run %1 of %2 %3"_s.arg(id.value, run.packName, run.packVersion));
        out(u"planHash %1"_s.arg(run.planHash));
    }
    return followToEnd(service, id, options);
}

ExitCode run(const Options &options)
{
    const auto service = openService(options, Mode::Write);
    if (!service)
        return fail(service.error(), options.json);
    const auto pack = await((*service)->describePack(options.pack));
    if (!pack)
        return fail(pack.error(), options.json);
    const auto inputs = inputsFor(pack->inputs, pack->name, options);
    if (!inputs)
        return fail(inputs.error(), options.json);
    const auto id = await((*service)->submit({{options.pack, *inputs}, options.planHash, {}}));
    if (!id)
        return failOfRun(id.error(), {}, options);
    return followNew(**service, *id, options);
}

ExitCode rerun(const Options &options)
{
    const auto service = openService(options, Mode::Write);
    if (!service)
        return fail(service.error(), options.json);
    const auto of = runId(**service, options.run);
    if (!of)
        return fail(of.error(), options.json);
    const auto id = await((*service)->rerun(*of, {}));
    if (!id)
        return failOfRun(id.error(), {}, options);
    return followNew(**service, *id, options);
}

ExitCode decide(const Options &options, engine::Verdict verdict)
{
    const auto service = openService(options, Mode::Write);
    if (!service)
        return fail(service.error(), options.json);
    const auto id = runId(**service, options.run);
    if (!id)
        return fail(id.error(), options.json);
    const auto gate = findGate(**service, *id, options.gate);
    if (!gate)
        return fail(gate.error(), options.json);
    const auto view = await((*service)->gate(*id, gate->path));
    if (!view)
        return fail(view.error(), options.json);
    const auto run = await((*service)->run(*id));
    if (!run)
        return fail(run.error(), options.json);
    if (!options.json)
        out(gateText(*view, run->decisions));
    const QString planHash = options.planHash.isEmpty() ? gate->planHash : options.planHash;
    const engine::DecisionRequest request{
        *id, gate->path, gate->revision, planHash, shownDigest(*view), verdict, options.reason, {}};
    if (const auto decided = await((*service)->decide(request)); !decided)
        return failOfRun(decided.error(), *id, options);
    if (options.json)
        outJson({{u"event"_s, u"decision"_s}, {u"gate"_s, gate->path}, {u"decision"_s, toString(verdict)}});
    else
        out(u"\nRecorded: %1 of gate \"%2\"."_s.arg(toString(verdict), gate->path));
    // This process is the engine now, so it carries the run on; or it watches the one that is.
    return followToEnd(**service, *id, options, &*run);
}

/// The approval of this person's that is meant: the one that stands, else the last one they took back, so
/// that the engine can say so; empty when they never approved.
static QString approvalOf(const QString &person, const GateRequest &gate,
                          const QList<engine::Decision> &decisions)
{
    QString digest;
    for (const engine::Decision &decision : decisions) {
        const engine::DecisionStatement &said = decision.statement;
        if (said.path != gate.path || said.revision != gate.revision || said.approver != person)
            continue;
        digest = envelopeDigest(decision);
        if (isStandingApproval(decision))
            break;
    }
    return digest;
}

ExitCode withdraw(const Options &options)
{
    const auto service = openService(options, Mode::Write);
    if (!service)
        return fail(service.error(), options.json);
    const auto id = runId(**service, options.run);
    if (!id)
        return fail(id.error(), options.json);
    const auto gate = findGate(**service, *id, options.gate);
    if (!gate)
        return fail(gate.error(), options.json);
    const auto run = await((*service)->run(*id));
    if (!run)
        return fail(run.error(), options.json);
    const auto info = await((*service)->info());
    if (!info)
        return fail(info.error(), options.json);
    const QString planHash = options.planHash.isEmpty() ? gate->planHash : options.planHash;
    const engine::WithdrawalRequest request{*id,
                                            gate->path,
                                            gate->revision,
                                            planHash,
                                            approvalOf(info->operatorName, *gate, run->decisions),
                                            options.reason,
                                            {}};
    if (const auto withdrawn = await((*service)->withdraw(request)); !withdrawn)
        return failOfRun(withdrawn.error(), *id, options);
    if (options.json)
        outJson({{u"event"_s, u"withdrawal"_s}, {u"gate"_s, gate->path}});
    else
        out(u"Recorded: withdrawal of the approval of gate \"%1\"."_s.arg(gate->path));
    return followToEnd(**service, *id, options, &*run);
}

ExitCode resolve(const Options &options)
{
    const auto outcome = engine::parseStepOutcome(options.outcome);
    if (!outcome)
        return fail(outcome.error(), options.json);
    const auto service = openService(options, Mode::Write);
    if (!service)
        return fail(service.error(), options.json);
    const auto id = runId(**service, options.run);
    if (!id)
        return fail(id.error(), options.json);
    const auto run = await((*service)->run(*id));
    if (!run)
        return fail(run.error(), options.json);
    const auto resolved = await((*service)->resolveStep(*id, options.step, {*outcome, options.reason, {}}));
    if (!resolved)
        return failOfRun(resolved.error(), *id, options);
    return followToEnd(**service, *id, options, &*run);
}

ExitCode resumeFromFailed(const Options &options)
{
    const auto service = openService(options, Mode::Write);
    if (!service)
        return fail(service.error(), options.json);
    const auto id = runId(**service, options.run);
    if (!id)
        return fail(id.error(), options.json);
    const auto run = await((*service)->run(*id));
    if (!run)
        return fail(run.error(), options.json);
    if (const auto resumed = await((*service)->resumeFromFailed(*id, {})); !resumed)
        return failOfRun(resumed.error(), *id, options);
    return followToEnd(**service, *id, options, &*run);
}

ExitCode cancel(const Options &options)
{
    const auto service = openService(options, Mode::Write);
    if (!service)
        return fail(service.error(), options.json);
    const auto id = runId(**service, options.run);
    if (!id)
        return fail(id.error(), options.json);
    const auto run = await((*service)->run(*id));
    if (!run)
        return fail(run.error(), options.json);
    if (const auto cancelled = await((*service)->cancel(*id)); !cancelled)
        return failOfRun(cancelled.error(), *id, options);
    const ExitCode code = followToEnd(**service, *id, options, &*run);
    return code == ExitCode::NotGood ? ExitCode::Good : code; // Being cancelled is what was asked for.
}

} // namespace cli
