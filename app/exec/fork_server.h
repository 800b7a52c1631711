#pragma once

namespace exec_helper {

/// What a child of the server does: main() of this program, with its arguments.
using Program = int (*)(int argc, char **argv);

/// Makes a copy of this process for each request that comes through a socket, until its other end is closed,
/// and answers with the copy's pid, or with -errno. A copy costs a third of what it costs to load this
/// program again. Its parent is the parent of this process, so the engine waits for it as if it had started
/// it.
///
/// A request, in the byte order of the machine: three numbers of 32 bits (bytes of text, arguments, variables
/// of the environment), then the arguments and the variables, a zero after each. The first byte carries
/// descriptors (SCM_RIGHTS): the working directory, then what become 0, 1, 2 and so on in the copy, which has
/// no others.
///
/// Returns the exit code; in a copy that of program.
int serve(int socketFd, Program program);

} // namespace exec_helper
