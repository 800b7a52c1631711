#include "engine/plan/policy_forecast.h"

#include "engine/pack/expression/template.h"
#include "engine/pack/expression/value.h"
#include "engine/plan/plan_values.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

/// The inputs as expressions see them: a file has the path again that it has in every run.
static QJsonObject boundAgain(const QJsonObject &inputs)
{
    QJsonObject bound;
    for (auto input = inputs.begin(); input != inputs.end(); ++input) {
        QJsonObject file = input.value()[u"file"_s].toObject();
        const bool isFile =
            input.value().toObject().size() == 1 && file.size() == 3 && file.contains(u"sha256"_s);
        if (isFile)
            file.insert(u"path"_s, u"inputs/"_s + input.key() + u'/' + file.value(u"name"_s).toString());
        bound.insert(input.key(), isFile ? QJsonValue(file) : input.value());
    }
    return bound;
}

static Result<QJsonValue> evaluated(const QString &text, const Scope &scope)
{
    const auto parsed = Template::parse(text);
    if (!parsed)
        return parsed.error();
    return parsed->evaluate(scope);
}

/// Why the rule denies; empty when it does not.
static QString denial(const PolicyRule &rule, const Scope &scope)
{
    const auto verdict = evaluated(rule.deny, scope);
    if (!verdict)
        return u"%1 cannot be evaluated: %2"_s.arg(rule.id, verdict.error().message);
    if (!verdict->isBool())
        return u"%1 gives %2 instead of a boolean"_s.arg(rule.id, expr::describe(*verdict));
    if (!verdict->toBool())
        return {};
    const auto message = evaluated(rule.message, scope);
    const auto text = message ? expr::textOf(*message) : Result<QString>(rule.message);
    return text && !text->isEmpty() ? u"%1: %2"_s.arg(rule.id, *text) : rule.id;
}

static QString waitReason(const QStringList &steps)
{
    return steps.isEmpty() ? u"needs values of the run"_s : u"needs the results of "_s + steps.join(u", "_s);
}

/// What a template waits for; empty when the plan and its hash decide it.
static QString waitsFor(const QJsonValue &value)
{
    const auto roots = {u"steps"_s, u"item"_s, u"index"_s, u"secrets"_s};
    const bool waits = needsRun(value) || std::any_of(roots.begin(), roots.end(), [&](const QString &root) {
                           return mentionsRoot(value, root);
                       });
    return waits ? waitReason(stepsNamedIn(value)) : QString();
}

/// What the rules wait for; empty when they can be evaluated now.
static QString waitsFor(const Plan &plan, const PolicySpec &policy)
{
    const bool inputsAreExact = !holdsNumberText(plan.inputs());
    for (const PolicyRule &rule : policy.rules) {
        if (const QString reason = waitsFor(rule.deny); !reason.isEmpty())
            return reason;
        if (!inputsAreExact && mentionsRoot(rule.deny, u"inputs"_s))
            return u"needs the inputs as numbers, which the plan holds as text"_s;
    }
    return {};
}

PolicyForecast forecastPolicy(const Plan &plan, const QString &planHash, const PlanStep &gate)
{
    const PolicySpec *policy = plan.policy(gate.gate);
    if (!policy)
        return {};
    if (const QString reason = waitsFor(gate.input); !reason.isEmpty())
        return {PolicyForecast::Unknown, reason};
    if (policy->engine == PolicyEngine::Opa)
        return {PolicyForecast::Unknown, u"asks the policy server for %1"_s.arg(policy->path)};
    if (const QString reason = waitsFor(plan, *policy); !reason.isEmpty())
        return {PolicyForecast::Unknown, reason};
    Scope scope;
    scope.inputs = boundAgain(plan.inputs());
    scope.run = QJsonObject{{u"planHash"_s, planHash}};
    const auto input = evaluateAll(gate.input, scope);
    if (!input)
        return {PolicyForecast::Unknown, input.error().message};
    scope.input = *input;
    QStringList denials;
    for (const PolicyRule &rule : policy->rules) {
        if (const QString reason = denial(rule, scope); !reason.isEmpty())
            denials += reason;
    }
    if (!denials.isEmpty())
        return {PolicyForecast::Denies, denials.join(u"; "_s)};
    return {PolicyForecast::Allows, u"none of %1 rules denies"_s.arg(policy->rules.size())};
}

} // namespace engine
