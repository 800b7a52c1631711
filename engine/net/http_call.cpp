#include "engine/net/http_call.h"

#include "engine/base/duration.h"

#include <QHostInfo>
#include <QNetworkProxy>

using namespace Qt::StringLiterals;

namespace engine {

HttpCall::HttpCall(HttpRequest request, HttpOptions options, Clock &clock, QObject *parent)
    : QObject(parent)
    , m_request(std::move(request))
    , m_options(std::move(options))
    , m_clock(clock)
    , m_place(placeText(m_request.address))
    , m_parser(m_request.method == "HEAD", m_options.limits)
{
}

HttpCall::~HttpCall()
{
    if (m_socket)
        m_socket->disconnect(this); // Its end is not ours to tell any more.
}

void HttpCall::start()
{
    if (!mayReach(m_options.egress, m_request.address.host, m_request.address.port))
        return fail(HttpFailure::Forbidden, u"%1 is not on the egress list"_s.arg(m_place));
    m_clock.callAfter(m_options.timeout, this, [this] {
        fail(HttpFailure::TimedOut, u"timed out after %1"_s.arg(toWords(m_options.timeout)));
    });
    resolve();
}

void HttpCall::resolve()
{
    const QString &host = m_request.address.host;
    const QHostAddress literal(host);
    if (!literal.isNull()) // A look-up would ask for the name of the address instead.
        return resolved({literal});
    QHostInfo::lookupHost(host, this, [this, host](const QHostInfo &info) {
        if (m_isFinished)
            return;
        if (info.addresses().isEmpty())
            return fail(HttpFailure::Unreachable,
                        u"cannot find the host \"%1\": %2"_s.arg(host, info.errorString()));
        resolved(info.addresses());
    });
}

void HttpCall::resolved(const QList<QHostAddress> &addresses)
{
    const auto &[isTls, host, port, target] = m_request.address;
    for (const QHostAddress &address : addresses) {
        if (mayConnect(m_options.egress, host, address, port))
            m_addresses += address;
    }
    if (m_addresses.isEmpty())
        return fail(HttpFailure::Forbidden,
                    u"%1 leads to %2, which is not on the egress list"_s.arg(
                        m_place, toString(EgressRule{addresses.first().toString(), port})));
    connectToNext();
}

void HttpCall::connectToNext()
{
    const QHostAddress address = m_addresses.takeFirst();
    dropSocket();
    m_socket = std::make_unique<QSslSocket>();
    m_socket->setProxy(QNetworkProxy::NoProxy);
    m_socket->setReadBufferSize(64 * 1024); // What is not read yet stays with the sender.
    QSslConfiguration tls = m_options.tls;
    tls.setProtocol(QSsl::TlsV1_2OrLater);
    tls.setPeerVerifyMode(QSslSocket::VerifyPeer);
    m_socket->setSslConfiguration(tls);
    m_socket->setPeerVerifyName(m_request.address.host);
    connectSignals();
    m_socket->connectToHost(address, quint16(m_request.address.port));
}

void HttpCall::connectSignals()
{
    connect(m_socket.get(), &QSslSocket::connected, this, [this] {
        if (m_request.address.isTls)
            m_socket->startClientEncryption();
        else
            send();
    });
    connect(m_socket.get(), &QSslSocket::encrypted, this, &HttpCall::send);
    connect(m_socket.get(), &QSslSocket::readyRead, this, &HttpCall::read);
    connect(m_socket.get(), &QSslSocket::errorOccurred, this, &HttpCall::socketFailed);
    connect(m_socket.get(), &QSslSocket::disconnected, this, &HttpCall::closed);
}

void HttpCall::send()
{
    m_isSent = true;
    m_socket->write(requestBytes(m_request));
}

void HttpCall::read()
{
    if (!m_isSent || m_isFinished)
        return;
    while (!m_parser.isDone() && m_socket->bytesAvailable() > 0)
        m_parser.add(m_socket->readAll());
    if (m_parser.isDone())
        finishParsed();
}

void HttpCall::socketFailed(QAbstractSocket::SocketError error)
{
    if (m_isFinished)
        return;
    if (!m_isSent)
        return connectionFailed(error);
    read(); // What had arrived before it broke may be all.
    if (error == QAbstractSocket::RemoteHostClosedError)
        closed();
    else if (!m_isFinished)
        fail(HttpFailure::Broken, u"the connection to %1 broke: %2"_s.arg(m_place, m_socket->errorString()));
}

void HttpCall::connectionFailed(QAbstractSocket::SocketError error)
{
    const bool wasConnected = m_socket->mode() == QSslSocket::SslClientMode;
    if (!wasConnected && !m_addresses.isEmpty())
        return connectToNext();
    if (!wasConnected)
        return fail(HttpFailure::Unreachable,
                    u"cannot connect to %1: %2"_s.arg(m_place, m_socket->errorString()));
    const QList<QSslError> doubts = m_socket->sslHandshakeErrors();
    const QString why = !doubts.isEmpty()                                 ? doubts.first().errorString()
                        : error == QAbstractSocket::RemoteHostClosedError ? u"the connection was closed"_s
                                                                          : m_socket->errorString();
    fail(HttpFailure::Unreachable, u"TLS with %1 failed: %2"_s.arg(m_place, why));
}

void HttpCall::closed()
{
    if (m_isFinished || !m_isSent)
        return;
    read();
    if (m_isFinished)
        return;
    if (!m_parser.hasBegun())
        return fail(HttpFailure::Broken, u"%1 closed the connection without an answer"_s.arg(m_place));
    m_parser.end();
    if (m_parser.problem().isEmpty())
        finishParsed();
    else
        fail(HttpFailure::Broken, u"the answer of %1 %2"_s.arg(m_place, m_parser.problem()));
}

void HttpCall::finishParsed()
{
    if (m_parser.problem().isEmpty())
        return finish(m_parser.response());
    fail(m_parser.isTooLarge() ? HttpFailure::TooLarge : HttpFailure::Malformed,
         u"the answer of %1 %2"_s.arg(m_place, m_parser.problem()));
}

void HttpCall::fail(HttpFailure::Kind kind, const QString &message)
{
    finish(HttpFailure{kind, message});
}

void HttpCall::dropSocket()
{
    if (!m_socket)
        return;
    m_socket->disconnect(this);
    m_socket->abort();
    m_socket.release()->deleteLater(); // It may be the sender.
}

void HttpCall::finish(const HttpOutcome &outcome)
{
    if (std::exchange(m_isFinished, true))
        return;
    dropSocket();
    QMetaObject::invokeMethod(
        this, [this, outcome] { Q_EMIT finished(outcome); }, Qt::QueuedConnection);
}

} // namespace engine
