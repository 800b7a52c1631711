#pragma once

#include "engine/pack/reader/manifest_reader.h"
#include "engine/pack/reader/mapping_reader.h"
#include "engine/pack/reader/template_check.h"

namespace engine {

// What a pack declares before its steps. Each reads the list under its key of spec.

QList<InputSpec> readInputs(const MappingReader &spec, const PackFileReader &readFile, Problems &problems);

/// context: of reasonTemplate.
QList<ApprovalSpec> readApprovals(const MappingReader &spec, const TemplateContext &context,
                                  Problems &problems);

/// context: of the rules.
QList<PolicySpec> readPolicies(const MappingReader &spec, const TemplateContext &context, Problems &problems);

} // namespace engine
