#pragma once

#include "engine/base/result.h"
#include "engine/pack/expression/value_type.h"

#include <QList>

namespace engine::expr {

// What functions give, from the types of their arguments: the `type` of a Function.

Result<ValueType> containsType(const QList<ValueType> &arguments);
Result<ValueType> textsType(const QList<ValueType> &arguments); ///< An array of strings.
Result<ValueType> valuesType(const QList<ValueType> &arguments);
Result<ValueType> sameItemsType(const QList<ValueType> &arguments);
Result<ValueType> itemType(const QList<ValueType> &arguments);
Result<ValueType> rangeType(const QList<ValueType> &arguments);
Result<ValueType> minType(const QList<ValueType> &arguments);
Result<ValueType> maxType(const QList<ValueType> &arguments);

/// "item in container" for types, see isIn(); fails where no values of them can be compared so.
Result<> checkIn(const ValueType &item, const ValueType &container);

/// The types of which every one of some values may be, so that they have an order; 0 when there are none.
unsigned orderedKinds(const QList<ValueType> &values);

} // namespace engine::expr
