#pragma once

#include "engine/link/line_channel.h"
#include "engine/link/link_protocol.h"

#include <QHash>
#include <QTimer>

#include <functional>
#include <memory>

namespace engine {

class RunService;
class Descriptor;

/// The client's end of a connection: sends calls, hands out answers and news.
///
/// When the owner ends, stops answering or sends what cannot be read, every call that waits ends with an
/// error: OutcomeUnknown for one that may have changed something, else Disconnected; and so does every later
/// call, with Disconnected.
///
/// Thread: the link's.
class LinkClient : public QObject
{
    Q_OBJECT
public:
    using Done = std::function<void(const Result<QJsonValue> &)>;
    using Emission = std::function<void(RunService &)>;

    LinkClient(LinkHello self, LinkLimits limits);

    /// Exchanges hellos and subscribes. Calls greeted once, with the owner's hello; or with InUse when the
    /// owner does not answer in time, Disconnected when it ended, Unsupported when it speaks another version,
    /// or what it says.
    void start(Descriptor socket, std::function<void(const Result<LinkHello> &)> greeted);
    /// @param doubt  what is not known when the answer is lost: "it is not known whether ..."; empty for a
    /// call that
    ///               changes nothing
    void call(const QString &name, const QJsonObject &args, const QString &doubt, const Done &done);
    void subscribe(); ///< Again, after dropped().
    void stop();      ///< Ends the connection; calls that wait are forgotten.

Q_SIGNALS:
    void received(const std::function<void(engine::RunService &)> &emission);
    void dropped(); ///< News were missed.
    void lost(const engine::Error &error);

private:
    struct Waiting
    {
        QString doubt{};
        Done done{};
    };

    void receive(const QByteArray &line);
    void greet(const QByteArray &line);
    void receiveNews(const LinkMessage &message);
    void lose(const QString &what, ErrorCode code = ErrorCode::Disconnected);
    void onSilence();

    const LinkHello m_self;
    const LinkLimits m_limits;
    std::unique_ptr<LineChannel> m_channel;
    std::function<void(const Result<LinkHello> &)> m_greeted; ///< Empty once it was called.
    LinkHello m_owner;
    bool m_isGreeted = false;
    std::optional<Error> m_lost;
    QHash<qint64, Waiting> m_waiting;
    qint64 m_lastId = 0;
    QTimer m_silence;
    bool m_isAsking = false; ///< Whether the owner is still there.
};

} // namespace engine
