#include "engine/pack/expression/function_types.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine::expr {

Result<> checkIn(const ValueType &item, const ValueType &container)
{
    if (!(container.kinds & (String | Array | Object)))
        return invalid(u"\"in\" looks into a string, an array or an object, not into %1"_s.arg(
            namesOf(container.kinds)));
    if (!(container.kinds & Array) && !(item.kinds & String))
        return invalid(u"only a string can be in %1, not %2"_s.arg(
            namesOf(container.kinds & (String | Object)), namesOf(item.kinds)));
    return {};
}

unsigned orderedKinds(const QList<ValueType> &values)
{
    unsigned common = 0;
    for (const unsigned kinds : {unsigned(Boolean), unsigned(Numeric), unsigned(String)}) {
        if (std::all_of(values.begin(), values.end(),
                        [kinds](const ValueType &value) { return value.kinds & kinds; }))
            common |= kinds;
    }
    return common;
}

Result<ValueType> containsType(const QList<ValueType> &arguments)
{
    if (const auto ok = checkIn(arguments[1], arguments[0]); !ok)
        return ok.error();
    return ValueType{Boolean, {}, {}};
}

Result<ValueType> textsType(const QList<ValueType> &)
{
    return arrayType({String, {}, {}});
}

Result<ValueType> valuesType(const QList<ValueType> &arguments)
{
    return arrayType(anyMember(arguments[0]));
}

Result<ValueType> sameItemsType(const QList<ValueType> &arguments)
{
    return arrayType(anyItem(arguments[0]));
}

Result<ValueType> itemType(const QList<ValueType> &arguments)
{
    return anyItem(arguments[0]);
}

Result<ValueType> rangeType(const QList<ValueType> &)
{
    return arrayType({Integer, {}, {}});
}

static Result<ValueType> extremeType(const QString &name, const QList<ValueType> &arguments)
{
    if (arguments.size() == 1) {
        if (!(arguments[0].kinds & Array))
            return invalid(
                u"%1() of one argument takes an array, not %2"_s.arg(name, namesOf(arguments[0].kinds)));
        const unsigned kinds = anyItem(arguments[0]).kinds & (Boolean | Numeric | String);
        return ValueType{kinds ? kinds : unsigned(Any), {}, {}};
    }
    const unsigned common = orderedKinds(arguments);
    if (common == 0) {
        QStringList found;
        for (const ValueType &argument : arguments)
            found += namesOf(argument.kinds);
        found.removeDuplicates();
        return invalid(u"%1() compares numbers, strings or booleans of one type, not %2"_s.arg(
            name, found.join(u" and "_s)));
    }
    unsigned kinds = 0;
    for (const ValueType &argument : arguments)
        kinds |= argument.kinds;
    return ValueType{common & kinds, {}, {}};
}

Result<ValueType> minType(const QList<ValueType> &arguments)
{
    return extremeType(u"min"_s, arguments);
}

Result<ValueType> maxType(const QList<ValueType> &arguments)
{
    return extremeType(u"max"_s, arguments);
}

} // namespace engine::expr
