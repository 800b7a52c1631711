#include "engine/pack/expression/value_type.h"

#include <QJsonArray>
#include <QJsonObject>

namespace engine::expr {

namespace {

constexpr int maxDepth = 16;
constexpr qsizetype maxMerged = 32; ///< Members of objects that are compared one by one.

const QString &eitherOf(const QString &secret, const QString &other)
{
    return secret.isEmpty() ? other : secret;
}

} // namespace

ValueType arrayType(const ValueType &element)
{
    TypeDetail detail;
    detail.element = element;
    return {Array, element.secret, std::make_shared<const TypeDetail>(std::move(detail))};
}

ValueType objectType(TypeDetail detail)
{
    QString secret = detail.rest ? detail.rest->secret : QString();
    for (const ValueType &member : std::as_const(detail.members))
        secret = eitherOf(secret, member.secret);
    return {Object, secret, std::make_shared<const TypeDetail>(std::move(detail))};
}

ValueType exactObject(const QMap<QString, ValueType> &members)
{
    TypeDetail detail;
    detail.members = members;
    return objectType(std::move(detail));
}

ValueType tainted(const ValueType &type, const QString &secret)
{
    // Without the detail, which would let a member seem free of it.
    return secret.isEmpty() ? type : ValueType{type.kinds, eitherOf(type.secret, secret), {}};
}

// NOLINTBEGIN(misc-no-recursion): maxDepth; types nest as deep as values, schemas, steps and expressions may

static ValueType typeAtDepth(const QJsonValue &value, int depth)
{
    const Type kind = typeOf(value);
    if (depth >= maxDepth || (kind != Array && kind != Object))
        return {kind, {}, {}};
    if (kind == Object) {
        TypeDetail detail;
        const QJsonObject object = value.toObject();
        for (auto member = object.begin(); member != object.end(); ++member)
            detail.members.insert(member.key(), typeAtDepth(member.value(), depth + 1));
        return objectType(std::move(detail));
    }
    const QJsonArray array = value.toArray();
    if (array.isEmpty())
        return arrayType({});
    int work = int(maxMerged * std::min<qsizetype>(array.size(), maxMerged));
    ValueType element = typeAtDepth(array.first(), depth + 1);
    for (const QJsonValue item : array)
        element = united(element, typeAtDepth(item, depth + 1), work);
    return arrayType(element);
}

/// What is known of objects that are like a or like b, put into out; nothing known when there is too much.
static bool mergeMembers(const TypeDetail &a, const TypeDetail &b, TypeDetail &out, int &work)
{
    work -= int(std::min<qsizetype>(a.members.size() + b.members.size(), maxMerged));
    if (a.members.size() + b.members.size() > maxMerged || work < 0)
        return false;
    out.members = b.members;
    for (auto member = out.members.begin(); member != out.members.end(); ++member) {
        if (a.rest && !a.members.contains(member.key()))
            *member = united(*member, *a.rest, work);
    }
    for (auto member = a.members.begin(); member != a.members.end(); ++member) {
        const auto same = b.members.constFind(member.key());
        const auto also = same != b.members.cend() ? std::optional(*same) : b.rest;
        out.members.insert(member.key(), also ? united(*member, *also, work) : *member);
    }
    out.rest = a.rest && b.rest ? std::optional(united(*a.rest, *b.rest, work)) : a.rest ? a.rest : b.rest;
    out.isDeclared = a.isDeclared && b.isDeclared;
    return true;
}

static std::shared_ptr<const TypeDetail> unitedDetail(const ValueType &a, const ValueType &b, int &work)
{
    if (!a.detail || !b.detail)
        return {};
    TypeDetail out;
    if (a.kinds & b.kinds & Array)
        out.element = united(a.detail->element, b.detail->element, work);
    else
        out.element = (a.kinds & Array ? a : b).detail->element;
    if (a.kinds & b.kinds & Object) {
        if (!mergeMembers(*a.detail, *b.detail, out, work))
            return {};
    } else {
        const TypeDetail &only = *(a.kinds & Object ? a : b).detail;
        const ValueType element = out.element;
        out = only;
        out.element = element;
    }
    return std::make_shared<const TypeDetail>(std::move(out));
}

ValueType united(const ValueType &a, const ValueType &b, int &work)
{
    constexpr unsigned nested = Array | Object;
    ValueType out{a.kinds | b.kinds, eitherOf(a.secret, b.secret), a.detail};
    if (!(b.kinds & nested) || ((a.kinds & nested) && a.detail == b.detail))
        return out;
    out.detail = a.kinds & nested ? unitedDetail(a, b, work) : b.detail;
    return out;
}

// NOLINTEND(misc-no-recursion)

ValueType typeOfValue(const QJsonValue &value)
{
    return typeAtDepth(value, 0);
}

ValueType anyMember(const ValueType &object)
{
    if (!object.detail || object.detail->members.size() > maxMerged)
        return {Any, object.secret, {}};
    int work = maxMerged;
    std::optional<ValueType> all = object.detail->rest;
    for (const ValueType &member : object.detail->members)
        all = all ? united(*all, member, work) : member;
    return all.value_or(ValueType{Any, object.secret, {}});
}

ValueType anyItem(const ValueType &array)
{
    return array.detail ? array.detail->element : ValueType{Any, array.secret, {}};
}

} // namespace engine::expr
