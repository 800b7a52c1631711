#pragma once

#include "engine/pack/reader/mapping_reader.h"

namespace engine {

/// A key that must be there with one certain text: apiVersion and kind.
void checkFixedText(const MappingReader &reader, const QString &key, const QString &value,
                    Problems &problems);

/// Ids of steps, approvals and policies, and pack names: [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?
std::optional<QString> readId(const MappingReader &reader, QStringView key, Problems &problems);

/// Names of inputs and outputs, as expressions write them behind a dot: [A-Za-z_][A-Za-z0-9_-]{0,62}
std::optional<QString> readName(const MappingReader &reader, QStringView key, Problems &problems);

bool isSemanticVersion(const QString &text); ///< SemVer 2.0, "1.4.0-rc.1+build.5".

/// A relative path with "/" between parts that stays below its folder: no empty, "." or ".." part, no "\".
bool isPathInside(const QString &path);

/// A path to one file below a folder, without expressions.
std::optional<QString> readPathInside(const MappingReader &reader, QStringView key, Problems &problems);

} // namespace engine
