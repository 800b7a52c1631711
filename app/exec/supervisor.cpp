#include "app/exec/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace exec_helper {

namespace {

void writeLine(int fd, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        const ssize_t count = write(fd, text, left);
        if (count < 0 && errno != EINTR)
            return; // The engine is gone; nobody is left to tell.
        if (count > 0) {
            text += count;
            left -= size_t(count);
        }
    }
}

sigset_t watchedSignals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    return set;
}

/// Returns only when it failed, with errno. A file that is executable and of no known format is a script of
/// sh, as execvp() of POSIX has it and not every C library does.
void execFile(char *file, char **command)
{
    execv(file, command);
    if (errno != ENOEXEC)
        return;
    char shell[] = "sh";
    command[-1] = shell; // The "--" before the command has been read.
    command[0] = file;
    execv("/bin/sh", command - 1);
}

/// Likewise, for a name without "/" on the PATH.
void execCommand(char **command)
{
    if (strchr(command[0], '/'))
        return execFile(command[0], command);
    const char *name = command[0];
    const char *folder = getenv("PATH"); // NOLINT(concurrency-mt-unsafe): there is one thread
    int error = ENOENT;
    while (folder) {
        const char *end = strchr(folder, ':');
        const int length = end ? int(end - folder) : int(strlen(folder));
        char file[PATH_MAX];
        if (snprintf(file, sizeof file, "%.*s%s%s", length, folder, length > 0 ? "/" : "", name)
            < int(sizeof file)) {
            execFile(file, command);
            if (errno != EACCES && errno != ENOENT && errno != ENOTDIR)
                return;
            error = errno == EACCES ? EACCES : error; // Another folder may have one that can be run.
        }
        folder = end ? end + 1 : nullptr;
    }
    errno = error;
}

/// What becomeCommand() is told, and what it answers when the command cannot be started.
struct Start
{
    char **command;
    pid_t supervisor = 0;
    int error = 0;
};

/// In the new process, which has the memory of this one until the command begins.
int becomeCommand(void *argument)
{
    Start &start = *static_cast<Start *>(argument);
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != start.supervisor) // It died before the line above.
        return 127;
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, nullptr);
    for (int number = 1; number < SIGRTMIN; ++number)
        signal(number, SIG_DFL); // Also those that the engine ignores, such as SIGPIPE.
    execCommand(start.command);
    start.error = errno;
    return 127;
}

/// Like vfork(): goes on when the command has begun or could not be started. Copying this process first would
/// take several times as long. Returns -1 and sets errno when there is no command.
pid_t startCommand(char **command)
{
    alignas(16) static char stack[64 * 1024];
    Start start{command, getpid()};
    const pid_t child = clone(becomeCommand, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &start);
    if (child > 0 && start.error != 0)
        errno = start.error;
    return start.error == 0 ? child : -1;
}

void killChildren()
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
    FILE *list = fopen(path, "re");
    if (!list)
        return;
    int pid = 0;
    while (fscanf(list, "%d", &pid) == 1)
        kill(pid, SIGKILL);
    fclose(list);
}

/// Ends and reaps everything below this process: killing a parent makes its children ours, so go on until
/// none is left.
void killDescendants(pid_t group)
{
    kill(-group, SIGKILL);
    pid_t reaped = 0;
    do {
        reaped = waitpid(-1, nullptr, WNOHANG); // Mostly nothing is left, and this says so.
        if (reaped == 0) {
            killChildren();
            reaped = waitpid(-1, nullptr, 0);
        }
    } while (reaped > 0 || errno != ECHILD);
}

class Supervisor
{
public:
    Supervisor(const Options &options, pid_t child)
        : m_options(options)
        , m_child(child)
    {
    }

    int run(int signalFd);

private:
    void readControl();
    void readSignals(int signalFd);
    void terminate();
    void killNow();
    void reap();
    bool isWanted() const;
    int report() const;

    const Options &m_options;
    const pid_t m_child;
    bool m_controlOpen = true;
    bool m_terminating = false;
    bool m_killed = false;
    bool m_ended = false;
    int m_status = 0;
    int m_timerFd = -1;
};

void Supervisor::terminate()
{
    if (m_terminating)
        return;
    m_terminating = true;
    kill(-m_child, SIGTERM);
    m_timerFd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    itimerspec due{};
    due.it_value.tv_sec = m_options.graceMs / 1000;
    due.it_value.tv_nsec = long(m_options.graceMs % 1000) * 1'000'000 + 1; // 0 would switch the timer off.
    timerfd_settime(m_timerFd, 0, &due, nullptr);
}

