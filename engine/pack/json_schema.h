#pragma once

#include "engine/base/result.h"

#include <QJsonObject>

namespace engine {

/// Checks that schema is a JSON Schema (draft 7 as valijson reads it) without references to outside documents.
Result<> checkSchema(const QJsonObject &schema);

/// Checks value against a schema. Fails with InvalidInput that carries one cause per problem; each cause's
/// where.path is the JSON Pointer inside value.
Result<> validateAgainst(const QJsonObject &schema, const QJsonValue &value);

} // namespace engine
