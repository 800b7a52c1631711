#include "tests/support/test_http_server.h"

#include <QSslSocket>

using namespace Qt::StringLiterals;

TestHttpServer::TestHttpServer(QObject *parent)
    : QTcpServer(parent)
{
    if (!listen(QHostAddress::LocalHost))
        qFatal("The server of the test cannot listen: %s", qPrintable(errorString()));
}

void TestHttpServer::useTls(const QSslCertificate &certificate, const QSslKey &key)
{
    m_certificate = certificate;
    m_key = key;
}

QString TestHttpServer::url(const QString &path) const
{
    return (m_key.isNull() ? u"http://"_s : u"https://"_s) + place() + path;
}

void TestHttpServer::incomingConnection(qintptr handle)
{
    ++m_connections;
    auto *socket = new QSslSocket(this);
    socket->setSocketDescriptor(handle);
    connect(socket, &QSslSocket::readyRead, this, [this, socket] { read(socket); });
    connect(socket, &QSslSocket::disconnected, socket, &QObject::deleteLater);
    m_sockets += socket;
    if (m_key.isNull())
        return;
    socket->setLocalCertificate(m_certificate);
    socket->setPrivateKey(m_key);
    socket->startServerEncryption();
}

void TestHttpServer::read(QTcpSocket *socket)
{
    const QByteArray bytes = socket->peek(64 * 1024 * 1024);
    const qsizetype head = bytes.indexOf("\r\n\r\n");
    if (head < 0)
        return;
    Request request;
    const QByteArrayList lines = bytes.first(head).split('\n');
    request.method = lines.first().split(' ').value(0);
    request.target = lines.first().split(' ').value(1);
    for (const QByteArray &line : lines.sliced(1))
        request.fields.insert(line.split(':').first().toLower(),
                              line.sliced(line.indexOf(':') + 1).trimmed());
    const qsizetype length = request.fields.value("content-length").toLongLong();
    if (bytes.size() < head + 4 + length)
        return;
    request.body = bytes.sliced(head + 4, length);
    request.bytes = socket->readAll();
    m_requests += request;
    const Answer reply = answer ? answer(request) : silence();
    socket->write(reply.bytes);
    if (reply.end == Answer::Close) {
        socket->disconnectFromHost(); // After the last byte.
    } else if (reply.end == Answer::Reset) {
        socket->flush();
        socket->abort();
    }
}

int TestHttpServer::openConnections() const
{
    int open = 0;
    for (const auto &socket : m_sockets)
        open += socket && socket->state() == QAbstractSocket::ConnectedState ? 1 : 0;
    return open;
}

void TestHttpServer::sendToAll(const QByteArray &bytes)
{
    for (const auto &socket : std::as_const(m_sockets)) {
        if (socket)
            socket->write(bytes);
    }
}

void TestHttpServer::closeAll()
{
    for (const auto &socket : std::as_const(m_sockets)) {
        if (socket)
            socket->disconnectFromHost();
    }
}

TestHttpServer::Answer TestHttpServer::ok(const QByteArray &body, const QByteArray &type)
{
    return {"HTTP/1.1 200 OK\r\nContent-Type: " + type
            + "\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body};
}

TestHttpServer::Answer TestHttpServer::status(const QByteArray &statusAndReason, const QByteArray &body)
{
    return {"HTTP/1.1 " + statusAndReason + "\r\nContent-Length: " + QByteArray::number(body.size())
            + "\r\n\r\n" + body};
}

TestHttpServer::Answer TestHttpServer::chunked(const QByteArrayList &chunks)
{
    QByteArray bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const QByteArray &chunk : chunks)
        bytes += QByteArray::number(chunk.size(), 16) + "\r\n" + chunk + "\r\n";
    return {bytes + "0\r\n\r\n"};
}

TestHttpServer::Answer TestHttpServer::redirect(const QString &location)
{
    return {"HTTP/1.1 302 Found\r\nLocation: " + location.toLatin1() + "\r\nContent-Length: 0\r\n\r\n"};
}
