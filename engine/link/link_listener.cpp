#include "engine/link/link_listener.h"

#include <cerrno>
#include <sys/socket.h>

using namespace Qt::StringLiterals;

namespace engine {

LinkListener::LinkListener(Descriptor socket, LinkHello self, LinkLimits limits, qint64 userId)
    : m_socket(std::move(socket))
    , m_self(std::move(self))
    , m_limits(limits)
    , m_userId(userId)
{
}

void LinkListener::start()
{
    m_notifier = std::make_unique<QSocketNotifier>(m_socket.fd(), QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &LinkListener::acceptAll);
}

void LinkListener::stop()
{
    m_notifier.reset();
    m_connections.clear();
    // Also those that are gone and wait to be deleted: none of their timers may be left for another thread.
    qDeleteAll(findChildren<LinkConnection *>(Qt::FindDirectChildrenOnly));
    m_subscribers = 0;
}

void LinkListener::acceptAll()
{
    while (true) {
        Descriptor socket(::accept4(m_socket.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (socket.fd() >= 0) {
            admit(std::move(socket));
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) { // No descriptor is left: not again at once.
            m_notifier->setEnabled(false);
            QTimer::singleShot(std::chrono::seconds(1), m_notifier.get(),
                               [this] { m_notifier->setEnabled(true); });
        }
        return;
    }
}

int LinkListener::admitted() const
{
    return int(std::count_if(m_connections.begin(), m_connections.end(),
                             [](const LinkConnection *connection) { return !connection->isRefused(); }));
}

void LinkListener::admit(Descriptor socket)
{
    const auto peer = peerOf(socket.fd());
    if (!peer || peer->userId != m_userId) {
        Q_EMIT strangerRefused(peer ? peer->userId : -1, peer ? peer->processId : -1);
        return;
    }
    const int before = admitted();
    if (m_connections.size() >= 2 * m_limits.maxConnections)
        return; // So many wait for their last words already.
    auto *connection = new LinkConnection(std::move(socket), m_self, m_limits, this);
    const quint64 number = ++m_lastConnection;
    m_connections.insert(number, connection);
    connect(connection, &LinkConnection::gone, this, [this, number] {
        if (LinkConnection *ended = m_connections.take(number)) {
            m_subscribers -= ended->isSubscribed() ? 1 : 0;
            ended->disconnect(this);
            ended->deleteLater();
            Q_EMIT connectionsChanged(admitted());
        }
    });
    connect(connection, &LinkConnection::subscriptionChanged, this,
            [this, connection] { m_subscribers += connection->isSubscribed() ? 1 : -1; });
    connect(connection, &LinkConnection::requested, this,
            [this, number](qint64 request, const LinkInvocation &invocation) {
                Q_EMIT requested(number, request, invocation);
            });
    if (before >= m_limits.maxConnections)
        return connection->refuse({ErrorCode::Conflict,
                                   u"%1 processes are connected already, no more can be"_s.arg(before),
                                   {},
                                   {}});
    Q_EMIT connectionsChanged(admitted());
}

void LinkListener::answer(quint64 connection, qint64 request, const LinkAnswer &answer)
{
    if (LinkConnection *asked = m_connections.value(connection))
        asked->answer(request, answer);
}

void LinkListener::publish(const QString &name, const LinkNewsMaker &maker)
{
    if (!hasSubscribers())
        return;
    const auto line = newsLine(name, maker());
    if (!line) {
        qWarning("The signal %s was not sent: %s", qUtf8Printable(name),
                 qUtf8Printable(line.error().message));
        return;
    }
    for (LinkConnection *connection : std::as_const(m_connections))
        connection->publish(*line);
}

} // namespace engine
