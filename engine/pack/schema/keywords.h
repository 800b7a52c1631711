#pragma once

#include <QStringList>

#include <optional>

namespace engine::schema {

/// What stands under a keyword of JSON Schema draft 7.
enum class Keyword {
    Annotation, ///< Says nothing about values.
    Assertion,  ///< A plain value, read by the library.
    Reference,  ///< $ref
    Dialect,    ///< $schema
    Pattern,
    Format,
    UniqueItems,
    MultipleOf,
    InPlace,      ///< A schema for the same value.
    InPlaceList,  ///< Schemas for the same value.
    Child,        ///< A schema for values inside the value.
    ChildOrList,  ///< items
    ChildMap,     ///< Name to schema.
    Definitions,  ///< Name to schema, for references.
    Dependencies, ///< Name to schema for the same value, or to a list of names.
    Unsupported,  ///< patternProperties: the library's regular expressions are not safe to use.
};

/// Nothing for a name that is no keyword.
std::optional<Keyword> keywordOf(const QString &name);

QStringList keywordNames();

} // namespace engine::schema
