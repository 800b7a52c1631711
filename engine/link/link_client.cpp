#include "engine/link/link_client.h"

#include "engine/link/endpoint.h"
#include "engine/link/link_news.h"

using namespace Qt::StringLiterals;

namespace engine {

LinkClient::LinkClient(LinkHello self, LinkLimits limits)
    : m_self(std::move(self))
    , m_limits(limits)
    , m_silence(this)
{
    connect(&m_silence, &QTimer::timeout, this, &LinkClient::onSilence);
}

void LinkClient::start(Descriptor socket, std::function<void(const Result<LinkHello> &)> greeted)
{
    m_greeted = std::move(greeted);
    m_channel = std::make_unique<LineChannel>(std::move(socket), m_limits.maxAnswerBytes, nullptr);
    connect(m_channel.get(), &LineChannel::received, this, &LinkClient::receive);
    connect(m_channel.get(), &LineChannel::closed, this, [this] { lose(u"ended"_s); });
    connect(m_channel.get(), &LineChannel::overflowed, this,
            [this] { lose(u"sent a line that is too long"_s, ErrorCode::Internal); });
    m_silence.start(m_limits.greetingTime);
    m_channel->send(helloLine(m_self));
}

void LinkClient::receive(const QByteArray &line)
{
    if (m_lost)
        return;
    if (!m_isGreeted)
        return greet(line);
    m_isAsking = false;
    m_silence.start();
    const auto message = parseMessage(line, m_limits);
    if (!message)
        return lose(u"sent a line that cannot be read: "_s + message.error().toString(), ErrorCode::Internal);
    if (!message->signal.isEmpty())
        return receiveNews(*message);
    if (!message->id) {
        const bool hasError = message->error.has_value();
        return lose(u"ended the connection: "_s + (hasError ? message->error->message : u"no reason"_s),
                    hasError ? message->error->code : ErrorCode::Internal);
    }
    const Waiting waiting = m_waiting.take(*message->id);
    if (!waiting.done)
        return;
    if (message->error)
        waiting.done(*message->error);
    else
        waiting.done(message->result.value_or(QJsonValue::Null));
}

void LinkClient::greet(const QByteArray &line)
{
    const auto hello = parseHello(line, m_limits);
    if (!hello)
        return lose(u"sent a greeting that cannot be read: "_s + hello.error().toString(),
                    ErrorCode::Unsupported);
    m_owner = *hello;
    if (hello->protocol != linkProtocol)
        return lose(u"speaks version %1 of the link, this program version %2"_s.arg(hello->protocol)
                        .arg(linkProtocol),
                    ErrorCode::Unsupported);
    m_isGreeted = true;
    subscribe();
}

void LinkClient::subscribe()
{
    call(u"subscribe"_s, {}, {}, [this](const Result<QJsonValue> &answer) {
        if (!m_greeted)
            return;
        m_silence.start(m_limits.silence);
        std::exchange(m_greeted, {})(answer ? Result<LinkHello>(m_owner) : Result<LinkHello>(answer.error()));
    });
}

void LinkClient::receiveNews(const LinkMessage &message)
{
    if (message.signal == u"dropped"_s)
        return Q_EMIT dropped();
    const auto emission = readNews(message.signal, message.args);
    if (!emission)
        return lose(u"sent a signal that cannot be read: "_s + emission.error().toString(),
                    ErrorCode::Internal);
    Q_EMIT received(*emission);
}

void LinkClient::call(const QString &name, const QJsonObject &args, const QString &doubt, const Done &done)
{
    if (m_lost)
        return done(*m_lost);
    const LinkRequest request{++m_lastId, name, args};
    const auto line = requestLine(request);
    if (!line)
        return done(line.error());
    if (line->size() > m_limits.maxRequestBytes)
        return done(invalid(u"the request has %1 bytes; another process takes at most %2"_s.arg(line->size())
                                .arg(m_limits.maxRequestBytes)));
    m_waiting.insert(request.id, {doubt, done});
    m_channel->send(*line);
}

void LinkClient::stop()
{
    m_silence.stop();
    m_waiting.clear();
    m_greeted = {};
    m_channel.reset();
}

void LinkClient::onSilence()
{
    const auto seconds = [](std::chrono::milliseconds time) {
        return QString::number(double(time.count()) / 1000);
    };
    if (m_greeted)
        return lose(u"has not answered for %1 seconds"_s.arg(seconds(m_limits.greetingTime)),
                    ErrorCode::InUse);
    if (std::exchange(m_isAsking, true))
        return lose(u"has not answered for %1 seconds"_s.arg(seconds(2 * m_limits.silence)));
    call(u"info"_s, {}, {}, [](const Result<QJsonValue> &) {});
}

void LinkClient::lose(const QString &what, ErrorCode code)
{
    if (m_lost)
        return;
    m_silence.stop();
    m_channel->disconnect(this);
    m_channel->finish();
    const QString owner = m_owner.program.isEmpty() ? u"the process that owns the data directory"_s
                                                    : m_owner.toString() + u","_s;
    const QString told = u"%1 %2"_s.arg(owner, what);
    m_lost = Error{ErrorCode::Disconnected, told, {}, {}};
    if (m_greeted)
        std::exchange(m_greeted, {})(Error{code, told, {}, {}});
    for (const Waiting &waiting : std::exchange(m_waiting, {})) {
        if (waiting.doubt.isEmpty())
            waiting.done(*m_lost);
        else
            waiting.done(Error{ErrorCode::OutcomeUnknown, told + u"; "_s + waiting.doubt, {}, {}});
    }
    Q_EMIT lost(*m_lost);
}

} // namespace engine
