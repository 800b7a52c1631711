#include "engine/link/link_server.h"

#include "engine/link/link_listener.h"

namespace engine {

Result<std::unique_ptr<LinkServer>> LinkServer::listen(RunService &service, const Settings &settings)
{
    auto socket = listenIn(settings.folder);
    if (!socket)
        return socket.error();
    auto listener = std::make_unique<LinkListener>(*std::move(socket), ownHello(settings.version),
                                                   settings.limits, settings.userId);
    return std::unique_ptr<LinkServer>(new LinkServer(service, settings, std::move(listener)));
}

LinkServer::LinkServer(RunService &service, const Settings &settings, std::unique_ptr<LinkListener> listener)
    : m_service(service)
    , m_folder(settings.folder)
    , m_listener(std::move(listener))
{
    LinkListener *const link = m_listener.get();
    connect(link, &LinkListener::requested, this, &LinkServer::invoke);
    connect(link, &LinkListener::strangerRefused, this, &LinkServer::strangerRefused);
    connect(link, &LinkListener::connectionsChanged, this, [this](int count) {
        m_connections = count;
        Q_EMIT connectionsChanged(count);
    });
    connectNews(service, this, [link](const QString &name, LinkNewsMaker maker) {
        if (link->hasSubscribers())
            QMetaObject::invokeMethod(link,
                                      [link, name, maker = std::move(maker)] { link->publish(name, maker); });
    });
    m_thread.setObjectName(QStringLiteral("link"));
    m_thread.start();
    link->moveToThread(&m_thread);
    QMetaObject::invokeMethod(link, &LinkListener::start);
}

LinkServer::~LinkServer()
{
    removeEndpoint(m_folder); // First: who comes now finds nobody and becomes the owner soon.
    QMetaObject::invokeMethod(
        m_listener.get(),
        [this] {
            m_listener->stop();
            m_listener->moveToThread(nullptr);
        },
        Qt::BlockingQueuedConnection);
    m_thread.quit();
    m_thread.wait();
}

void LinkServer::invoke(quint64 connection, qint64 request, const LinkInvocation &invocation)
{
    invocation(m_service, this, [link = m_listener.get(), connection, request](const LinkAnswer &answer) {
        QMetaObject::invokeMethod(
            link, [link, connection, request, answer] { link->answer(connection, request, answer); });
    });
}

} // namespace engine
