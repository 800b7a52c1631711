#pragma once

#include "engine/link/endpoint.h"
#include "engine/link/link_calls.h"
#include "engine/link/link_protocol.h"

#include <QThread>

#include <memory>

namespace engine {

class LinkListener;

/// Lets other processes of this user use a RunService: those that cannot own the data directory because this
/// process does. Only processes of the same user are let in; one user is one domain of trust, so each call
/// names who acts.
///
/// Thread: lives where the service does. Sockets and JSON are on a thread of its own, so that neither makes
/// the service's thread wait; calls and values cross.
class LinkServer : public QObject
{
    Q_OBJECT
public:
    struct Settings
    {
        QString folder{};  ///< The data directory, which this process owns.
        QString version{}; ///< Of this program.
        LinkLimits limits{};
        qint64 userId = ownUserId(); ///< Whose processes are let in.
    };

    /// Listens until it is destroyed. service outlives it. Fails with Io.
    static Result<std::unique_ptr<LinkServer>> listen(RunService &service, const Settings &settings);
    ~LinkServer() override;

    int connections() const { return m_connections; } ///< How many processes are connected.

Q_SIGNALS:
    void connectionsChanged(int count);
    void strangerRefused(qint64 userId, qint64 processId); ///< Another user's process tried; -1: not known.

private:
    LinkServer(RunService &service, const Settings &settings, std::unique_ptr<LinkListener> listener);
    void invoke(quint64 connection, qint64 request, const LinkInvocation &invocation);

    RunService &m_service;
    const QString m_folder;
    const std::unique_ptr<LinkListener> m_listener; ///< Lives on m_thread.
    QThread m_thread;
    int m_connections = 0;
};

} // namespace engine
