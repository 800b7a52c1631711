#include "engine/link/link_protocol.h"

#include "engine/api/form/forms.h"
#include "engine/base/json.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace engine {

namespace form {

template<>
struct Form<LinkHello>
{
    static constexpr auto members =
        std::tuple(member(u"protocol", &LinkHello::protocol), member(u"program", &LinkHello::program),
                   member(u"version", &LinkHello::version), member(u"process", &LinkHello::process));
};

template<>
struct Form<LinkRequest>
{
    static constexpr auto members =
        std::tuple(member(u"id", &LinkRequest::id), member(u"call", &LinkRequest::call),
                   member(u"args", &LinkRequest::args));
};

template<>
struct Form<LinkMessage>
{
    static constexpr auto members =
        std::tuple(optional(u"id", &LinkMessage::id), optional(u"result", &LinkMessage::result),
                   optional(u"error", &LinkMessage::error), optional(u"signal", &LinkMessage::signal),
                   optional(u"args", &LinkMessage::args));
};

} // namespace form

namespace {

Result<QJsonObject> parseLine(QByteArrayView line, const JsonLimits &limits)
{
    const auto json = parseJsonObject(line, {}, limits);
    if (json)
        return json;
    const Error &error = json.error();
    return invalid(u"the line is not a JSON object as expected: %1 at byte %2"_s.arg(error.message)
                       .arg(error.where.column));
}

Result<QJsonObject> parseShortLine(QByteArrayView line, const LinkLimits &limits)
{
    return parseLine(line, {.maxBytes = limits.maxRequestBytes, .maxDepth = limits.maxRequestDepth});
}

} // namespace

QString LinkHello::toString() const
{
    return u"%1 %2, process %3"_s.arg(program, version).arg(process);
}

LinkHello ownHello(const QString &version)
{
    return {linkProtocol, QCoreApplication::applicationName(), version, QCoreApplication::applicationPid()};
}

Result<LinkHello> parseHello(QByteArrayView line, const LinkLimits &limits)
{
    const auto json = parseShortLine(line, limits);
    if (!json)
        return json.error();
    if (json->size() != 1 || !json->contains(u"hello"_s))
        return invalid(u"expected {\"hello\": ...} first"_s);
    const QJsonObject hello = json->value(u"hello"_s).toObject();
    // Another version may say more of itself than this one knows.
    if (const QJsonValue protocol = hello.value(u"protocol"_s);
        protocol.isDouble() && protocol.toDouble() != linkProtocol) {
        LinkHello other;
        other.protocol = protocol.toInt();
        other.program = hello.value(u"program"_s).toString();
        other.version = hello.value(u"version"_s).toString();
        other.process = hello.value(u"process"_s).toInteger();
        return other;
    }
    return fromJson<LinkHello>(hello);
}

Result<LinkRequest> parseRequest(QByteArrayView line, const LinkLimits &limits)
{
    const auto json = parseShortLine(line, limits);
    if (!json)
        return json.error();
    auto request = fromJson<LinkRequest>(*json);
    if (request && request->id < 1)
        return invalid(u"a request needs an \"id\" from 1"_s);
    return request;
}

Result<LinkMessage> parseMessage(QByteArrayView line, const LinkLimits &limits)
{
    constexpr int maxDepth = 256;               // Values of runs are nested 128 levels at most.
    constexpr qsizetype maxNodes = 100'000'000; // The bytes are the limit.
    const auto json = parseLine(line, {limits.maxAnswerBytes, maxDepth, maxNodes});
    if (!json)
        return json.error();
    return fromJson<LinkMessage>(*json);
}

QByteArray helloLine(const LinkHello &hello)
{
    return canonicalJsonOf(QJsonObject{{u"hello"_s, form::write(hello)}});
}

Result<QByteArray> requestLine(const LinkRequest &request)
{
    return canonicalJson(form::write(request));
}

Result<QByteArray> resultLine(qint64 id, const QJsonValue &result)
{
    return canonicalJson(QJsonObject{{u"id"_s, id}, {u"result"_s, result}});
}

QByteArray errorLine(qint64 id, const Error &error)
{
    QJsonObject json{{u"error"_s, form::write(error)}};
    if (id > 0)
        json.insert(u"id"_s, id);
    return canonicalJsonOf(json);
}

Result<QByteArray> newsLine(const QString &signal, const QJsonObject &args)
{
    return canonicalJson(QJsonObject{{u"signal"_s, signal}, {u"args"_s, args}});
}

} // namespace engine
