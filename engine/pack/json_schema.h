#pragma once

#include "engine/base/result.h"

#include <QJsonObject>

namespace engine {

/// Checks that schema is a JSON Schema of draft 7. Stricter than the draft, so that nothing is left unchecked
/// in silence: unknown keywords (but "x-..."), formats that are not checked here, keywords beside "$ref" and
/// references out of the document are errors, as are references in a circle that never goes into the value.
/// patternProperties is Unsupported. Patterns are searched with PCRE, "$" matching at the very end only.
///
/// Fails with one cause per problem; each cause's where.path is the JSON Pointer inside schema.
Result<> checkSchema(const QJsonObject &schema);

/// Checks value against a schema. Fails with InvalidInput that carries one cause per problem; each cause's
/// where.path is the JSON Pointer inside value.
Result<> validateAgainst(const QJsonObject &schema, const QJsonValue &value);

} // namespace engine
