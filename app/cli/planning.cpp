#include "app/cli/planning.h"

#include "app/cli/service.h"
#include "engine/base/json.h"
#include "engine/pack/inputs.h"

#include <QFile>
#include <QFileInfo>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace cli {

using engine::Error;
using engine::ErrorCode;
using engine::Pack;
using engine::Plan;
using engine::Result;

namespace {

Result<Plan> planWith(const Pack &pack, const QJsonObject &given, const Options &options)
{
    const auto inputs = engine::bindInputs(pack.manifest.inputs, given);
    if (!inputs)
        return inputs.error();
    engine::PlanSettings settings;
    if (options.sealed)
        settings.sandbox = engine::SandboxMode::Sealed;
    return engine::makePlan(pack, *inputs, settings);
}

/// The old pack may have other inputs than the new one: only those that it declares are given to it.
Result<Plan> planOldPack(const Options &options)
{
    const auto pack = engine::readPack(options.diff);
    if (!pack)
        return pack.error();
    const QList<engine::InputSpec> &specs = pack->manifest.inputs;
    const auto isDeclared = [&specs](const QString &name) {
        return std::any_of(specs.begin(), specs.end(),
                           [&name](const engine::InputSpec &spec) { return spec.name == name; });
    };
    Options own = options;
    own.inputs.removeIf([&](const QString &text) { return !isDeclared(text.section(u'=', 0, 0)); });
    auto given = inputsFor(specs, pack->manifest.name, own);
    if (!given)
        return given.error();
    for (const QString &name : given->keys()) {
        if (!isDeclared(name))
            given->remove(name);
    }
    return planWith(*pack, *given, options);
}

Error at(const QString &path, Error error)
{
    error.where.file = path;
    return error;
}

/// The plan alone, or {"plan": ..., "planHash": ...}.
Result<Plan> parseOldPlan(const QByteArray &text, const QString &path)
{
    if (auto plan = Plan::parse(text))
        return plan;
    constexpr int maxDepth = 256; // More than Plan::parse() allows.
    const auto json = engine::parseJsonObject(
        text, path, {.maxBytes = text.size(), .maxDepth = maxDepth, .maxNodes = Plan::MaxBytes});
    if (!json)
        return json.error();
    const bool isWrapped = json->contains(u"plan"_s) && !json->contains(u"schema"_s);
    const QJsonValue value = isWrapped ? json->value(u"plan"_s) : QJsonValue(*json);
    auto plan = Plan::parse(engine::canonicalJsonOf(value));
    if (!plan)
        return at(path, plan.error());
    const QString said = json->value(u"planHash"_s).toString();
    if (isWrapped && said != plan->hash())
        return at(path, engine::invalid(
                            u"the planHash is \"%1\", but that of the plan is %2"_s.arg(said, plan->hash())));
    return plan;
}

} // namespace

Result<Plan> planOf(const Options &options)
{
    const auto pack = engine::readPack(options.pack);
    if (!pack)
        return pack.error();
    const auto given = inputsFor(pack->manifest.inputs, pack->manifest.name, options);
    if (!given)
        return given.error();
    return planWith(*pack, *given, options);
}

Result<Plan> readOldPlan(const Options &options)
{
    const QString &path = options.diff;
    QFile file(path);
    if (!file.exists())
        return Error{ErrorCode::NotFound, u"there is no \"%1\""_s.arg(path), {}, {}};
    if (!QFileInfo(path).isFile())
        return planOldPack(options);
    if (!file.open(QIODevice::ReadOnly))
        return Error{ErrorCode::Io, u"cannot open \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
    if (!file.peek(1).startsWith('{'))
        return planOldPack(options);
    constexpr qsizetype wrapping = 1024; // {"plan": ..., "planHash": ...}
    const QByteArray text = file.read(Plan::MaxBytes + wrapping + 1);
    if (text.size() > Plan::MaxBytes + wrapping)
        return at(path,
                  engine::invalid(u"the plan is larger than %1 MiB"_s.arg(Plan::MaxBytes / 1024 / 1024)));
    return parseOldPlan(text, path);
}

} // namespace cli
