#include "engine/policy/rules.h"

#include "engine/pack/expression/value.h"

#include <optional>

using namespace Qt::StringLiterals;

namespace engine {

static Result<QJsonValue> evaluated(const QString &text, const Scope &scope)
{
    const auto parsed = Template::parse(text);
    if (!parsed)
        return parsed.error();
    return parsed->evaluate(scope);
}

/// The pack's words for a denial; as they were written when they cannot be evaluated, for the denial stands
/// anyway.
static QString denialMessage(const PolicyRule &rule, const Scope &scope)
{
    const auto message = evaluated(rule.message, scope);
    const auto text = message ? expr::textOf(*message) : Result<QString>(message.error());
    if (!text)
        return u"%1 (the message cannot be evaluated: %2)"_s.arg(rule.message, text.error().message);
    return text->isEmpty() ? u"rule \"%1\" denies"_s.arg(rule.id) : *text;
}

/// Why the rule denies; nothing when it does not.
static std::optional<QString> denial(const PolicyRule &rule, const Scope &scope)
{
    const auto verdict = evaluated(rule.deny, scope);
    if (!verdict)
        return u"rule \"%1\" cannot be evaluated: %2"_s.arg(rule.id, verdict.error().message);
    if (!verdict->isBool())
        return u"rule \"%1\" gives %2 instead of a boolean"_s.arg(rule.id, expr::describe(*verdict));
    if (verdict->toBool())
        return denialMessage(rule, scope);
    return std::nullopt;
}

QList<PolicyDenial> evaluateRules(const PolicySpec &policy, const Scope &scope)
{
    QList<PolicyDenial> denials;
    for (const PolicyRule &rule : policy.rules) {
        if (const auto message = denial(rule, scope))
            denials.append({rule.id, *message});
    }
    return denials;
}

} // namespace engine
