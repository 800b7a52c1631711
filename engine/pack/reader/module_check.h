#pragma once

#include "engine/pack/reader/pack_context.h"
#include "engine/pack/reader/problems.h"

namespace engine {

/// The modules that a run step may use: "builtin:exec", "builtin:script", "bundle.ingest".
const QStringList &moduleNames();

/// Checks the `with` of a run step against what its module (one of moduleNames()) takes.
/// Its templates have been checked already.
void checkModule(const QString &uses, const NodeAt &with, const PackContext &pack, Problems &problems);

} // namespace engine
