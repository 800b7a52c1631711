#include "app/exec/supervisor.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <initializer_list>
#include <poll.h>
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
    size_t left = std::strlen(text);
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
    for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP})
        sigaddset(&set, signal);
    return set;
}

/// In the new process: never returns. Tells errno through failFd when the command cannot be started.
[[noreturn]] void becomeCommand(const Options &options, pid_t supervisor, int failFd)
{
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != supervisor) // It died before the line above.
        _exit(127);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    for (int signal = 1; signal < SIGRTMIN; ++signal)
        std::signal(signal, SIG_DFL); // Also those that the engine ignores, such as SIGPIPE.
    close(options.statusFd);
    close(options.controlFd);
    execvp(options.command[0], options.command);
    const int error = errno;
    [[maybe_unused]] const ssize_t count = write(failFd, &error, sizeof error);
    _exit(127);
}

/// Kills every child of this process. Returns whether there was one.
bool killChildren()
{
    char path[64];
    std::snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
    FILE *list = std::fopen(path, "re");
    if (!list)
        return false;
    bool any = false;
    int pid = 0;
    while (std::fscanf(list, "%d", &pid) == 1) {
        any = true;
        kill(pid, SIGKILL);
    }
    std::fclose(list);
    return any;
}

/// Ends and reaps everything below this process: killing a parent makes its children ours, so go on until
/// none is left.
void killDescendants(pid_t group)
{
    kill(-group, SIGKILL);
    while (true) {
        killChildren();
        const pid_t reaped = waitpid(-1, nullptr, 0);
        if (reaped < 0 && errno == ECHILD)
            return;
    }
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
    std::snprintf(line, sizeof line, "ended %d %d %lld %lld %ld %lld\n", exitCode, signal,
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
    std::signal(SIGPIPE, SIG_IGN);

    if (!isToldToGo(options.controlFd)) {
        char line[32];
        std::snprintf(line, sizeof line, "failed %d\n", ECANCELED);
        writeLine(options.statusFd, line);
        return 127;
    }
    const sigset_t watched = watchedSignals();
    sigprocmask(SIG_BLOCK, &watched, nullptr);
    const int signalFd = signalfd(-1, &watched, SFD_CLOEXEC);
    int failPipe[2];
    if (signalFd < 0 || pipe2(failPipe, O_CLOEXEC) != 0) {
        writeLine(options.statusFd, "failed 24\n");
        return 127;
    }

    const pid_t self = getpid();
    const pid_t child = fork();
    if (child == 0)
        becomeCommand(options, self, failPipe[1]);
    close(failPipe[1]);
    int error = child < 0 ? errno : 0;
    if (child < 0 || read(failPipe[0], &error, sizeof error) == ssize_t(sizeof error)) {
        char line[32];
        std::snprintf(line, sizeof line, "failed %d\n", error);
        writeLine(options.statusFd, line);
        return 127;
    }
    close(failPipe[0]);
    // The streams belong to the command now; holding them here would keep its readers waiting.
    for (const int fd : {0, 1, 2})
        close(fd);
    return Supervisor(options, child).run(signalFd);
}

} // namespace exec_helper
