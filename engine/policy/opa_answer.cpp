#include "engine/policy/opa_answer.h"

#include "engine/base/json.h"

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr qsizetype maxDenials = 100;
constexpr qsizetype maxIdLength = 200;
constexpr qsizetype maxMessageLength = 4000;

QList<PolicyDenial> wrong(const QString &what)
{
    return {{u"wrong-answer"_s, u"the policy server's answer %1"_s.arg(what)}};
}

/// An error of the server; OPA says more in its body: {"code", "message"}.
QList<PolicyDenial> errorStatus(const HttpResponse &response)
{
    constexpr qsizetype most = 200;
    QString message = u"the policy server answers with status %1 %2"_s
                          .arg(QString::number(response.status), response.reason.left(most))
                          .trimmed();
    const auto body = parseJsonObject(response.body);
    if (const QString more = body ? body->value(u"message"_s).toString() : QString(); !more.isEmpty())
        message += u": "_s + more.left(most);
    return {{u"error-status"_s, message}};
}

QList<PolicyDenial> readDenials(const QJsonArray &list)
{
    if (list.size() > maxDenials)
        return wrong(u"has %1 denials; at most %2 are read"_s.arg(list.size()).arg(maxDenials));
    QList<PolicyDenial> denials;
    for (const QJsonValue &entry : list) {
        const QJsonValue id = entry[u"id"_s];
        const QJsonValue message = entry[u"message"_s];
        if (!id.isString() || id.toString().isEmpty() || !message.isString())
            return wrong(u"has a denial %1 that is not {\"id\", \"message\"}"_s.arg(denials.size()));
        if (id.toString().size() > maxIdLength || message.toString().size() > maxMessageLength)
            return wrong(u"has a denial %1 of more than %2 characters"_s.arg(denials.size())
                             .arg(id.toString().size() > maxIdLength ? maxIdLength : maxMessageLength));
        denials.append({id.toString(), message.toString()});
    }
    return denials;
}

QList<PolicyDenial> readResult(const QJsonValue &result)
{
    if (!result.isObject())
        return wrong(u"is no object of \"allow\" and \"denials\""_s);
    const QJsonValue allow = result[u"allow"_s];
    const QJsonValue denials = result[u"denials"_s];
    if (!allow.isBool())
        return wrong(u"has no \"allow\" that is true or false"_s);
    if (denials.isUndefined() && allow.toBool())
        return wrong(u"allows, but has no \"denials\""_s);
    if (!denials.isArray() && !denials.isUndefined())
        return wrong(u"has \"denials\" that are no array"_s);
    const QList<PolicyDenial> read = readDenials(denials.toArray());
    if (read.isEmpty() && !allow.toBool())
        return {{u"not-allowed"_s, u"the policy does not allow it and gives no reason"_s}};
    return read;
}

} // namespace

QByteArray opaQuestion(const QJsonObject &input, const QByteArray &plan, const QJsonObject &run)
{
    return R"({"input":{"input":)" + canonicalJsonOf(input) + R"(,"plan":)" + plan + R"(,"run":)"
           + canonicalJsonOf(run) + "}}";
}

QList<PolicyDenial> readOpaAnswer(const QString &path, const HttpResponse &response)
{
    if (response.status != 200)
        return errorStatus(response);
    const auto body = parseJsonObject(response.body);
    if (!body)
        return wrong(u"cannot be read: %1"_s.arg(body.error().toString()));
    if (!body->contains(u"result"_s))
        return {{u"undefined"_s, u"the policy server has no value for %1"_s.arg(path)}};
    return readResult(body->value(u"result"_s));
}

} // namespace engine
