#pragma once

#include "engine/base/result.h"

#include <QJsonObject>

namespace engine::schema {

// Keywords that constraints of our own carry out instead of the library's: its regular expressions recurse
// once for each character, and its uniqueItems compares every pair.
constexpr auto patternKey = "x-engine-pattern";
constexpr auto formatKey = "x-engine-format";
constexpr auto uniqueItemsKey = "x-engine-unique-items";

/// Checks a JSON Schema of draft 7 and rewrites it for the library: keywords of our own as above, annotations
/// and ids left out.
///
/// Fails with InvalidInput that carries one cause per problem, where.path inside the schema: unknown keywords
/// (a slip there would check nothing), references that leave the document or lead back to themselves,
/// patterns that are no regular expressions, formats that are not checked here.
Result<QJsonObject> prepare(const QJsonObject &schema);

} // namespace engine::schema
