#pragma once

#include "engine/run/run_execution.h"

namespace engine {

/// An attempt between its intent and its end.
struct RunExecution::ActiveAttempt
{
    AttemptSpec spec{};
    AttemptRecord record{};
    LaunchSpec launch{};                  ///< Without argv: done on the pool.
    std::unique_ptr<Process> process{};   ///< While it runs.
    std::optional<HttpRequest> request{}; ///< Of builtin:http, which starts no process.
    std::unique_ptr<HttpCall> call{};     ///< While it waits for the answer.
    Timestamp sentAt{};
    std::unique_ptr<OutputCapture> capture{};
    ProcessExit exit{};
    bool timedOut = false;
    bool cancelAsked = false;
    bool isCollecting = false; ///< It has ended; what it left is being read.
};

} // namespace engine
