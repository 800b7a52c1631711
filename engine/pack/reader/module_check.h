#pragma once

#include "engine/pack/reader/pack_context.h"
#include "engine/pack/reader/problems.h"

namespace engine {

/// The modules that every run step may use: "builtin:exec", "builtin:script", "builtin:http",
/// "builtin:validate", "bundle.ingest".
const QStringList &moduleNames();

/// Whether a module starts a process of the pack's choice, which sees variables and writes outputs.
bool startsProcess(const QString &uses);

/// What a built-in leaves by itself; empty for those that start a process.
QList<StepOutputSpec> builtinOutputs(const QString &uses);

/// Checks the `with` of a run step against what a built-in takes: one of moduleNames(), but not
/// builtin:validate. Its templates have been checked already.
void checkBuiltin(const QString &uses, const NodeAt &with, const PackContext &pack, Problems &problems);

/// Checks the `with` of builtin:http. Internal to module_check.
void checkHttp(const NodeAt &with, Problems &problems);

/// Checks the `with` of a step against the inputs that a module of the pack declares.
void checkModuleInputs(const ModuleSpec &module, const NodeAt &with, Problems &problems);

/// The text of a node that holds no expression; such text can be checked before anything runs.
std::optional<QString> literalText(const std::optional<NodeAt> &at);

} // namespace engine
