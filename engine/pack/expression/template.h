#pragma once

#include "engine/base/result.h"

#include <QJsonObject>
#include <QStringList>

#include <memory>
#include <optional>

namespace engine {

namespace expr {
class TypeScope;
struct Place;
struct Checked;
} // namespace expr

/// What an expression may name, and its values at one moment. A root that is absent is not known yet.
struct Scope
{
    std::optional<QJsonObject> inputs{};
    /// Step id to {"outputs", "artifacts", "status", "results"}; the steps visible from where the expression
    /// stands.
    std::optional<QJsonObject> steps{};
    std::optional<QJsonValue> item{};  ///< Undefined outside a map.
    std::optional<int> index{};        ///< Position of the item, from 0.
    std::optional<QJsonObject> run{};  ///< {"id", "planHash", "tenant", "requestedBy"}.
    std::optional<QJsonValue> input{}; ///< What a policy gate gives its rules; only there.
    /// Name to value; set only for what a step's `env` and `with` are evaluated for. A planner never sets it,
    /// so that no secret is folded into a plan.
    std::optional<QJsonObject> secrets{};
    /// Errors do not show values, because some in the other roots are secret: of a step's secret outputs.
    /// Expressions that name `secrets` never show any.
    bool hidesValues = false;
};

/// A string with `{{ expression }}` parts, parsed. A string that is exactly one expression keeps the value's
/// type; otherwise the parts are joined as text (numbers as ES6 text, arrays and objects as canonical JSON,
/// null as ""). An expression ends at the first "}}" outside string literals and braces; {{ '{{' }} gives
/// "{{" itself.
///
/// Operators, weakest first: `a if c else b`, `or`, `and`, `not`, `== != < <= > >= in`, `+ -`, `* / %`, unary
/// `-`,
/// `[] .`. There are array and object literals (`[1, 2]`, `{'a': 1}`) and the functions of
/// functions.cpp.
///
/// - Nothing is converted silently: `+` takes two numbers or two strings, `and` takes booleans, only `==` and
/// `!=`
///   compare different types. `and`, `or`, `if` and default() evaluate only what they need.
/// - Integers are exact within 2^53-1, and a result beyond that is an error. `/` gives an integer when it
/// comes out
///   even; `%` takes integers and has the sign of the left one.
/// - After a dot a name is [A-Za-z_][A-Za-z0-9_]*; only directly after `steps.` it may hold dashes, so
///   `steps.my-step.outputs.x-1` subtracts 1 from x. Any other name: `['any name']`.
/// - `steps` stands only before the literal id of a step, so that what a template waits for is known;
/// `secrets`
///   likewise before the name of a secret.
/// - Of a step's outputs an expression may name those that the step or its module declares; what else a
/// process
///   writes to $TASKRUNNER_OUTPUTS is kept, but has no name. check() sees to that, not evaluate().
/// - A missing member or item is an error. default(x, y) gives y where x is null or finds something missing,
/// first()
///   of an empty array included; a root that is not known yet is still an error.
/// - len() of a string counts Unicode code points. Strings are ordered by UTF-16 code units.
///
/// A cheap, immutable value. Limits: 65 536 characters and 64 levels of nesting in an expression, 100 000
/// expressions in a string.
class Template
{
public:
    /// @param where  of the string's first character in its document, used in errors: the place inside the
    /// string is
    ///               added to its column, or named in the message when the string has several lines
    /// Fails with InvalidInput: syntax, unknown root name or function, wrong number of arguments.
    static Result<Template> parse(const QString &text, const SourcePos &where = {});

    /// Evaluates. Fails with InvalidInput: a name without a value, wrong types, division by zero, or more
    /// than 100 000 evaluation steps or 16 MiB of result. A step is one node of an expression, or 1 KiB that
    /// an operation walks through; a value counts as 16 bytes for itself and each value in it, and the UTF-8
    /// bytes of its strings. Pure: the same scope always gives the same value.
    Result<QJsonValue> evaluate(const Scope &scope) const;

    /// The same template with every part that scope alone decides replaced by its value; literal text that
    /// holds "{{" is escaped, so that the result, evaluated later, gives what evaluating this with both
    /// scopes gives. A part that names a root absent from scope stays as written, whatever else it names.
    /// When the whole is decided, the result is the value itself (any type), every string in it escaped.
    /// Fails as evaluate() does, for the decided parts.
    Result<QJsonValue> fold(const Scope &scope) const;

    bool isLiteral() const; ///< No expression inside.
    QStringList
    roots() const; ///< Of "inputs", "steps", "item", "index", "run", "input", "secrets", without repeats.
    QStringList stepIds() const;     ///< Ids named as steps.ID or steps['ID'], in order, without repeats.
    QStringList secretNames() const; ///< Likewise for secrets.
    QStringList runNames() const;    ///< Likewise for run; "" where it stands without a literal name.

    /// Checks every expression for what fails whatever the values are, see expr::check(), whether the value
    /// fits its place and whether secrets may go there. Include expression/checker.h to use it.
    expr::Checked check(const expr::TypeScope &scope, const expr::Place &place) const;

private:
    struct Data;
    explicit Template(std::shared_ptr<const Data> data)
        : m_data(std::move(data))
    {
    }

    std::shared_ptr<const Data> m_data; // Shared between copies; never changed once made.
};

/// A literal string written so that parsing and evaluating it gives text again: each "{{" becomes {{ '{{' }}.
/// Text written this way stands on its own: put beside other text, a "{" at the seam could become another
/// "{{".
QString escapeTemplate(const QString &text);

/// parse() and evaluate() on every string inside value (object names are kept as they are).
/// Fails with the first error in document order; its where.path is the JSON Pointer inside value. The results
/// of all expressions together are at most 16 MiB, and value is nested at most 128 levels deep.
Result<QJsonValue> evaluateAll(const QJsonValue &value, const Scope &scope);

/// parse() and fold() on every string inside value, likewise.
Result<QJsonValue> foldAll(const QJsonValue &value, const Scope &scope);

} // namespace engine