void Supervisor::killNow()
{
    m_killed = true;
    kill(-m_child, SIGKILL);
    if (!m_ended)
        kill(m_child, SIGKILL);
}

void Supervisor::readControl()
{
    char word = 0;
    const ssize_t count = read(m_options.controlFd, &word, 1);
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (count <= 0) {
        m_controlOpen = false;
        killNow();
    } else if (word == 'T') {
        terminate();
    } else if (word == 'K') {
        killNow();
    }
}

void Supervisor::readSignals(int signalFd)
{
    signalfd_siginfo info{};
    if (read(signalFd, &info, sizeof info) != ssize_t(sizeof info))
        return;
    if (info.ssi_signo == SIGCHLD)
        reap();
    else
        terminate();
}

void Supervisor::reap()
{
    while (true) {
        int status = 0;
        const pid_t pid = waitpid(-1, &status, WNOHANG); // Adopted orphans too, so that none stays a zombie.
        if (pid <= 0)
            return;
        if (pid == m_child) {
            m_ended = true;
            m_status = status;
        }
    }
}

/// Whether there is a reason to go on. A shell dies of TERM at once; the grace is for all of its group.
bool Supervisor::isWanted() const
{
    return !m_ended || (m_terminating && !m_killed && kill(-m_child, 0) == 0);
}

int Supervisor::run(int signalFd)
{
    while (isWanted()) {
        pollfd fds[] = {{signalFd, POLLIN, 0},
                        {m_controlOpen ? m_options.controlFd : -1, POLLIN, 0},
                        {m_timerFd, POLLIN, 0}};
        if (poll(fds, 3, -1) < 0)
            continue;
        if (fds[0].revents != 0)
            readSignals(signalFd);
        if (fds[1].revents != 0 && isWanted())
            readControl();
        if (fds[2].revents != 0) {
            if (isWanted())
                killNow();
            close(m_timerFd);
            m_timerFd = -1;
        }
    }
    killDescendants(m_child);
    return report();
}

int Supervisor::report() const
{
    rusage usage{};
    getrusage(RUSAGE_CHILDREN, &usage);
    const auto microseconds = [](const timeval &time) {
        return (long long)(time.tv_sec) * 1'000'000 + time.tv_usec;
    };
    const int exitCode = WIFEXITED(m_status) ? WEXITSTATUS(m_status) : -1;
    const int signal = WIFSIGNALED(m_status) ? WTERMSIG(m_status) : 0;
    char line[200];
    snprintf(line, sizeof line, "ended %d %d %lld %lld %ld %lld\n", exitCode, signal,
             microseconds(usage.ru_utime), microseconds(usage.ru_stime), usage.ru_maxrss,
             (long long)(usage.ru_oublock) * 512);
    writeLine(m_options.statusFd, line);
    return signal != 0 ? 128 + signal : exitCode;
}

/// Waits for the engine's word. Whatever else comes, or the end of the pipe, means that the command must not
/// start.
bool isToldToGo(int controlFd)
{
    char word = 0;
    ssize_t count = 0;
    do
        count = read(controlFd, &word, 1);
    while (count < 0 && errno == EINTR);
    return count == 1 && word == 'G';
}

} // namespace

int supervise(const Options &options)
{
    setsid(); // Away from the terminal of the engine: Ctrl+C there is the engine's to handle.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    fcntl(options.statusFd, F_SETFD, FD_CLOEXEC);
    fcntl(options.controlFd, F_SETFD, FD_CLOEXEC);
    signal(SIGPIPE, SIG_IGN);

    if (!isToldToGo(options.controlFd)) {
        char line[32];
        snprintf(line, sizeof line, "failed %d\n", ECANCELED);
        writeLine(options.statusFd, line);
        return 127;
    }
    const sigset_t watched = watchedSignals();
    pthread_sigmask(SIG_BLOCK, &watched, nullptr);
    const int signalFd = signalfd(-1, &watched, SFD_CLOEXEC);
    const pid_t child = signalFd < 0 ? -1 : startCommand(options.command);
    if (child < 0) {
        char line[32];
        snprintf(line, sizeof line, "failed %d\n", errno);
        writeLine(options.statusFd, line);
        return 127;
    }
    // The streams belong to the command now; holding them here would keep its readers waiting.
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    return Supervisor(options, child).run(signalFd);
}

} // namespace exec_helper
