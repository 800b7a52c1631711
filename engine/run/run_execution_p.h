#pragma once

#include "engine/run/run_execution.h"

namespace engine {

/// An attempt between its intent and its end.
struct RunExecution::ActiveAttempt
{
    AttemptSpec spec{};
    AttemptRecord record{};
    LaunchSpec launch{};                ///< Without argv: done on the pool.
    std::unique_ptr<Process> process{}; ///< While it runs.
    std::unique_ptr<OutputCapture> capture{};
    ProcessExit exit{};
    bool timedOut = false;
    bool cancelAsked = false;
    bool isCollecting = false; ///< The process has ended; its files are being read.
};

} // namespace engine
