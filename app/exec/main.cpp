/// taskrunner-exec: runs one command for the engine and leaves nothing of it behind.
///
///     taskrunner-exec --status-fd N --control-fd N --grace-ms N -- COMMAND [ARGUMENT...]
///     taskrunner-exec --serve N             runs the above for each request, see fork_server.h
///     taskrunner-exec --probe-sandbox       see sandbox_probe.h
///
/// The engine prepares environment, working directory and standard streams; this program adds a session and
/// process group of the command's own and adopts every orphan below it (PR_SET_CHILD_SUBREAPER), so that on
/// the end of the command, for any reason, every descendant is killed and reaped before the end is reported.
///
/// control-fd: nothing happens before 'G', which the engine sends when it is on disk that the command starts.
/// Then 'T' asks the group to end and kills it after the grace; 'K' kills at once; end of file means that the
/// engine is gone, which kills at once too. status-fd: one line. "failed ERRNO" when the command could not be
/// started, otherwise "ended EXITCODE SIGNAL USER_US SYSTEM_US PEAK_KIB WRITTEN_BYTES" (EXITCODE is -1 when a
/// signal ended it).
///
/// No Qt here: there is one for each step, so it has to be small and start fast.

#include "app/exec/fork_server.h"
#include "app/exec/sandbox_probe.h"
#include "app/exec/supervisor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace {

constexpr int usageExitCode = 64; // EX_USAGE of sysexits.h

bool readNumber(const char *text, int &out)
{
    char *end = nullptr;
    const long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < 0 || value > 2'000'000'000)
        return false;
    out = int(value);
    return true;
}

int superviseOne(int argc, char **argv)
{
    exec_helper::Options options;
    int i = 1;
    for (; i + 1 < argc && strcmp(argv[i], "--") != 0; i += 2) {
        const auto isNamed = [name = argv[i]](const char *option) { return strcmp(name, option) == 0; };
        int *target = isNamed("--status-fd")    ? &options.statusFd
                      : isNamed("--control-fd") ? &options.controlFd
                      : isNamed("--grace-ms")   ? &options.graceMs
                                                : nullptr;
        if (!target || !readNumber(argv[i + 1], *target))
            break;
    }
    const bool complete =
        i + 1 < argc && strcmp(argv[i], "--") == 0 && options.statusFd >= 0 && options.controlFd >= 0;
    if (!complete) {
        fprintf(stderr,
                "usage: taskrunner-exec --status-fd N --control-fd N --grace-ms N -- COMMAND [ARGUMENT...]\n"
                "This is a helper of TaskRunner's engine; it is not meant to be started by hand.\n");
        return usageExitCode;
    }
    options.command = argv + i + 1;
    return exec_helper::supervise(options);
}

} // namespace

int main(int argc, char **argv)
{
    int socketFd = -1;
    if (argc == 2 && strcmp(argv[1], "--probe-sandbox") == 0)
        return exec_helper::probeSandbox();
    if (argc == 3 && strcmp(argv[1], "--serve") == 0 && readNumber(argv[2], socketFd))
        return exec_helper::serve(socketFd, superviseOne);
    return superviseOne(argc, argv);
}
