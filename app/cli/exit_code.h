#pragma once

#include "engine/base/error.h"

namespace cli {

/// What the program's exit code says; documented in the README.
enum class ExitCode {
    Good = 0,
    NotGood = 1,       ///< A run failed or was cancelled; a bundle or store is not good; two plans differ.
    BadInput = 2,      ///< Wrong usage, a wrong pack or input, or a file that cannot be read.
    Waiting = 3,       ///< A run waits for approval, or a witness to evidence is asked again later.
    Refused = 4,       ///< A decision was refused, or the thing is not in a state that allows the command.
    InUse = 5,         ///< Another process owns the data directory and takes no commands.
    EngineTrouble = 6, ///< The store, a key or a file of the engine could not be read or written.
    OutcomeUnknown =
        7 ///< The process that owns the data directory ended, or stopped answering, in the middle.
};

ExitCode exitCodeFor(engine::ErrorCode code);

} // namespace cli
