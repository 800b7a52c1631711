#pragma once

namespace exec_helper {

/// Tries each part of the kernel that a sealed step needs, each in a child process of its own, and prints a
/// line for each: "PART ok", or "PART failed ERRNO CALL" with the call that the kernel refused. Returns this
/// program's exit code: 0, whatever the parts came to.
int probeSandbox();

} // namespace exec_helper
