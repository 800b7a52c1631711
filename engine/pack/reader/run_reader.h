#pragma once

#include "engine/pack/reader/mapping_reader.h"
#include "engine/pack/reader/pack_context.h"
#include "engine/pack/reader/template_check.h"

namespace engine {

/// Reads what a run step does and checks `with` against its module.
RunSpec readRun(const NodeAt &at, const TemplateContext &context, const PackContext &pack,
                Problems &problems);

/// Reads the list under "outputs" of a run step or of a module.
QList<StepOutputSpec> readStepOutputs(const MappingReader &owner, Problems &problems);

} // namespace engine
