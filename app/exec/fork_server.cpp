#include "app/exec/fork_server.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace exec_helper {

namespace {

constexpr int maxDescriptors = 16;
constexpr uint32_t maxTextBytes = 64 * 1024 * 1024; // The kernel takes less for a command.
constexpr int brokenRequest = 64;                   // EX_USAGE of sysexits.h

struct Header
{
    uint32_t textBytes;
    uint32_t arguments;
    uint32_t variables;
};

struct Request
{
    Header header{};
    int fds[maxDescriptors] = {};
    int fdCount = 0;
    char *memory = nullptr; ///< The strings, then room for the pointers to them.
    size_t memorySize = 0;

    char *text() const { return memory + pointerBytes(); }
    char **pointers() const { return reinterpret_cast<char **>(memory); }
    size_t pointerBytes() const
    {
        return (size_t(header.arguments) + header.variables + 2)
               * sizeof(char *); // Each list ends with null.
    }
};

bool readAll(int fd, char *bytes, size_t count)
{
    while (count > 0) {
        const ssize_t got = read(fd, bytes, count);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        bytes += got;
        count -= size_t(got);
    }
    return true;
}

bool writeAll(int fd, const char *bytes, size_t count)
{
    while (count > 0) {
        const ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        bytes += sent;
        count -= size_t(sent);
    }
    return true;
}

void release(Request &request)
{
    for (int i = 0; i < request.fdCount; ++i)
        close(request.fds[i]);
    if (request.memory)
        munmap(request.memory, request.memorySize);
    request = Request();
}

/// The start of a request with its descriptors. False at the end of the stream.
bool receiveHeader(int socketFd, Request &request)
{
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof request.fds)] = {};
    iovec part{&request.header, sizeof request.header};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    ssize_t count = 0;
    do
        count = recvmsg(socketFd, &message, MSG_CMSG_CLOEXEC);
    while (count < 0 && errno == EINTR);
    if (count <= 0 || (message.msg_flags & MSG_CTRUNC) != 0)
        return false;
    const cmsghdr *rights = CMSG_FIRSTHDR(&message);
    if (rights && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS) {
        const size_t bytes = rights->cmsg_len - CMSG_LEN(0);
        memcpy(request.fds, CMSG_DATA(rights), bytes);
        request.fdCount = int(bytes / sizeof(int));
    }
    char *rest = reinterpret_cast<char *>(&request.header) + count;
    return readAll(socketFd, rest, sizeof request.header - size_t(count));
}

/// Reads the strings and sets the pointers to them.
bool receiveText(int socketFd, Request &request)
{
    const Header &header = request.header;
    if (header.textBytes > maxTextBytes || header.arguments == 0 || header.arguments > header.textBytes
        || header.variables > header.textBytes || request.fdCount < 2)
        return false;
    request.memorySize = request.pointerBytes() + header.textBytes;
    // Not from the heap: it goes back before the next copy is made, which shall be small.
    void *memory =
        mmap(nullptr, request.memorySize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    request.memory = static_cast<char *>(memory);
    if (!readAll(socketFd, request.text(), header.textBytes))
        return false;
    char *next = request.text();
    char *const end = next + header.textBytes;
    char **pointer = request.pointers();
    for (uint32_t i = 0; i < header.arguments + header.variables; ++i) {
        char *zero = next < end ? static_cast<char *>(memchr(next, 0, size_t(end - next))) : nullptr;
        if (!zero)
            return false;
        if (i == header.arguments)
            *pointer++ = nullptr;
        *pointer++ = next;
        next = zero + 1;
    }
    return next == end; // The memory is zero, so the last pointers are null.
}

/// In the copy: puts everything where program expects it.
int become(const Request &request, Program program)
{
    // What was received has higher numbers than where it goes, in the same order: nothing is overwritten
    // before it is moved.
    for (int i = 1; i < request.fdCount; ++i) {
        if (request.fds[i] <= i - 1 || dup2(request.fds[i], i - 1) < 0)
            return brokenRequest;
    }
    syscall(SYS_close_range, unsigned(request.fdCount - 1), ~0U, 0U);
    environ = request.pointers() + request.header.arguments + 1;
    return program(int(request.header.arguments), request.pointers());
}

/// The pid of the copy, 0 in the copy, or -errno.
int32_t makeCopy(const Request &request)
{
    if (fchdir(request.fds[0]) != 0)
        return -errno;
    const long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
    return pid < 0 ? -errno : int32_t(pid);
}

} // namespace

int serve(int socketFd, Program program)
{
    setsid(); // Away from the terminal of the engine.
    fcntl(socketFd, F_SETFD, FD_CLOEXEC);
    Request request;
    while (receiveHeader(socketFd, request) && receiveText(socketFd, request)) {
        const int32_t answer = makeCopy(request);
        if (answer == 0)
            return become(request, program);
        release(request);
        if (!writeAll(socketFd, reinterpret_cast<const char *>(&answer), sizeof answer))
            return 0;
        if (chdir("/") != 0)
            return 0;
    }
    return 0;
}

} // namespace exec_helper
