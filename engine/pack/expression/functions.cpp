#include "engine/pack/expression/functions.h"

#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/pack/expression/function_types.h"
#include "engine/pack/expression/value.h"

#include <QSet>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace Qt::StringLiterals;

namespace engine::expr {

namespace {

using Arguments = QList<QJsonValue>;

Error nothing(QString message)
{
    return {ErrorCode::NotFound, std::move(message), {}, {}};
}

QJsonArray arrayOf(const QStringList &strings)
{
    return QJsonArray::fromStringList(strings);
}

// Texts

Result<QJsonValue> len(const Arguments &a)
{
    if (a[0].isArray())
        return QJsonValue(a[0].toArray().size());
    if (a[0].isObject())
        return QJsonValue(a[0].toObject().size());
    const QString text = a[0].toString();
    const auto isCodePoint = [](QChar c) { return !c.isLowSurrogate(); };
    return QJsonValue(qint64(std::count_if(text.begin(), text.end(), isCodePoint)));
}

Result<QJsonValue> lower(const Arguments &a)
{
    return QJsonValue(a[0].toString().toLower());
}

Result<QJsonValue> upper(const Arguments &a)
{
    return QJsonValue(a[0].toString().toUpper());
}

Result<QJsonValue> trim(const Arguments &a)
{
    return QJsonValue(a[0].toString().trimmed());
}

Result<QJsonValue> contains(const Arguments &a)
{
    const auto found = isIn(a[1], a[0]);
    if (!found)
        return found.error();
    return QJsonValue(*found);
}

Result<QJsonValue> startsWith(const Arguments &a)
{
    return QJsonValue(a[0].toString().startsWith(a[1].toString()));
}

Result<QJsonValue> endsWith(const Arguments &a)
{
    return QJsonValue(a[0].toString().endsWith(a[1].toString()));
}

Result<QJsonValue> split(const Arguments &a)
{
    const QString text = a[0].toString();
    const QString separator = a[1].toString();
    if (separator.isEmpty())
        return invalid(u"the separator of split() is empty"_s);
    if (auto ok = Budget::checkSize(16 * (text.count(separator) + 2) + utf8Size(text)); !ok)
        return ok.error();
    return QJsonValue(arrayOf(text.split(separator)));
}

Result<QJsonValue> join(const Arguments &a)
{
    const QJsonArray array = a[0].toArray();
    const QString separator = a[1].toString();
    const qsizetype separatorSize = utf8Size(separator);
    QStringList parts;
    qsizetype size = 16;
    for (qsizetype i = 0; i < array.size(); ++i) {
        if (!array[i].isString())
            return invalid(
                u"join() joins strings, but item %1 is %2"_s.arg(QString::number(i), describe(array[i])));
        parts += array[i].toString();
        size += utf8Size(parts.last()) + (i > 0 ? separatorSize : 0);
    }
    if (auto ok = Budget::checkSize(size); !ok)
        return ok.error();
    return QJsonValue(parts.join(separator));
}

Result<QJsonValue> replace(const Arguments &a)
{
    QString text = a[0].toString();
    const QString before = a[1].toString();
    const QString after = a[2].toString();
    if (before.isEmpty())
        return invalid(u"the text that replace() looks for is empty"_s);
    qsizetype count = 0; // QString::count() would count overlapping ones too.
    for (qsizetype at = text.indexOf(before); at >= 0; at = text.indexOf(before, at + before.size()))
        ++count;
    if (auto ok = Budget::checkSize(16 + utf8Size(text) + count * (utf8Size(after) - utf8Size(before))); !ok)
        return ok.error();
    return QJsonValue(text.replace(before, after));
}

Result<QJsonValue> sha256(const Arguments &a)
{
    return QJsonValue(sha256Hex(a[0].toString().toUtf8()));
}

Result<QJsonValue> base64(const Arguments &a)
{
    const QString text = a[0].toString();
    if (auto ok = Budget::checkSize(16 + (utf8Size(text) + 2) / 3 * 4); !ok)
        return ok.error();
    return QJsonValue(QString::fromLatin1(text.toUtf8().toBase64()));
}

// Arrays and objects

Result<QJsonValue> keys(const Arguments &a)
{
    QStringList names = a[0].toObject().keys();
    std::sort(names.begin(), names.end());
    return QJsonValue(arrayOf(names));
}

Result<QJsonValue> values(const Arguments &a)
{
    const QJsonObject object = a[0].toObject();
    QStringList names = object.keys();
    std::sort(names.begin(), names.end());
    QJsonArray out;
    for (const QString &name : names)
        out.append(object.value(name));
    return QJsonValue(out);
}

Result<QJsonValue> sort(const Arguments &a)
{
    const QJsonArray array = a[0].toArray();
    for (const auto item : array) {
        if (!compare(array[0], item))
            return invalid(u"sort() orders numbers, strings or booleans of one type, not %1 and %2"_s.arg(
                describe(array[0]), describe(item)));
    }
    QJsonArray out;
    if (array.isEmpty() || !array[0].isString()) { // Numbers or booleans.
        std::vector<QJsonValue> items(array.begin(), array.end());
        std::stable_sort(items.begin(), items.end(), [](const QJsonValue &x, const QJsonValue &y) {
            return compare(x, y).value_or(0) < 0;
        });
        for (const QJsonValue &item : items)
            out.append(item);
        return QJsonValue(out);
    }
    QStringList strings; // Taken out of their values once, not at each comparison.
    for (const auto item : array)
        strings += item.toString();
    std::sort(strings.begin(), strings.end());
    return QJsonValue(arrayOf(strings));
}

Result<QJsonValue> unique(const Arguments &a)
{
    QSet<QByteArray> seen;
    QJsonArray out;
    const QJsonArray array = a[0].toArray();
    for (const auto item : array) {
        const QByteArray identity = identityOf(item);
        if (seen.contains(identity))
            continue;
        seen.insert(identity);
        out.append(item);
    }
    return QJsonValue(out);
}

Result<QJsonValue> range(const Arguments &a)
{
    constexpr qint64 maxItems = 100'000;
    const qint64 from = a.size() > 1 ? a[0].toInteger() : 0;
    const qint64 to = a.last().toInteger();
    if (to - from > maxItems)
        return invalid(u"range() would give %1 items; at most %2 are given"_s.arg(to - from).arg(maxItems));
    QJsonArray out;
    for (qint64 number = from; number < to; ++number)
        out.append(number);
    return QJsonValue(out);
}

Result<QJsonValue> first(const Arguments &a)
{
    if (a[0].toArray().isEmpty())
        return nothing(u"first() of an empty array"_s);
    return a[0].toArray().first();
}

Result<QJsonValue> last(const Arguments &a)
{
    if (a[0].toArray().isEmpty())
        return nothing(u"last() of an empty array"_s);
    return a[0].toArray().last();
}

/// The least argument, or item of the only one, when sign is 1; the greatest when it is -1.
Result<QJsonValue> extreme(const QString &name, int sign, const Arguments &a)
{
    if (a.size() == 1 && !a[0].isArray())
        return invalid(u"%1() of one argument takes an array, not %2"_s.arg(name, describe(a[0])));
    const QJsonArray array = a[0].toArray();
    const Arguments items = a.size() == 1 ? Arguments(array.begin(), array.end()) : a;
    if (items.isEmpty())
        return nothing(name + u"() of an empty array"_s);
    QJsonValue best = items[0];
    for (const QJsonValue &item : items) {
        const auto order = compare(item, best);
        if (!order)
            return invalid(u"%1() compares numbers, strings or booleans of one type, not %2 and %3"_s.arg(
                name, describe(best), describe(item)));
        if (*order * sign < 0)
            best = item;
    }
    return best;
}

Result<QJsonValue> min(const Arguments &a)
{
    return extreme(u"min"_s, 1, a);
}

Result<QJsonValue> max(const Arguments &a)
{
    return extreme(u"max"_s, -1, a);
}

// Numbers and conversions

Result<QJsonValue> abs(const Arguments &a)
{
    return numberValue(std::fabs(a[0].toDouble()));
}

Result<QJsonValue> toText(const Arguments &a)
{
    const auto text = textOf(a[0]);
    if (!text)
        return text.error();
    return QJsonValue(*text);
}

Result<QJsonValue> toNumber(const Arguments &a)
{
    if (a[0].isDouble())
        return a[0];
    const QString text = a[0].toString();
    const bool spaced = text != text.trimmed(); // A JSON text may stand in spaces, a number may not.
    const auto number = parseJson(text.toUtf8());
    if (spaced || !number || !number->isDouble())
        return invalid(u"toNumber() cannot read %1 as a number"_s.arg(describe(a[0])));
    return numberValue(number->toDouble());
}

Result<QJsonValue> toJson(const Arguments &a)
{
    const auto json = canonicalJson(a[0]);
    if (!json)
        return json.error();
    return QJsonValue(QString::fromUtf8(*json));
}

Result<QJsonValue> fromJson(const Arguments &a)
{
    const auto value = parseJson(a[0].toString().toUtf8());
    if (!value)
        return invalid(u"fromJson() cannot read %1: %2 at line %3, column %4"_s.arg(
            describe(a[0]), value.error().message, QString::number(value.error().where.line),
            QString::number(value.error().where.column)));
    return *value;
}

const QList<Function> &functions()
{
    constexpr unsigned collection = String | Array | Object;
    constexpr unsigned ordered = Boolean | Numeric | String;
    static const QList<Function> table{
        {u"len", {collection}, 1, 1, len, Integer},
        {u"lower", {String}, 1, 1, lower, String},
        {u"upper", {String}, 1, 1, upper, String},
        {u"trim", {String}, 1, 1, trim, String},
        {u"contains", {collection, Any}, 2, 2, contains, Boolean, containsType},
        {u"startsWith", {String}, 2, 2, startsWith, Boolean},
        {u"endsWith", {String}, 2, 2, endsWith, Boolean},
        {u"split", {String}, 2, 2, split, Array, textsType},
        {u"join", {Array, String}, 2, 2, join, String, nullptr, true},
        {u"replace", {String}, 3, 3, replace, String, nullptr, true},
        {u"keys", {Object}, 1, 1, keys, Array, textsType},
        {u"values", {Object}, 1, 1, values, Array, valuesType},
        {u"sort", {Array}, 1, 1, sort, Array, sameItemsType},
        {u"unique", {Array}, 1, 1, unique, Array, sameItemsType},
        {u"range", {Integer}, 1, 2, range, Array, rangeType, true},
        {u"min", {Any}, 1, Function::anyNumber, min, ordered, minType},
        {u"max", {Any}, 1, Function::anyNumber, max, ordered, maxType},
        {u"abs", {Numeric}, 1, 1, abs, Numeric},
        {u"toString", {Any}, 1, 1, toText, String},
        {u"toNumber", {Numeric | String}, 1, 1, toNumber, Numeric},
        {u"toJson", {Any}, 1, 1, toJson, String},
        {u"fromJson", {String}, 1, 1, fromJson, Any},
        {u"sha256", {String}, 1, 1, sha256, String},
        {u"base64", {String}, 1, 1, base64, String},
        {u"default", {Any}, 2, 2, nullptr, Any},
        {u"first", {Array}, 1, 1, first, Any, itemType},
        {u"last", {Array}, 1, 1, last, Any, itemType},
    };
    return table;
}

} // namespace

const Function *findFunction(QStringView name)
{
    const QList<Function> &all = functions();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Function &f) { return f.name == name; });
    return found == all.end() ? nullptr : &*found;
}

QStringList functionNames()
{
    QStringList names;
    for (const Function &function : functions())
        names += function.name.toString();
    return names;
}

QString argumentRule(const Function &function)
{
    const auto arguments = [](int count) { return count == 1 ? u" argument"_s : u" arguments"_s; };
    const int least = function.minArguments;
    if (function.maxArguments == Function::anyNumber)
        return u"takes at least %1"_s.arg(least) + arguments(least);
    if (function.maxArguments != least)
        return u"takes %1 or %2"_s.arg(least).arg(function.maxArguments) + arguments(function.maxArguments);
    return u"takes %1"_s.arg(least) + arguments(least);
}

} // namespace engine::expr
