#pragma once

#include <QtGlobal>

#include <optional>

namespace engine {

/// What this process takes of the machine. A value that the system does not tell is empty.
struct ProcessUsage
{
    std::optional<double> cpuSeconds{}; ///< Of the user and of the kernel, of all threads.
    std::optional<qint64> residentBytes{};
    std::optional<qint64> openDescriptors{};
    std::optional<double> startSeconds{}; ///< When it was started, since 1970.
};

ProcessUsage processUsage();

} // namespace engine
