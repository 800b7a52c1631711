#pragma once

#include "engine/pack/expression/value.h"

#include <QHash>
#include <QMap>

#include <memory>
#include <optional>

namespace engine::expr {

struct TypeDetail;

/// What is known of a value before it is there. Cheap to copy: what it says of the inside is shared.
struct ValueType
{
    unsigned kinds = Any; ///< The types that it may have, see Type; never none.
    /// The secret that the value holds somewhere or depends on, as a message calls it; empty when there is
    /// none.
    QString secret{};
    std::shared_ptr<const TypeDetail> detail{}; ///< Of an array or object; null when nothing is known.
};

/// What is known of the inside of arrays and objects.
struct TypeDetail
{
    ValueType element{};                ///< Of each item of an array.
    QMap<QString, ValueType> members{}; ///< Of an object. Any of them may be absent.
    std::optional<ValueType> rest{};    ///< Of the members that have no name here; nothing: there are none.
    bool isDeclared = false;            ///< Whoever names another member is mistaken, even inside default().

    // For messages: unknown OUTPUT "x" OF STEP "B". Without a noun: "PATH" has no member "x".
    QString noun{};
    QString owner{};
    QMap<QString, QString> whyAbsent{}; ///< What to say of a certain name instead.
};

ValueType arrayType(const ValueType &element);
ValueType objectType(TypeDetail detail);

/// An object that has these members and no others.
ValueType exactObject(const QMap<QString, ValueType> &members);

/// All that there is to know of a value that is there. Nested and numerous values are known less exactly.
ValueType typeOfValue(const QJsonValue &value);

/// What is either a or b.
/// @param work  how many members may still be compared; below that only the kinds are kept. Counted down
ValueType united(const ValueType &a, const ValueType &b, int &work);

/// The type of a value that depends on a secret as a whole; type as it is when secret is empty.
ValueType tainted(const ValueType &type, const QString &secret);

/// Of any member of an object, or item of an array, that has this type.
ValueType anyMember(const ValueType &object);
ValueType anyItem(const ValueType &array);

} // namespace engine::expr
