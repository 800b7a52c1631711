#pragma once

#include "engine/base/result.h"

#include <QJsonObject>
#include <QSet>
#include <QStringList>
#include <memory>
#include <optional>

namespace engine {

/// What an expression may name, and its values at one moment. A root that is absent is not known yet.
struct Scope
{
    std::optional<QJsonObject> inputs{};
    /// Step id to {"outputs", "artifacts", "status", "results"}; the steps visible from where the expression stands.
    std::optional<QJsonObject> steps{};
    std::optional<QJsonValue> item{};  ///< Undefined outside a map.
    std::optional<int> index{};        ///< Position of the item, from 0.
    std::optional<QJsonObject> run{};  ///< {"id", "planHash", "tenant", "requestedBy"}.
    std::optional<QJsonValue> input{}; ///< What a policy gate gives its rules; only there.
};

/// A string with `{{ expression }}` parts, parsed. A string that is exactly one expression keeps the value's type;
/// otherwise the parts are joined as text (numbers as ES6 text, arrays and objects as canonical JSON, null as "").
///
/// A cheap, immutable value. Grammar, operators and functions: pack.md of the design, "Expressions".
class Template
{
public:
    /// @param where  of the string's first character in its document, used in errors; the column inside the string is
    ///               added when the string is a plain one-line scalar
    /// Fails with InvalidInput: syntax, unknown root name or function, wrong number of arguments.
    static Result<Template> parse(const QString &text, const SourcePos &where = {});

    /// Evaluates. Fails with InvalidInput: a name without a value, wrong types, division by zero, or more than 100 000
    /// evaluation steps or 16 MiB of result. Pure: the same scope always gives the same value.
    Result<QJsonValue> evaluate(const Scope &scope) const;

    /// The same template with every part that scope alone decides replaced by its value; literal text that holds "{{"
    /// is escaped, so that the result, evaluated later, gives what evaluating this with both scopes gives. A part
    /// that names a root absent from scope, or `inputs`-independent step results, stays as written.
    /// When the whole is decided, the result is the value itself (any type), strings escaped.
    Result<QJsonValue> fold(const Scope &scope) const;

    bool isLiteral() const; ///< No expression inside.
    QSet<QString> roots() const; ///< Of "inputs", "steps", "item", "index", "run", "input", "secrets".
    QStringList stepIds() const; ///< Ids named as steps.ID or steps['ID'], in order, without repeats.
    QStringList inputNames() const; ///< Likewise for inputs.

private:
    struct Data;
    std::shared_ptr<const Data> m_data; // Shared between copies; never changed once made.
};

/// A literal string written so that parsing and evaluating it gives text again: each "{{" becomes {{ '{{' }}.
QString escapeTemplate(const QString &text);

/// parse() and evaluate() on every string inside value (object names are kept as they are).
Result<QJsonValue> evaluateAll(const QJsonValue &value, const Scope &scope);

/// parse() and fold() on every string inside value.
Result<QJsonValue> foldAll(const QJsonValue &value, const Scope &scope);

} // namespace engine
