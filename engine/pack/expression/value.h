#pragma once

#include "engine/base/result.h"
#include "engine/pack/expression/ast.h"

#include <QJsonValue>
#include <QString>

namespace engine::expr {

/// Integers are the whole numbers within 2^53-1, the ones that a double holds exactly.
inline constexpr double maxInteger = 9007199254740991.0;

/// The types of the language, as a set of bits. A value has exactly one of them; an integer is not a Number.
enum Type : unsigned {
    Null = 1,
    Boolean = 2,
    Integer = 4,
    Number = 8,
    String = 16,
    Array = 32,
    Object = 64,
    Numeric = Integer | Number,
    Any = 127,
};

Type typeOf(const QJsonValue &value);

/// "a string, an array or an object": the types of a set, which is not empty, for an error message.
QString namesOf(unsigned types);

/// A text for an error message, in quotes and with escapes, cut when long.
QString quoted(const QString &text);

/// A value for an error message: "the integer 1", "the string \"abc\"" (cut when long), "an array of 3
/// items".
QString describe(const QJsonValue &value);

/// Kept as an integer when it is one. number must be finite.
QJsonValue numberValue(double number);

/// The text of a value inside a longer text: strings as they are, numbers as ES6 text, null as "", arrays and
/// objects as canonical JSON. Fails for what JSON cannot hold.
Result<QString> textOf(const QJsonValue &value);

/// Values are equal when their canonical JSON is; values of different types are not.
bool isEqual(const QJsonValue &a, const QJsonValue &b);

/// What isEqual() compares, for work with many values.
QByteArray identityOf(const QJsonValue &value);

/// Below 0, 0 or above 0 for two numbers, two strings (by UTF-16 code units) or two booleans (false first);
/// nothing for any other pair: those have no order.
std::optional<int> compare(const QJsonValue &a, const QJsonValue &b);

/// Whether "item in container" holds: a string in a string, an item in an array, a name in an object.
Result<bool> isIn(const QJsonValue &item, const QJsonValue &container);

QStringView symbolOf(Operator op); ///< As it is written.

// The operators on values. No type is ever changed silently into another; errors name both values.

/// a op b for + - * / %. Integers give integers, "/" only when it comes out even; a result beyond 2^53-1 is
/// an error.
/// "%" takes integers and has the sign of a. "+" also joins two strings.
Result<QJsonValue> combine(Operator op, const QJsonValue &a, const QJsonValue &b);

/// a op b for the comparisons and "in". Only == and != take values of different types.
Result<QJsonValue> relate(Operator op, const QJsonValue &a, const QJsonValue &b);

/// container.key or container[key]; path is how the container was written, for messages.
/// Fails with NotFound when there is no such member or item, or the container is null.
Result<QJsonValue> memberOf(const QJsonValue &container, const QJsonValue &key, const QString &path);

qsizetype utf8Size(QStringView text);

/// How large a value is, in memory rather than as text: 16 bytes each for it and all values in it, and the
/// UTF-8 bytes of all strings and names.
qsizetype sizeOf(const QJsonValue &value);

/// What evaluating one template may cost.
class Budget
{
public:
    static constexpr qsizetype maxSteps = 100'000;
    static constexpr qsizetype maxBytes = qsizetype(16) * 1024 * 1024;

    /// One step, and one more for each KiB that the operation walks through. This also bounds how much the
    /// intermediate values can take together.
    Result<> spend(qsizetype bytes = 0);

    /// Asked before something of this size is built.
    static Result<> checkSize(qsizetype bytes);

private:
    qsizetype m_stepsLeft = maxSteps;
};

} // namespace engine::expr
