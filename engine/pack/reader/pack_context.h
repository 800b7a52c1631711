#pragma once

#include "engine/pack/manifest.h"

#include <chrono>
#include <optional>

namespace engine {

/// What the whole pack declares and its steps may refer to.
struct PackContext
{
    QList<InputSpec> inputs{};
    QStringList approvals{};
    QStringList policies{};
    std::optional<std::chrono::milliseconds> defaultTimeout{}; ///< Of run steps without their own.
};

} // namespace engine
