#include "app/exec/sandbox_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

namespace exec_helper {

namespace {

/// What a part came to. Goes through a pipe, so the name of the call is in it.
struct Outcome
{
    bool isGood = false;
    int code = 0;
    char call[48] = {};
};

Outcome good()
{
    Outcome outcome;
    outcome.isGood = true;
    return outcome;
}

/// With the errno of now.
Outcome refused(const char *call)
{
    Outcome outcome;
    outcome.code = errno;
    snprintf(outcome.call, sizeof outcome.call, "%s", call);
    return outcome;
}

bool writeFile(const char *path, const char *text)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const bool done = write(fd, text, strlen(text)) == ssize_t(strlen(text));
    const int code = errno;
    close(fd);
    errno = code;
    return done;
}

/// A user namespace in which this process is root, as far as the namespace goes.
Outcome userNamespace()
{
    char user[32];
    char group[32];
    snprintf(user, sizeof user, "0 %u 1", unsigned(geteuid()));
    snprintf(group, sizeof group, "0 %u 1", unsigned(getegid()));
    if (unshare(CLONE_NEWUSER) != 0)
        return refused("unshare(CLONE_NEWUSER)");
    if (!writeFile("/proc/self/setgroups", "deny"))
        return refused("write(/proc/self/setgroups)");
    if (!writeFile("/proc/self/uid_map", user))
        return refused("write(/proc/self/uid_map)");
    if (!writeFile("/proc/self/gid_map", group))
        return refused("write(/proc/self/gid_map)");
    return good();
}

Outcome mountNamespace()
{
    if (const Outcome user = userNamespace(); !user.isGood)
        return user;
    if (unshare(CLONE_NEWNS) != 0)
        return refused("unshare(CLONE_NEWNS)");
    if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        return refused("mount(/, MS_PRIVATE)");
    if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, nullptr) != 0)
        return refused("mount(tmpfs)");
    return good();
}

Outcome networkNamespace()
{
    if (const Outcome user = userNamespace(); !user.isGood)
        return user;
    if (unshare(CLONE_NEWNET) != 0)
        return refused("unshare(CLONE_NEWNET)");
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return refused("socket(AF_INET)");
    ifreq loopback{};
    snprintf(loopback.ifr_name, sizeof loopback.ifr_name, "lo");
    loopback.ifr_flags = IFF_UP;
    if (ioctl(fd, SIOCSIFFLAGS, &loopback) != 0)
        return refused("ioctl(lo, IFF_UP)");
    return good();
}

/// Runs part in a child and waits for what it came to.
Outcome inChild(Outcome (*part)())
{
    int ends[2] = {-1, -1};
    if (pipe2(ends, O_CLOEXEC) != 0)
        return refused("pipe2");
    const pid_t child = fork();
    if (child < 0)
        return refused("fork");
    if (child == 0) {
        const Outcome outcome = part();
        _exit(write(ends[1], &outcome, sizeof outcome) == sizeof outcome ? 0 : 1);
    }
    close(ends[1]);
    Outcome outcome;
    const bool isTold = read(ends[0], &outcome, sizeof outcome) == sizeof outcome;
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (isTold)
        return outcome;
    errno = EINTR;
    return refused(WIFSIGNALED(status) ? "ended by a signal" : "ended without a word");
}

Outcome ownProc()
{
    if (getpid() != 1)
        return refused("getpid");
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        return refused("unshare(CLONE_NEWNS)");
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0)
        return refused("mount(proc)");
    return good();
}

Outcome processNamespace()
{
    if (const Outcome user = userNamespace(); !user.isGood)
        return user;
    if (unshare(CLONE_NEWPID) != 0)
        return refused("unshare(CLONE_NEWPID)");
    return inChild(ownProc); // The next child is the first process of the namespace.
}

Outcome nameNamespaces()
{
    if (const Outcome user = userNamespace(); !user.isGood)
        return user;
    if (unshare(CLONE_NEWIPC | CLONE_NEWUTS) != 0)
        return refused("unshare(CLONE_NEWIPC | CLONE_NEWUTS)");
    return good();
}

/// A filter that refuses one harmless call, and whether that is refused then.
Outcome seccomp()
{
    sock_filter instructions[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_uname, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOTSUP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog filter{sizeof instructions / sizeof instructions[0], instructions};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return refused("prctl(PR_SET_NO_NEW_PRIVS)");
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) != 0)
        return refused("prctl(PR_SET_SECCOMP)");
    utsname name{};
    errno = 0;
    if (syscall(SYS_uname, &name) == 0 || errno != ENOTSUP)
        return refused("a filter that is not obeyed");
    return good();
}

} // namespace

int probeSandbox()
{
    static constexpr struct
    {
        const char *name;
        Outcome (*part)();
    } parts[] = {
        {"user-namespace", userNamespace},       {"mount-namespace", mountNamespace},
        {"network-namespace", networkNamespace}, {"process-namespace", processNamespace},
        {"ipc-namespace", nameNamespaces},       {"seccomp", seccomp},
    };
    for (const auto &[name, part] : parts) {
        const Outcome outcome = inChild(part);
        if (outcome.isGood)
            printf("%s ok\n", name);
        else
            printf("%s failed %d %s\n", name, outcome.code, outcome.call);
        fflush(stdout); // Before the next child has a copy of it.
    }
    return 0;
}

} // namespace exec_helper
