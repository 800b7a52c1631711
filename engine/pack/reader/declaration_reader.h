#pragma once

#include "engine/pack/reader/manifest_reader.h"
#include "engine/pack/reader/mapping_reader.h"
#include "engine/pack/reader/template_check.h"

namespace engine {

// What a pack declares beside its steps. Each reads the value under its key of spec.

QList<InputSpec> readInputs(const MappingReader &spec, const PackFileReader &readFile, Problems &problems);
QList<SecretSpec> readSecrets(const MappingReader &spec, Problems &problems);
SandboxSpec readSandbox(const MappingReader &spec, Problems &problems);

/// context: of reasonTemplate.
QList<ApprovalSpec> readApprovals(const MappingReader &spec, const TemplateContext &context,
                                  Problems &problems);

/// context: of the rules.
QList<PolicySpec> readPolicies(const MappingReader &spec, const TemplateContext &context, Problems &problems);

/// The value of "retries" in a run step or in the pack's defaults.
RetrySpec readRetries(const NodeAt &at, Problems &problems);

} // namespace engine
