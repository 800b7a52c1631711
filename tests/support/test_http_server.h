#pragma once

#include <QHash>
#include <QPointer>
#include <QSslCertificate>
#include <QSslKey>
#include <QTcpServer>

#include <functional>

class QTcpSocket;

/// A small HTTP/1.1 server on 127.0.0.1 that says what a test tells it to, good or bad, byte by byte.
///
/// One answer a connection. Requests and answers are handled by the event loop of the test.
class TestHttpServer : public QTcpServer
{
    Q_OBJECT
public:
    struct Request
    {
        QByteArray method{};
        QByteArray target{};
        QHash<QByteArray, QByteArray> fields{}; ///< Names in lower case.
        QByteArray body{};
        QByteArray bytes{}; ///< All of it as it came.
    };

    /// What is sent, and what becomes of the connection then.
    struct Answer
    {
        enum End { Close, Hold, Reset };
        QByteArray bytes{};
        End end = Close;
    };

    explicit TestHttpServer(QObject *parent = nullptr);

    void useTls(const QSslCertificate &certificate, const QSslKey &key);
    /// Asked for each request; answers nothing and holds on while there is none.
    std::function<Answer(const Request &)> answer{};

    QString url(const QString &path = QStringLiteral("/")) const;
    QString place() const { return QStringLiteral("127.0.0.1:%1").arg(serverPort()); }
    const QList<Request> &requests() const { return m_requests; }
    int connections() const { return m_connections; } ///< All that ever came.
    int openConnections() const;
    void sendToAll(const QByteArray &bytes); ///< To connections that are held.
    void closeAll();

    static Answer ok(const QByteArray &body, const QByteArray &type = "text/plain");
    static Answer status(const QByteArray &statusAndReason, const QByteArray &body = {});
    static Answer json(const QByteArray &body) { return ok(body, "application/json"); }
    static Answer chunked(const QByteArrayList &chunks);
    static Answer redirect(const QString &location);
    static Answer silence() { return {{}, Answer::Hold}; }
    static Answer nothing() { return {{}, Answer::Close}; }

protected:
    void incomingConnection(qintptr handle) override;

private:
    void read(QTcpSocket *socket);

    QSslCertificate m_certificate;
    QSslKey m_key;
    QList<Request> m_requests;
    QList<QPointer<QTcpSocket>> m_sockets;
    int m_connections = 0;
};
