#include "engine/pack/expression/value.h"

#include "engine/base/json.h"
#include "engine/base/nearest_name.h"

#include <QList>

#include <algorithm>
#include <array>
#include <cmath>

using namespace Qt::StringLiterals;

namespace engine::expr {

Type typeOf(const QJsonValue &value)
{
    switch (value.type()) {
    case QJsonValue::Bool: return Boolean;
    case QJsonValue::Double: {
        const double number = value.toDouble();
        return std::trunc(number) == number && std::fabs(number) <= maxInteger ? Integer : Number;
    }
    case QJsonValue::String: return String;
    case QJsonValue::Array: return Array;
    case QJsonValue::Object: return Object;
    case QJsonValue::Null:
    case QJsonValue::Undefined: break;
    }
    return Null;
}

QString namesOf(unsigned types)
{
    if (types == Any)
        return u"a value"_s;
    struct Name
    {
        unsigned types;
        QStringView text;
    };
    static constexpr std::array names{Name{Null, u"null"},        Name{Boolean, u"a boolean"},
                                      Name{Numeric, u"a number"}, Name{Integer, u"an integer"},
                                      Name{Number, u"a number"},  Name{String, u"a string"},
                                      Name{Array, u"an array"},   Name{Object, u"an object"}};
    QStringList found;
    for (const Name &name : names) {
        if ((types & name.types) != name.types)
            continue;
        found += name.text.toString();
        types &= ~name.types;
    }
    const QString last = found.takeLast();
    return found.isEmpty() ? last : found.join(u", "_s) + u" or "_s + last;
}

QString quoted(const QString &text)
{
    constexpr qsizetype shown = 40;
    QString start = text.left(shown);
    if (start.size() < text.size() && start.back().isHighSurrogate())
        start.chop(1);
    const auto json = canonicalJson(start);
    QString out = json ? QString::fromUtf8(*json) : u"\"...\""_s;
    if (start.size() < text.size())
        out.insert(out.size() - 1, u"..."_s);
    return out;
}

static QString counted(qsizetype count, const QString &noun)
{
    return u"%1 %2%3"_s.arg(QString::number(count), noun, count == 1 ? QString() : u"s"_s);
}

QString describe(const QJsonValue &value)
{
    switch (typeOf(value)) {
    case Boolean: return value.toBool() ? u"the boolean true"_s : u"the boolean false"_s;
    case Integer: return u"the integer "_s + QString::fromLatin1(es6Number(value.toDouble()));
    case Number: return u"the number "_s + QString::fromLatin1(es6Number(value.toDouble()));
    case String: return u"the string "_s + quoted(value.toString());
    case Array: return u"an array of "_s + counted(value.toArray().size(), u"item"_s);
    case Object: return u"an object of "_s + counted(value.toObject().size(), u"member"_s);
    default: return u"null"_s;
    }
}

QJsonValue numberValue(double number)
{
    if (std::trunc(number) == number && std::fabs(number) <= maxInteger)
        return qint64(number); // Also makes 0 of -0, as canonical JSON does.
    return number;
}

Result<QString> textOf(const QJsonValue &value)
{
    if (value.isString())
        return value.toString();
    if (typeOf(value) == Null)
        return QString();
    const auto json = canonicalJson(value);
    if (!json)
        return json.error();
    return QString::fromUtf8(*json);
}

QByteArray identityOf(const QJsonValue &value)
{
    const auto json = canonicalJson(value);
    return json ? *json : QByteArray();
}

bool isEqual(const QJsonValue &a, const QJsonValue &b)
{
    if (a.type() != b.type())
        return typeOf(a) == Null && typeOf(b) == Null;
    switch (a.type()) {
    case QJsonValue::Bool: return a.toBool() == b.toBool();
    case QJsonValue::Double: return a.toDouble() == b.toDouble();
    case QJsonValue::String: return a.toString() == b.toString();
    case QJsonValue::Array: return a.toArray().size() == b.toArray().size() && identityOf(a) == identityOf(b);
    case QJsonValue::Object:
        return a.toObject().size() == b.toObject().size() && identityOf(a) == identityOf(b);
    case QJsonValue::Null:
    case QJsonValue::Undefined: break;
    }
    return true;
}

std::optional<int> compare(const QJsonValue &a, const QJsonValue &b)
{
    const auto order = [](const auto &x, const auto &y) { return x < y ? -1 : y < x ? 1 : 0; };
    if (a.isDouble() && b.isDouble())
        return order(a.toDouble(), b.toDouble());
    if (a.isString() && b.isString())
        return order(a.toString(), b.toString());
    if (a.isBool() && b.isBool())
        return order(a.toBool(), b.toBool());
    return std::nullopt;
}

Result<bool> isIn(const QJsonValue &item, const QJsonValue &container)
{
    if (container.isArray()) {
        const bool scalar = !item.isArray() && !item.isObject();
        const QByteArray identity = scalar ? QByteArray() : identityOf(item);
        const QJsonArray array = container.toArray();
        return std::any_of(array.begin(), array.end(), [&](const QJsonValue &other) {
            return scalar ? isEqual(item, other)
                          : item.type() == other.type() && identity == identityOf(other);
        });
    }
    if (!container.isString() && !container.isObject())
        return invalid(
            u"\"in\" looks into a string, an array or an object, not into %1"_s.arg(describe(container)));
    if (!item.isString())
        return invalid(u"only a string can be in %1, not %2"_s.arg(describe(container), describe(item)));
    return container.isString() ? container.toString().contains(item.toString())
                                : container.toObject().contains(item.toString());
}

static Error missing(QString message)
{
    return {ErrorCode::NotFound, std::move(message), {}, {}};
}

QStringView symbolOf(Operator op)
{
    switch (op) {
    case Operator::Add: return u"+";
    case Operator::Subtract: return u"-";
    case Operator::Multiply: return u"*";
    case Operator::Divide: return u"/";
    case Operator::Remainder: return u"%";
    case Operator::Equal: return u"==";
    case Operator::NotEqual: return u"!=";
    case Operator::Less: return u"<";
    case Operator::LessEqual: return u"<=";
    case Operator::Greater: return u">";
    case Operator::GreaterEqual: return u">=";
    case Operator::In: return u"in";
    case Operator::And: return u"and";
    case Operator::Or: return u"or";
    }
    Q_UNREACHABLE();
}

static Result<QJsonValue> joined(const QJsonValue &a, const QJsonValue &b)
{
    const QString left = a.toString();
    const QString right = b.toString();
    if (auto ok = Budget::checkSize(16 + utf8Size(left) + utf8Size(right)); !ok)
        return ok.error();
    return QJsonValue(left + right);
}

Result<QJsonValue> combine(Operator op, const QJsonValue &a, const QJsonValue &b)
{
    if (op == Operator::Add && a.isString() && b.isString())
        return joined(a, b);
    const bool integers = typeOf(a) == Integer && typeOf(b) == Integer;
    if (op == Operator::Add && (a.isString() || b.isString())) {
        return invalid(
            u"\"+\" takes two numbers or two strings, not %1 and %2; toString() makes a string of a value"_s
                .arg(describe(a), describe(b)));
    }
    if (op == Operator::Remainder ? !integers : !a.isDouble() || !b.isDouble()) {
        const QString wanted = op == Operator::Remainder ? u"integers"_s
                               : op == Operator::Add     ? u"numbers or two strings"_s
                                                         : u"numbers"_s;
        return invalid(
            u"\"%1\" takes two %2, not %3 and %4"_s.arg(symbolOf(op), wanted, describe(a), describe(b)));
    }
    const double x = a.toDouble();
    const double y = b.toDouble();
    if ((op == Operator::Divide || op == Operator::Remainder) && y == 0)
        return invalid(u"cannot divide %1 by zero"_s.arg(describe(a)));
    double result = 0;
    switch (op) {
    case Operator::Add: result = x + y; break;
    case Operator::Subtract: result = x - y; break;
    case Operator::Multiply: result = x * y; break;
    case Operator::Divide: result = x / y; break;
    default: result = std::fmod(x, y); break; // Exact for integers; the sign is that of x, as in C.
    }
    // A double holds sums and products of integers exactly as long as they are within the limit checked here.
    const bool overflow = integers && op != Operator::Divide && std::fabs(result) > maxInteger;
    if (overflow || !std::isfinite(result)) {
        return invalid(u"%1 %2 %3 is beyond %4"_s.arg(
            QString::fromLatin1(es6Number(x)), symbolOf(op), QString::fromLatin1(es6Number(y)),
            overflow ? u"2^53-1, the largest integer"_s : u"the range of numbers"_s));
    }
    return numberValue(result);
}

Result<QJsonValue> relate(Operator op, const QJsonValue &a, const QJsonValue &b)
{
    if (op == Operator::Equal || op == Operator::NotEqual)
        return QJsonValue(isEqual(a, b) == (op == Operator::Equal));
    if (op == Operator::In) {
        const auto found = isIn(a, b);
        if (!found)
            return found.error();
        return QJsonValue(*found);
    }
    const auto order = compare(a, b);
    if (!order) {
        return invalid(u"\"%1\" compares two numbers, two strings or two booleans, not %2 and %3"_s.arg(
            symbolOf(op), describe(a), describe(b)));
    }
    switch (op) {
    case Operator::Less: return QJsonValue(*order < 0);
    case Operator::LessEqual: return QJsonValue(*order <= 0);
    case Operator::Greater: return QJsonValue(*order > 0);
    default: return QJsonValue(*order >= 0);
    }
}

Result<QJsonValue> memberOf(const QJsonValue &container, const QJsonValue &key, const QString &path)
{
    switch (typeOf(container)) {
    case Object: {
        if (!key.isString())
            return invalid(u"\"%1\" is an object, whose members are named by strings, not by %2"_s.arg(
                path, describe(key)));
        const QJsonObject object = container.toObject();
        const QString name = key.toString();
        if (const auto found = object.constFind(name); found != object.constEnd())
            return QJsonValue(*found);
        const QStringList near = object.size() <= 1000 ? object.keys() : QStringList();
        return missing(u"\"%1\" has no member %2"_s.arg(path, quoted(name)) + didYouMean(name, near));
    }
    case Array: {
        if (typeOf(key) != Integer)
            return invalid(u"\"%1\" is an array, whose items are numbered by integers, not by %2"_s.arg(
                path, describe(key)));
        const QJsonArray array = container.toArray();
        const qint64 index = key.toInteger();
        if (index >= 0 && index < array.size())
            return array.at(qsizetype(index));
        return missing(
            u"\"%1\" is %2 and has no item %3"_s.arg(path, describe(container), QString::number(index)));
    }
    case Null: return missing(u"\"%1\" is null and has no members"_s.arg(path));
    default: return invalid(u"\"%1\" is %2 and has no members"_s.arg(path, describe(container)));
    }
}

qsizetype utf8Size(QStringView text)
{
    qsizetype bytes = 0;
    for (const QChar c : text) // A surrogate pair takes four bytes, two for each half.
        bytes += c.unicode() < 0x80 ? 1 : c.unicode() < 0x800 || c.isSurrogate() ? 2 : 3;
    return bytes;
}

qsizetype sizeOf(const QJsonValue &value)
{
    constexpr qsizetype perValue = 16;
    qsizetype bytes = 0;
    QList<QJsonValue> open{value};
    while (!open.isEmpty()) {
        const QJsonValue next = open.takeLast();
        bytes += perValue;
        if (next.isString()) {
            bytes += utf8Size(next.toString());
        } else if (next.isArray()) {
            const QJsonArray array = next.toArray();
            open.append(QList<QJsonValue>(array.begin(), array.end()));
        } else if (next.isObject()) {
            const QJsonObject object = next.toObject();
            for (auto member = object.begin(); member != object.end(); ++member) {
                bytes += utf8Size(member.key());
                open.append(member.value());
            }
        }
    }
    return bytes;
}

Result<> Budget::spend(qsizetype bytes)
{
    m_stepsLeft -= 1 + bytes / 1024;
    if (m_stepsLeft < 0)
        return invalid(u"takes more than %1 evaluation steps"_s.arg(maxSteps));
    return {};
}

Result<> Budget::checkSize(qsizetype bytes)
{
    if (bytes > maxBytes)
        return invalid(u"gives a value larger than %1 MiB"_s.arg(maxBytes / 1024 / 1024));
    return {};
}

} // namespace engine::expr
