#pragma once

#include "engine/pack/reader/manifest_reader.h"
#include "engine/pack/reader/problems.h"

namespace engine {

/// A JSON Schema written inline or named by the path of its file in the pack, checked; empty when it is
/// wrong, which then is a problem.
QJsonObject readSchema(const NodeAt &at, const PackFileReader &readFile, Problems &problems);

} // namespace engine
