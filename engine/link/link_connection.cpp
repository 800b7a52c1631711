#include "engine/link/link_connection.h"

#include "engine/link/endpoint.h"

using namespace Qt::StringLiterals;

namespace engine {

/// While so many bytes of answers wait to be sent, no further request is read.
static constexpr qint64 maxUnsentAnswers = 8 * 1024 * 1024;

LinkConnection::LinkConnection(Descriptor socket, const LinkHello &self, const LinkLimits &limits,
                               QObject *parent)
    : QObject(parent)
    , m_limits(limits)
    , m_channel(std::move(socket), limits.maxRequestBytes, this)
    , m_patience(this)
{
    const auto end = [this] {
        if (!std::exchange(m_isGone, true))
            Q_EMIT gone();
    };
    connect(&m_channel, &LineChannel::received, this, &LinkConnection::receive);
    connect(&m_channel, &LineChannel::overflowed, this,
            [this] { refuse(invalid(u"a line is longer than %1 bytes"_s.arg(m_limits.maxRequestBytes))); });
    connect(&m_channel, &LineChannel::sentSome, this, &LinkConnection::holdWhenBehind);
    connect(&m_channel, &LineChannel::closed, this, end);
    connect(&m_patience, &QTimer::timeout, this, [this, end] {
        if (m_isRefused)
            return end();
        refuse(invalid(u"no hello came within %1 ms"_s.arg(m_limits.greetingTime.count())));
    });
    m_patience.start(limits.greetingTime);
    send(helloLine(self));
}

void LinkConnection::refuse(const Error &error)
{
    if (std::exchange(m_isRefused, true))
        return;
    setSubscribed(false);
    m_patience.start(m_limits.greetingTime);
    send(errorLine(0, error));
    m_channel.finish();
}

void LinkConnection::send(const QByteArray &line)
{
    m_channel.send(line);
}

void LinkConnection::receive(const QByteArray &line)
{
    if (!m_isGreeted)
        return greet(line);
    const auto request = parseRequest(line, m_limits);
    if (!request)
        return refuse(request.error());
    if (m_outstanding.contains(request->id))
        return refuse(invalid(u"request %1 is being carried out already"_s.arg(request->id)));
    if (request->call != u"subscribe"_s)
        return carryOut(*request);
    setSubscribed(true);
    answer(request->id, [] { return QJsonValue(true); });
}

void LinkConnection::greet(const QByteArray &line)
{
    const auto hello = parseHello(line, m_limits);
    if (!hello)
        return refuse(hello.error());
    if (hello->protocol != linkProtocol)
        return refuse({ErrorCode::Unsupported,
                       u"%1 speaks version %2 of the link, this process version %3"_s.arg(hello->toString())
                           .arg(hello->protocol)
                           .arg(linkProtocol),
                       {},
                       {}});
    m_isGreeted = true;
    m_patience.stop();
}

void LinkConnection::carryOut(const LinkRequest &request)
{
    const auto invocation = readLinkCall(request.call, request.args);
    if (!invocation)
        return send(errorLine(request.id, invocation.error()));
    m_outstanding.insert(request.id);
    holdWhenBehind();
    Q_EMIT requested(request.id, *invocation);
}

void LinkConnection::answer(qint64 request, const LinkAnswer &answer)
{
    m_outstanding.remove(request);
    if (m_isRefused)
        return;
    const Result<QJsonValue> result = answer();
    const Result<QByteArray> line =
        result ? resultLine(request, *result) : errorLine(request, result.error());
    if (!line)
        send(errorLine(request, {ErrorCode::Internal, line.error().message, {}, {}}));
    else if (line->size() > m_limits.maxAnswerBytes)
        send(errorLine(request,
                       {ErrorCode::Unsupported,
                        u"the answer has %1 bytes, at most %2 are sent to another process"_s.arg(line->size())
                            .arg(m_limits.maxAnswerBytes),
                        {},
                        {}}));
    else
        send(*line);
    holdWhenBehind();
}

void LinkConnection::publish(const QByteArray &line)
{
    if (!m_isSubscribed)
        return;
    if (m_channel.unsentBytes() + line.size() <= m_limits.maxUnsentNews)
        return send(line);
    setSubscribed(false);
    if (const auto last = newsLine(u"dropped"_s, {{u"unsentBytes"_s, m_channel.unsentBytes()}}))
        send(*last);
}

void LinkConnection::setSubscribed(bool isSubscribed)
{
    if (std::exchange(m_isSubscribed, isSubscribed) != isSubscribed)
        Q_EMIT subscriptionChanged();
}

void LinkConnection::holdWhenBehind()
{
    m_channel.hold(m_outstanding.size() >= m_limits.maxOutstanding
                   || m_channel.unsentBytes() > maxUnsentAnswers);
}

} // namespace engine
