#include "app/cli/commands.h"
#include "app/cli/format.h"
#include "app/cli/planning.h"
#include "app/cli/terminal.h"
#include "engine/base/json.h"
#include "engine/plan/simulation.h"
#include "engine/plan/view/graph_text.h"
#include "engine/plan/view/plan_difference.h"
#include "engine/plan/view/plan_text.h"
#include "engine/security/secret_source.h"

using namespace Qt::StringLiterals;

namespace cli {

using engine::GraphFormat;
using engine::Plan;
using engine::Result;

namespace {

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

QByteArray planIn(Format format, const Plan &plan)
{
    switch (format) {
    case Format::Text: return engine::planText(plan, treeStyle()).toUtf8();
    case Format::Json: return jsonLine({{u"planHash"_s, plan.hash()}, {u"plan"_s, plan.toJson()}});
    case Format::Dot: return engine::graphOf(plan, GraphFormat::Dot).toUtf8();
    case Format::Mermaid: return engine::graphOf(plan, GraphFormat::Mermaid).toUtf8();
    }
    Q_UNREACHABLE();
}

QByteArray simulationIn(Format format, const Plan &plan, const engine::Simulation &simulation)
{
    switch (format) {
    case Format::Text: return printable(simulation.toText(), true).toUtf8();
    case Format::Json: return jsonLine(simulation.toJson());
    case Format::Dot: return engine::graphOf(plan, GraphFormat::Dot, &simulation).toUtf8();
    case Format::Mermaid: return engine::graphOf(plan, GraphFormat::Mermaid, &simulation).toUtf8();
    }
    Q_UNREACHABLE();
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

Result<ExitCode> printDifference(const Plan &plan, Format format, const Options &options)
{
    const auto old = readOldPlan(options);
    if (!old)
        return old.error();
    const engine::PlanDifference difference = engine::differenceOf(*old, plan);
    const QByteArray bytes =
        format == Format::Json ? jsonLine(difference.toJson()) : difference.toText().toUtf8();
    if (const auto written = writeOutput(bytes, options.output); !written)
        return written.error();
    return difference.isSame() ? ExitCode::Good : ExitCode::NotGood;
}

/// What --canonical, --diff and --format cannot say together.
Result<> checkPlanOptions(const Options &options, Format format)
{
    if (options.canonical && !options.diff.isEmpty())
        return engine::invalid(u"--canonical and --diff exclude each other"_s);
    if (options.canonical && !options.format.isEmpty())
        return engine::invalid(u"--canonical and --format exclude each other"_s);
    if (!options.diff.isEmpty() && (format == Format::Dot || format == Format::Mermaid))
        return engine::invalid(u"--diff is text or json, not %1"_s.arg(options.format));
    return {};
}

Result<ExitCode> printPlan(const Options &options, Format format)
{
    if (const auto checked = checkPlanOptions(options, format); !checked)
        return checked.error();
    const auto plan = planOf(options);
    if (!plan)
        return plan.error();
    if (!options.diff.isEmpty())
        return printDifference(*plan, format, options);
    const QByteArray bytes = options.canonical ? plan->canonical() : planIn(format, *plan);
    if (const auto written = writeOutput(bytes, options.output); !written)
        return written.error();
    return ExitCode::Good;
}

Result<ExitCode> printSimulation(const Options &options, Format format)
{
    const auto plan = planOf(options);
    if (!plan)
        return plan.error();
    const auto findings = findingsFor(*plan, options);
    if (!findings)
        return findings.error();
    const engine::Simulation simulation = engine::simulate(*plan, *findings);
    if (const auto written = writeOutput(simulationIn(format, *plan, simulation), options.output); !written)
        return written.error();
    return ExitCode::Good;
}

/// Every error in the form that was asked for.
template<class Print>
ExitCode printed(const Options &options, const Print &print)
{
    const auto format = formatOf(options);
    if (!format)
        return fail(format.error(), options.json);
    const Result<ExitCode> code = print(options, *format);
    return code ? *code : fail(code.error(), *format == Format::Json);
}

} // namespace

ExitCode plan(const Options &options)
{
    return printed(options, printPlan);
}

ExitCode simulate(const Options &options)
{
    return printed(options, printSimulation);
}

} // namespace cli
