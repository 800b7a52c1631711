#pragma once

#include "engine/pack/reader/manifest_reader.h"

#include <QHash>

#include <chrono>
#include <optional>

namespace engine {

/// What the whole pack declares and its steps may refer to.
struct PackContext
{
    PackFileReader readFile{};
    QList<InputSpec> inputs{};
    QStringList approvals{};
    QStringList policies{};
    QHash<QString, ModuleSpec> modules{}; ///< Those of the pack that could be read, by name.
    QStringList moduleFolders{};          ///< Those that the pack has, sound or not.
    std::optional<std::chrono::milliseconds> defaultTimeout{}; ///< Of run steps without their own.
    std::optional<RetrySpec> defaultRetries{};                 ///< Likewise, as a whole.
};

} // namespace engine
