#pragma once

#include "engine/pack/schema/json_adapter.h"

#include <valijson/schema_parser.hpp>

namespace engine::schema {

/// Teaches the parser the keywords that schema_check.h names: patterns, formats and uniqueItems.
void addOwnConstraints(valijson::SchemaParser &parser);

} // namespace engine::schema
