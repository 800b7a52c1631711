#include "app/cli/commands.h"
#include "app/cli/service.h"
#include "app/cli/terminal.h"
#include "engine/base/json.h"
#include "engine/pack/inputs.h"
#include "engine/plan/simulation.h"

using namespace Qt::StringLiterals;

namespace cli {

using engine::Error;
using engine::Pack;
using engine::Plan;
using engine::Result;

namespace {

/// Validation and planning are pure: they need no data directory, so they open no service.
Result<Plan> makePlan(const Options &options)
{
    const auto pack = engine::readPack(options.pack);
    if (!pack)
        return pack.error();
    const auto given = inputsFor(pack->manifest.inputs, pack->manifest.name, options);
    if (!given)
        return given.error();
    const auto inputs = engine::bindInputs(pack->manifest.inputs, *given);
    if (!inputs)
        return inputs.error();
    return engine::makePlan(*pack, *inputs);
}

} // namespace

ExitCode validate(const Options &options)
{
    const auto pack = engine::readPack(options.pack);
    if (!pack)
        return fail(pack.error(), options.json);
    const engine::Manifest &manifest = pack->manifest;
    if (options.json)
        outJson({{u"valid"_s, true},
                 {u"name"_s, manifest.name},
                 {u"version"_s, manifest.version},
                 {u"digest"_s, pack->digest},
                 {u"files"_s, pack->files.size()}});
    else
        out(u"%1 %2 is valid: %3 files, digest %4"_s.arg(manifest.name, manifest.version)
                .arg(pack->files.size())
                .arg(pack->digest));
    return ExitCode::Good;
}

ExitCode plan(const Options &options)
{
    const auto plan = makePlan(options);
    if (!plan)
        return fail(plan.error(), options.json);
    if (options.canonical) {
        outBytes(plan->canonical());
    } else if (options.json) {
        outJson({{u"planHash"_s, plan->hash()}, {u"plan"_s, plan->toJson()}});
    } else {
        out(u"%1 %2"_s.arg(plan->packName(), plan->packVersion()));
        out(u"planHash %1"_s.arg(plan->hash()));
        for (const engine::OutlineNode &node : engine::outlineOf(*plan)) {
            const QString marks = node.skip         ? u"  (skipped)"_s
                                  : node.isTemplate ? u"  (for each item)"_s
                                                    : QString();
            const QString name = node.name.isEmpty() ? QString() : u"  "_s + printable(node.name);
            out(QString(2 + node.depth * 2, u' ') + toString(node.kind).leftJustified(14) + node.path + name
                + marks);
        }
    }
    return ExitCode::Good;
}

ExitCode simulate(const Options &options)
{
    const auto plan = makePlan(options);
    if (!plan)
        return fail(plan.error(), options.json);
    const engine::Simulation simulation = engine::simulate(*plan);
    if (options.json)
        outJson(simulation.toJson());
    else
        outBytes(printable(simulation.toText(), true).toUtf8());
    return ExitCode::Good;
}

} // namespace cli
