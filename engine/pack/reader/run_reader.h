#pragma once

#include "engine/pack/reader/pack_context.h"
#include "engine/pack/reader/template_check.h"

namespace engine {

/// Reads what a run step does and checks `with` against its module.
RunSpec readRun(const NodeAt &at, const TemplateContext &context, const PackContext &pack,
                Problems &problems);

} // namespace engine
