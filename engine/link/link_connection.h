#pragma once

#include "engine/link/line_channel.h"
#include "engine/link/link_calls.h"
#include "engine/link/link_protocol.h"

#include <QSet>
#include <QTimer>

namespace engine {

/// The owner's end of one connection: reads requests, lets them be carried out and sends answers and news.
///
/// What is wrong with a call is its answer. What is no request at all, or comes before the hello, ends the
/// connection with an error. A client that is behind is given no further request to wait for, and no further
/// news.
///
/// Thread: the link's.
class LinkConnection : public QObject
{
    Q_OBJECT
public:
    LinkConnection(Descriptor socket, const LinkHello &self, const LinkLimits &limits, QObject *parent);

    void refuse(const Error &error); ///< Says why and ends the connection.
    bool isRefused() const { return m_isRefused; }
    bool isSubscribed() const { return m_isSubscribed; }

    void answer(qint64 request, const LinkAnswer &answer);
    void publish(const QByteArray &newsLine); ///< Only to a subscriber.

Q_SIGNALS:
    void requested(qint64 request, const engine::LinkInvocation &invocation);
    void subscriptionChanged();
    void gone(); ///< Comes once, then it may be deleted.

private:
    void receive(const QByteArray &line);
    void greet(const QByteArray &line);
    void carryOut(const LinkRequest &request);
    void send(const QByteArray &line);
    void setSubscribed(bool isSubscribed);
    void holdWhenBehind();

    const LinkLimits m_limits;
    LineChannel m_channel;
    QTimer m_patience; ///< For the hello, then for the last words of a connection that is refused.
    QSet<qint64> m_outstanding;
    bool m_isGreeted = false;
    bool m_isRefused = false;
    bool m_isSubscribed = false;
    bool m_isGone = false;
};

} // namespace engine
