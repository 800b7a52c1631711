#pragma once

namespace exec_helper {

struct Options
{
    int statusFd = -1;
    int controlFd = -1;
    int graceMs = 10'000;
    char **command = nullptr; ///< Ends with a null pointer.
};

/// Starts the command, supervises it, reports and returns this program's own exit code: the command's, or 128
/// and the number of the signal that ended it.
int supervise(const Options &options);

} // namespace exec_helper
