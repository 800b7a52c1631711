#pragma once

#include "engine/base/clock.h"
#include "engine/net/egress_check.h"
#include "engine/net/http_message.h"
#include "engine/net/http_response_parser.h"

#include <QSslConfiguration>
#include <QSslSocket>

#include <memory>
#include <variant>

namespace engine {

/// Why there is no answer.
struct HttpFailure
{
    enum Kind {
        Forbidden,   ///< Not on the egress list; nothing was sent.
        Unreachable, ///< No such host, nobody there, nobody whom TLS can prove; nothing was sent.
        Broken,      ///< The connection ended before the answer was whole.
        Malformed,   ///< The answer is not HTTP.
        TooLarge,
        TimedOut,
    };
    Kind kind = Unreachable;
    QString message{}; ///< One English sentence, no full stop; names the place.

    bool operator==(const HttpFailure &) const = default;
};

using HttpOutcome = std::variant<HttpResponse, HttpFailure>;

struct HttpOptions
{
    Egress egress{};
    std::chrono::milliseconds timeout = std::chrono::minutes(5); ///< For all of it, from start() on.
    HttpLimits limits{};
    /// Whom TLS trusts; the system's authorities unless a test says otherwise. The peer is always verified.
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
};

/// One request and its answer over a connection of its own. Sends it exactly once: never again after a broken
/// connection, and nowhere else after a redirect, which is an answer like any other. No cookies, no cache, no
/// proxy.
///
/// Not QNetworkAccessManager: that sends a request again, POST included, when the server closes the
/// connection without an answer, puts no limit on an answer's header, and connects to whatever the name
/// stands for before anybody can look at the address.
///
/// Destroying it ends it at once and without a word.
///
/// Thread: lives on the engine thread.
class HttpCall : public QObject
{
    Q_OBJECT
public:
    /// clock outlives the call.
    HttpCall(HttpRequest request, HttpOptions options, Clock &clock, QObject *parent = nullptr);
    ~HttpCall() override;

    void start();

Q_SIGNALS:
    /// Comes once, never from within start().
    void finished(const engine::HttpOutcome &outcome);

private:
    void resolve();
    void resolved(const QList<QHostAddress> &addresses);
    void connectToNext();
    void connectSignals();
    void send();
    void read();
    void socketFailed(QAbstractSocket::SocketError error);
    void connectionFailed(QAbstractSocket::SocketError error);
    void closed();
    void dropSocket();
    void finish(const HttpOutcome &outcome);
    void fail(HttpFailure::Kind kind, const QString &message);
    void finishParsed();

    const HttpRequest m_request;
    const HttpOptions m_options;
    Clock &m_clock;
    const QString m_place;
    QList<QHostAddress> m_addresses; ///< Not tried yet.
    std::unique_ptr<QSslSocket> m_socket;
    HttpResponseParser m_parser;
    bool m_isSent = false;
    bool m_isFinished = false;
};

} // namespace engine
