#pragma once

#include "engine/base/result.h"
#include "engine/pack/expression/ast.h"
#include "engine/pack/expression/template.h"
#include "engine/pack/expression/value.h"

namespace engine::expr {

/// The value of a root name in a scope; nothing when it is not known there.
std::optional<QJsonValue> rootValue(const Scope &scope, const QString &name);

/// How what stands before a key of an access was written, for messages; its end when that is long.
QString pathBefore(const QString &text, const Node &access, const Node &key);

/// Evaluates one expression. text is that of its template, for error messages.
///
/// Errors as those of tokenize(); where an expression names something that is missing the code is NotFound.
Result<QJsonValue> evaluate(const Node &node, const QString &text, const Scope &scope, Budget &budget);

} // namespace engine::expr
