#pragma once

#include "engine/link/endpoint.h"
#include "engine/link/link_connection.h"
#include "engine/link/link_news.h"

#include <QHash>
#include <QSocketNotifier>

#include <atomic>

namespace engine {

/// Accepts connections of this user's processes and carries lines between them and a LinkServer.
///
/// Thread: the link's, unless said otherwise.
class LinkListener : public QObject
{
    Q_OBJECT
public:
    /// @param userId  whose processes are let in
    LinkListener(Descriptor socket, LinkHello self, LinkLimits limits, qint64 userId);

    void start();
    void stop(); ///< Ends every connection.

    void answer(quint64 connection, qint64 request, const LinkAnswer &answer);
    void publish(const QString &name, const LinkNewsMaker &maker);
    bool hasSubscribers() const { return m_subscribers > 0; } ///< Any thread.

Q_SIGNALS:
    void requested(quint64 connection, qint64 request, const engine::LinkInvocation &invocation);
    void connectionsChanged(int count);
    void strangerRefused(qint64 userId, qint64 processId);

private:
    void acceptAll();
    void admit(Descriptor socket);
    int admitted() const; ///< Those that are not being refused.

    const Descriptor m_socket;
    const LinkHello m_self;
    const LinkLimits m_limits;
    const qint64 m_userId;
    std::unique_ptr<QSocketNotifier> m_notifier;
    QHash<quint64, LinkConnection *> m_connections; ///< Children of this.
    quint64 m_lastConnection = 0;
    std::atomic<int> m_subscribers = 0;
};

} // namespace engine
