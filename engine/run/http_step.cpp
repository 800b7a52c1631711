#include "engine/base/json.h"
#include "engine/run/attempt.h"

#include <algorithm>
#include <optional>

using namespace Qt::StringLiterals;

/// The module builtin:http: from the values of `with` to a request, and from the answer to outputs.
namespace engine {

namespace {

/// A value where only one text makes sense; nothing for arrays, objects and null.
std::optional<QString> textOf(const QJsonValue &value)
{
    switch (value.type()) {
    case QJsonValue::String: return value.toString();
    case QJsonValue::Double: return QString::fromLatin1(es6Number(value.toDouble()));
    case QJsonValue::Bool: return value.toBool() ? u"true"_s : u"false"_s;
    default: return {};
    }
}

Result<HttpFields> fieldsOf(const QJsonObject &headers)
{
    HttpFields fields;
    for (auto header = headers.begin(); header != headers.end(); ++header) {
        const auto text = textOf(header.value());
        if (!text)
            return invalid(
                u"header \"%1\" is not a text; use toJson() for arrays and objects"_s.arg(header.key()));
        const QByteArray value = text->toUtf8();
        if (!isFieldValue(value))
            return invalid(
                u"header \"%1\" holds a line end or another control character"_s.arg(header.key()));
        fields.append({header.key().toLatin1(), value});
    }
    return fields;
}

/// The body as it is sent, and its type for where the headers name none.
void setBody(HttpRequest &request, const QJsonValue &body)
{
    if (body.isNull() || body.isUndefined())
        return;
    request.body = body.isString() ? body.toString().toUtf8() : canonicalJsonOf(body);
    const bool isTyped = std::ranges::any_of(request.fields, [](const auto &field) {
        return field.first.compare("content-type", Qt::CaseInsensitive) == 0;
    });
    if (!isTyped)
        request.fields.emplaceBack("Content-Type",
                                   body.isString() ? "text/plain; charset=utf-8" : "application/json");
}

QString statusProblem(const HttpResponse &response, const QJsonValue &expected)
{
    constexpr qsizetype mostOfReason = 100;
    const QJsonArray list = expected.isArray()       ? expected.toArray()
                            : expected.isUndefined() ? QJsonArray()
                                                     : QJsonArray{expected};
    const bool isExpected =
        list.isEmpty() ? response.status >= 200 && response.status <= 299 : list.contains(response.status);
    if (isExpected)
        return {};
    QStringList words;
    for (const QJsonValue &status : list)
        words += QString::number(status.toInt());
    return u"unexpected status %1; expected %2"_s.arg(
        u"%1 %2"_s.arg(QString::number(response.status), response.reason.left(mostOfReason)).trimmed(),
        words.isEmpty() ? u"200 to 299"_s : words.join(u", "_s));
}

QJsonObject headersOf(const HttpResponse &response)
{
    QJsonObject headers;
    for (const auto &[name, value] : response.fields) {
        const QString key = QString::fromLatin1(name);
        const QString text = QString::fromUtf8(value);
        const QString separator = name == "set-cookie" ? u"\n"_s : u", "_s; // A cookie may hold commas.
        headers[key] = headers.contains(key) ? headers[key].toString() + separator + text : text;
    }
    return headers;
}

} // namespace

Result<HttpRequest> prepareRequest(const AttemptSpec &attempt)
{
    const QJsonObject &with = attempt.with;
    const auto address = parseHttpAddress(with.value(u"url"_s).toString());
    if (!address)
        return address.error();
    auto fields = fieldsOf(with.value(u"headers"_s).toObject());
    if (!fields)
        return fields.error();
    HttpRequest request;
    request.method = with.value(u"method"_s).toString(u"GET"_s).toLatin1();
    request.address = *address;
    request.fields = *std::move(fields);
    setBody(request, with.value(u"body"_s));
    return request;
}

Collected collectResponse(const AttemptSpec &attempt, const HttpResponse &response, Timestamp now)
{
    static const QString name = u"response"_s;
    Collected collected;
    if (isWantedArtifact(name, attempt.spec.artifacts))
        collected.problem = keepArtifact(
            collected, attempt, ArtifactStore(attempt.dataDir).addBytes(response.body), name, u"file"_s, now);
    const QString text = QString::fromUtf8(response.body);
    const bool isText = text.toUtf8() == response.body;
    collected.outputs = {{u"status"_s, response.status},
                         {u"headers"_s, headersOf(response)},
                         {u"body"_s, isText ? text : QString()}};
    if (collected.problem.isEmpty())
        collected.problem = statusProblem(response, attempt.with.value(u"expectStatus"_s));
    return collected;
}

} // namespace engine
