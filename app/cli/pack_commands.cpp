#include "app/cli/commands.h"
#include "app/cli/service.h"
#include "app/cli/terminal.h"
#include "engine/base/json.h"
#include "engine/pack/inputs.h"
#include "engine/plan/view/graph_text.h"
#include "engine/plan/view/plan_difference.h"
#include "engine/plan/view/plan_text.h"
#include "engine/security/secret_source.h"

#include <QFile>
#include <QFileInfo>
#include <QSaveFile>

using namespace Qt::StringLiterals;

namespace cli {

using engine::Error;
using engine::ErrorCode;
using engine::GraphFormat;
using engine::Pack;
using engine::Plan;
using engine::Result;

namespace {

/// Validation and planning are pure: they need no data directory, so they open no service.
Result<Plan> planOf(const Pack &pack, const Options &options)
{
    const auto given = inputsFor(pack.manifest.inputs, pack.manifest.name, options);
    if (!given)
        return given.error();
    const auto inputs = engine::bindInputs(pack.manifest.inputs, *given);
    if (!inputs)
        return inputs.error();
    const auto sandbox = options.sealed ? engine::SandboxMode::Sealed : engine::SandboxMode::Open;
    return engine::makePlan(pack, *inputs, {sandbox});
}

Result<Plan> planOf(const QString &packPath, const Options &options)
{
    const auto pack = engine::readPack(packPath);
    if (!pack)
        return pack.error();
    return planOf(*pack, options);
}

/// A plan that an earlier call printed, in either of its JSON forms.
Result<Plan> readPlan(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return Error{ErrorCode::NotFound, u"cannot open \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
    const QByteArray bytes = file.read(Plan::MaxBytes + 1);
    const auto json = engine::parseJsonObject(
        bytes, path, {.maxBytes = Plan::MaxBytes, .maxDepth = 200, .maxNodes = Plan::MaxBytes});
    if (!json)
        return json.error();
    const QJsonValue inner = json->value(u"plan"_s);
    auto plan = Plan::parse(engine::canonicalJsonOf(inner.isObject() ? inner : QJsonValue(*json)));
    if (!plan) {
        Error error = plan.error();
        error.where.file = path;
        return error;
    }
    return plan;
}

/// What --diff names: a pack, planned with the same inputs, or a plan.
Result<Plan> olderPlan(const Options &options)
{
    const QFileInfo info(options.diff);
    const bool isPack = info.isDir() || info.fileName() == "pack.yaml"_L1 || options.diff.endsWith(".tar"_L1)
                        || options.diff.endsWith(".tar.zst"_L1) || options.diff.endsWith(".zip"_L1);
    return isPack ? planOf(options.diff, options) : readPlan(options.diff);
}

QString formatOf(const Options &options)
{
    return options.json ? u"json"_s : options.format;
}

/// Prints text, or writes it to the file that the options name.
ExitCode deliver(const QByteArray &text, const Options &options)
{
    if (options.output.isEmpty()) {
        outBytes(text);
        return ExitCode::Good;
    }
    QSaveFile file(options.output);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.commit())
        return fail(
            {ErrorCode::Io, u"cannot write \"%1\": %2"_s.arg(options.output, file.errorString()), {}, {}},
            options.json);
    return ExitCode::Good;
}

QByteArray jsonLine(const QJsonObject &json)
{
    return engine::canonicalJsonOf(json) + '\n';
}

engine::TreeStyle treeStyle()
{
    const QByteArray locale = qgetenv(qEnvironmentVariableIsEmpty("LC_ALL") ? "LANG" : "LC_ALL").toLower();
    const bool isUtf8 = locale.contains("utf-8") || locale.contains("utf8");
    return isUtf8 || !isTerminal(1) ? engine::TreeStyle::Lines : engine::TreeStyle::Ascii;
}

ExitCode showDifference(const Plan &plan, const Options &options)
{
    const auto older = olderPlan(options);
    if (!older)
        return fail(older.error(), options.json);
    const engine::PlanDifference difference = engine::differenceOf(*older, plan);
    const QByteArray text =
        formatOf(options) == "json"_L1 ? jsonLine(difference.toJson()) : difference.toText().toUtf8();
    const ExitCode code = deliver(text, options);
    return code == ExitCode::Good && !difference.isSame() ? ExitCode::NotGood : code;
}

QJsonObject diagnosticOf(const Error &error)
{
    QJsonObject json{{u"file"_s, error.where.file},     {u"line"_s, error.where.line},
                     {u"column"_s, error.where.column}, {u"pointer"_s, error.where.path},
                     {u"severity"_s, u"error"_s},       {u"code"_s, toString(error.code)},
                     {u"message"_s, error.message}};
    return json;
}

/// For editors: one object, whatever came of it.
ExitCode diagnose(const Result<Pack> &pack, const QString &path)
{
    QJsonArray diagnostics;
    if (!pack) {
        for (const Error &part : engine::partsOf(pack.error()))
            diagnostics.append(diagnosticOf(part));
    }
    QJsonObject json{{u"valid"_s, bool(pack)}, {u"pack"_s, path}, {u"diagnostics"_s, diagnostics}};
    if (pack) {
        json.insert(u"name"_s, pack->manifest.name);
        json.insert(u"version"_s, pack->manifest.version);
        json.insert(u"digest"_s, pack->digest);
        json.insert(u"files"_s, pack->files.size());
    }
    outJson(json);
    return pack ? ExitCode::Good : exitCodeFor(pack.error().code);
}

Result<QMap<QString, engine::SecretFinding>> findingsFor(const Plan &plan, const Options &options)
{
    const auto sources = engine::bindSecrets(plan.secrets(), options.secrets);
    if (!sources)
        return sources.error();
    QMap<QString, engine::SecretFinding> findings;
    for (auto source = sources->begin(); source != sources->end(); ++source)
        findings.insert(source.key(), engine::lookFor(*source));
    return findings;
}

} // namespace

ExitCode validate(const Options &options)
{
    const auto pack = engine::readPack(options.pack);
    if (formatOf(options) == "json"_L1)
        return diagnose(pack, options.pack);
    if (!pack)
        return fail(pack.error(), false);
    const engine::Manifest &manifest = pack->manifest;
    out(u"%1 %2 is valid: %3 files, digest %4"_s.arg(manifest.name, manifest.version)
            .arg(pack->files.size())
            .arg(pack->digest));
    return ExitCode::Good;
}

ExitCode plan(const Options &options)
{
    const auto plan = planOf(options.pack, options);
    if (!plan)
        return fail(plan.error(), options.json);
    if (!options.diff.isEmpty())
        return showDifference(*plan, options);
    if (options.canonical)
        return deliver(plan->canonical(), options);
    const QString format = formatOf(options);
    if (format == "json"_L1)
        return deliver(jsonLine({{u"planHash"_s, plan->hash()}, {u"plan"_s, plan->toJson()}}), options);
    if (format == "dot"_L1 || format == "mermaid"_L1)
        return deliver(
            engine::graphOf(*plan, format == "dot"_L1 ? GraphFormat::Dot : GraphFormat::Mermaid).toUtf8(),
            options);
    return deliver(engine::planText(*plan, treeStyle()).toUtf8(), options);
}

ExitCode simulate(const Options &options)
{
    const auto plan = planOf(options.pack, options);
    if (!plan)
        return fail(plan.error(), options.json);
    const auto findings = findingsFor(*plan, options);
    if (!findings)
        return fail(findings.error(), options.json);
    const engine::Simulation simulation = engine::simulate(*plan, *findings);
    const QString format = formatOf(options);
    if (format == "json"_L1)
        return deliver(jsonLine(simulation.toJson()), options);
    if (format == "dot"_L1 || format == "mermaid"_L1) {
        const GraphFormat graph = format == "dot"_L1 ? GraphFormat::Dot : GraphFormat::Mermaid;
        return deliver(engine::graphOf(*plan, graph, &simulation).toUtf8(), options);
    }
    return deliver(printable(simulation.toText(), true).toUtf8(), options);
}

} // namespace cli
