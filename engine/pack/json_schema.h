#pragma once

#include "engine/base/result.h"

#include <QJsonObject>

#include <memory>

namespace engine {

/// Checks that schema is a JSON Schema of draft 7. Stricter than the draft, so that nothing is left unchecked
/// in silence: unknown keywords (but "x-..."), formats that are not checked here, keywords beside "$ref" and
/// references out of the document are errors, as are references in a circle that never goes into the value.
/// patternProperties is Unsupported. Patterns are searched with PCRE, "$" matching at the very end only.
///
/// Fails with one cause per problem; each cause's where.path is the JSON Pointer inside schema.
Result<> checkSchema(const QJsonObject &schema);

/// A JSON Schema that was checked as checkSchema() does, ready to judge many values. Cheap to copy.
class JsonSchema
{
public:
    static Result<JsonSchema> parse(const QJsonObject &schema); ///< Fails as checkSchema() does.
    Result<> validate(const QJsonValue &value) const;           ///< Fails as validateAgainst() does.

private:
    struct Parsed;
    explicit JsonSchema(std::shared_ptr<const Parsed> parsed)
        : m_parsed(std::move(parsed))
    {
    }

    std::shared_ptr<const Parsed> m_parsed; // Shared between copies; never changed once made.
};

/// Checks value against a schema. Fails with InvalidInput that carries one cause per problem; each cause's
/// where.path is the JSON Pointer inside value.
Result<> validateAgainst(const QJsonObject &schema, const QJsonValue &value);

} // namespace engine
