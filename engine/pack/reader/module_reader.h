#pragma once

#include "engine/pack/reader/manifest_reader.h"
#include "engine/pack/reader/problems.h"

namespace engine {

/// The modules of a pack: the folders below modules/ that hold a module.yaml.
struct ModulesReading
{
    QHash<QString, ModuleSpec> modules{}; ///< Those that are sound, by name.
    QStringList folders{};                ///< Names of all of them, sound or not, sorted.
    QMap<QString, FileDigest> meanings{}; ///< See ManifestReading.
};

/// Reads every modules/NAME/module.yaml of a pack. Problems carry positions in those files.
///
/// module.yaml is YAML under the same rules as pack.yaml, at most 1 MiB:
///
///   apiVersion: stellaops.io/module.v1
///   kind: Module
///   metadata: { name: NAME, description: ... }
///   spec:
///     inputs: [...]       # as in a pack, but never of type file
///     outputs: [...]      # as in a run step
///     command: [...]      # argv; templates that name `inputs` only; "./x" stands in the module's folder
ModulesReading readModules(const PackFileReader &readFile, const QList<PackFile> &files, Problems &problems);

} // namespace engine
