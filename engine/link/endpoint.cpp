#include "engine/link/endpoint.h"

#include <QFile>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

QString pathIn(const QString &folder)
{
    return folder + u"/link"_s;
}

Error ioError(const QString &what, int code)
{
    return {ErrorCode::Io, what + u": "_s + QString::fromLocal8Bit(std::strerror(code)), {}, {}};
}

/// An address, and the folder that it goes through when its path is too long for one.
struct Address
{
    sockaddr_un name{};
    Descriptor folder{};
};

Result<Address> addressIn(const QString &folder)
{
    Address address;
    address.name.sun_family = AF_UNIX;
    QByteArray path = QFile::encodeName(pathIn(folder));
    if (size_t(path.size()) >= sizeof address.name.sun_path) {
        address.folder =
            Descriptor(::open(QFile::encodeName(folder).constData(), O_DIRECTORY | O_RDONLY | O_CLOEXEC));
        if (address.folder.fd() < 0)
            return ioError(u"cannot open \"%1\""_s.arg(folder), errno);
        path = "/proc/self/fd/" + QByteArray::number(address.folder.fd()) + "/link";
    }
    std::memcpy(address.name.sun_path, path.constData(), size_t(path.size()));
    return address;
}

Result<Descriptor> newSocket()
{
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket.fd() < 0)
        return ioError(u"cannot make a socket"_s, errno);
    return socket;
}

} // namespace

Result<Descriptor> listenIn(const QString &folder)
{
    const auto address = addressIn(folder);
    if (!address)
        return address.error();
    auto socket = newSocket();
    if (!socket)
        return socket;
    removeEndpoint(folder);
    // The mode of the descriptor becomes that of the file, so that it never stands there open to others.
    const auto *name = reinterpret_cast<const sockaddr *>(&address->name);
    if (::fchmod(socket->fd(), S_IRUSR | S_IWUSR) != 0
        || ::bind(socket->fd(), name, sizeof address->name) != 0 || ::listen(socket->fd(), SOMAXCONN) != 0)
        return ioError(u"cannot listen at \"%1\""_s.arg(pathIn(folder)), errno);
    return socket;
}

void removeEndpoint(const QString &folder)
{
    ::unlink(QFile::encodeName(pathIn(folder)).constData());
}

Result<Descriptor> connectTo(const QString &folder)
{
    const auto address = addressIn(folder);
    if (!address)
        return address.error();
    auto socket = newSocket();
    if (!socket)
        return socket;
    const auto *name = reinterpret_cast<const sockaddr *>(&address->name);
    if (::connect(socket->fd(), name, sizeof address->name) == 0)
        return socket;
    const int why = errno;
    Error error = ioError(u"cannot connect to \"%1\""_s.arg(pathIn(folder)), why);
    if (why == ENOENT || why == ECONNREFUSED || why == EAGAIN)
        error.code = ErrorCode::Disconnected;
    return error;
}

Result<Peer> peerOf(int socket)
{
#ifdef SO_PEERCRED
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
        return Peer{qint64(peer.uid), qint64(peer.pid)};
#else
    uid_t user = 0;
    gid_t group = 0;
    if (::getpeereid(socket, &user, &group) == 0)
        return Peer{qint64(user), -1};
#endif
    return ioError(u"cannot see who is at the other end of a socket"_s, errno);
}

qint64 ownUserId()
{
    return qint64(::geteuid());
}

} // namespace engine
