#pragma once

#include "engine/base/result.h"

#include <QJsonObject>

#include <chrono>

/// What goes over the link between the process that owns a data directory and another of the same user: one
/// JSON object a line.
///
///     both first   {"hello": {"protocol": 5, "program": "taskrunner", "version": "0.1.0", "process": 4711}}
///     client       {"id": 1, "call": "cancel", "args": {"runId": "run_...", "by": "anna"}}
///     owner        {"id": 1, "result": ...}, {"id": 1, "error": {"code": "conflict", "message": "..."}}
///                  {"signal": "runChanged", "args": {...}}, after the call "subscribe"
///                  {"error": {...}}, then it closes the connection
///
/// The calls and signals are those of RunService, the values those of engine/api/form; see link_calls.h and
/// link_news.h. Besides there is the call "subscribe", and the signal "dropped": the client reads too slowly,
/// no further signal comes until it subscribes again.
namespace engine {

/// Counts up with every change of what goes over the link; both ends must have the same.
inline constexpr int linkProtocol = 5;

struct LinkLimits
{
    qsizetype maxRequestBytes = 1024 * 1024;
    qsizetype maxAnswerBytes = 256 * 1024 * 1024;
    int maxRequestDepth = 140; ///< Inputs may be nested 128 levels deep.
    int maxConnections = 32;
    int maxOutstanding = 16; ///< Requests of one connection that are being carried out; further ones wait.
    qint64 maxUnsentNews =
        4 * 1024 * 1024; ///< Bytes a client may be behind before its subscription is dropped.
    std::chrono::milliseconds greetingTime = std::chrono::seconds(10); ///< For the other end's hello.
    /// How long a client waits for any word before it asks whether the owner is there, and then for the
    /// answer.
    std::chrono::milliseconds silence = std::chrono::seconds(30);
};

/// How one end introduces itself.
struct LinkHello
{
    int protocol = linkProtocol;
    QString program{};
    QString version{};
    qint64 process = 0;

    QString toString() const; ///< "taskrunner 0.1.0, process 4711"
    bool operator==(const LinkHello &) const = default;
};

/// This process.
LinkHello ownHello(const QString &version);

struct LinkRequest
{
    qint64 id = 0;
    QString call{};
    QJsonObject args{};

    bool operator==(const LinkRequest &) const = default;
};

/// What a client receives after the hello: an answer (with an id), a signal, or an error of the connection.
struct LinkMessage
{
    std::optional<qint64> id{};
    std::optional<QJsonValue> result{};
    std::optional<Error> error{};
    QString signal{};
    QJsonObject args{};

    bool operator==(const LinkMessage &) const = default;
};

// Reading. Each fails with InvalidInput: what is no JSON, too deep, or has a member that is missing, unknown
// or of another type. A request's id is from 1.

Result<LinkHello> parseHello(QByteArrayView line, const LinkLimits &limits = {});
Result<LinkRequest> parseRequest(QByteArrayView line, const LinkLimits &limits = {});
Result<LinkMessage> parseMessage(QByteArrayView line, const LinkLimits &limits = {});

// Writing: one line, without its line feed. What holds values of others fails as canonicalJson() does.

QByteArray helloLine(const LinkHello &hello);
Result<QByteArray> requestLine(const LinkRequest &request);
Result<QByteArray> resultLine(qint64 id, const QJsonValue &result);
QByteArray errorLine(qint64 id, const Error &error); ///< id 0: of the connection.
Result<QByteArray> newsLine(const QString &signal, const QJsonObject &args);

} // namespace engine
