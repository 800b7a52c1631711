#include "engine/run/exec_server.h"

#include <QFile>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr int socketInServer = 3;
constexpr qsizetype maxDescriptors = 16; // As in the server.

QString systemWords(int error)
{
    return QString::fromLocal8Bit(std::strerror(error));
}

Error serverTrouble(const QByteArray &program, int error)
{
    return Error{ErrorCode::Io,
                 u"cannot start \"%1\": %2"_s.arg(QFile::decodeName(program), systemWords(error)),
                 {},
                 {}};
}

Error serverEnded(const QByteArray &program)
{
    return Error{ErrorCode::Disconnected,
                 u"\"%1\" ended instead of starting a process"_s.arg(QFile::decodeName(program)),
                 {},
                 {}};
}

/// The numbers and strings of a request.
QByteArray requestText(const QByteArray &program, const QList<QByteArray> &arguments,
                       const QList<QByteArray> &environment)
{
    std::array<quint32, 3> header{0, quint32(arguments.size() + 1), quint32(environment.size())};
    QByteArray text(sizeof header, Qt::Uninitialized);
    const auto add = [&text](const QByteArray &string) {
        text.append(string.constData(), string.size() + 1);
    };
    add(program);
    for (const QByteArray &argument : arguments)
        add(argument);
    for (const QByteArray &variable : environment)
        add(variable);
    header[0] = quint32(text.size() - qsizetype(sizeof header));
    std::memcpy(text.data(), header.data(), sizeof header);
    return text;
}

/// Sends descriptors with the first bytes of text. How many bytes went, or -1.
ssize_t sendWithDescriptors(int socket, const QByteArray &text, const QList<int> &descriptors)
{
    alignas(cmsghdr) std::array<char, CMSG_SPACE(maxDescriptors * sizeof(int))> control{};
    iovec part{const_cast<char *>(text.constData()), size_t(text.size())};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(size_t(descriptors.size()) * sizeof(int));
    cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(size_t(descriptors.size()) * sizeof(int));
    std::memcpy(CMSG_DATA(rights), descriptors.constData(), size_t(descriptors.size()) * sizeof(int));
    ssize_t count = 0;
    do
        count = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    while (count < 0 && errno == EINTR);
    return count;
}

bool sendAll(int socket, QByteArrayView bytes)
{
    while (!bytes.isEmpty()) {
        const ssize_t count = ::send(socket, bytes.data(), size_t(bytes.size()), MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        bytes = bytes.sliced(count);
    }
    return true;
}

bool receiveAnswer(int socket, qint32 &answer)
{
    ssize_t count = 0;
    do
        count = ::recv(socket, &answer, sizeof answer, MSG_WAITALL);
    while (count < 0 && errno == EINTR);
    return count == ssize_t(sizeof answer);
}

} // namespace

ExecServer::ExecServer(QByteArray program)
    : m_program(std::move(program))
{
}

ExecServer::~ExecServer()
{
    end();
}

void ExecServer::end()
{
    m_socket.reset(); // It ends when nobody can ask any more.
    while (m_pid > 0 && ::waitpid(m_pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    m_pid = 0;
}

Result<> ExecServer::start()
{
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return serverTrouble(m_program, errno);
    Descriptor mine(ends[0]);
    // Above the numbers that it is put on.
    const Descriptor lower(ends[1]);
    const Descriptor its(::fcntl(lower.fd(), F_DUPFD_CLOEXEC, socketInServer + 1));
    if (!its.isOpen())
        return serverTrouble(m_program, errno);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (int fd = 0; fd < socketInServer; ++fd) // It must not hold what this program has there.
        posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&actions, its.fd(), socketInServer);
    posix_spawn_file_actions_addclosefrom_np(&actions, socketInServer + 1);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    QByteArray program = m_program;
    QByteArray option = "--serve"_ba;
    QByteArray number = QByteArray::number(socketInServer);
    char *const arguments[] = {program.data(), option.data(), number.data(), nullptr};
    char *const environment[] = {nullptr};
    pid_t pid = 0;
    const int error =
        ::posix_spawn(&pid, m_program.constData(), &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0)
        return serverTrouble(m_program, error);
    m_pid = pid; // Not written by a spawn that failed: its pid is one that has been reaped.
    m_socket = std::move(mine);
    return {};
}

bool ExecServer::send(const QByteArray &text, const QList<int> &descriptors)
{
    const ssize_t sent = sendWithDescriptors(m_socket.fd(), text, descriptors);
    return sent >= 0 && sendAll(m_socket.fd(), QByteArrayView(text).sliced(sent));
}

Result<pid_t> ExecServer::makeCopy(const QList<QByteArray> &arguments, const QList<QByteArray> &environment,
                                   const Descriptor &folder, const QList<int> &descriptors)
{
    Q_ASSERT(descriptors.size() < maxDescriptors);
    const QByteArray text = requestText(m_program, arguments, environment);
    const QList<int> sent = QList{folder.fd()} + descriptors;
    if (!m_socket.isOpen() || !send(text, sent)) { // It was killed: it never ends by itself.
        end();
        if (const auto started = start(); !started)
            return started.error();
        if (!send(text, sent))
            return serverEnded(m_program);
    }
    qint32 answer = 0;
    if (!receiveAnswer(m_socket.fd(), answer))
        return serverEnded(m_program);
    if (answer <= 0)
        return serverTrouble(m_program, -answer);
    return pid_t(answer);
}

} // namespace engine
