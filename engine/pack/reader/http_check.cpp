#include "engine/pack/http_address.h"
#include "engine/pack/reader/mapping_reader.h"
#include "engine/pack/reader/module_check.h"

#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace engine {

static void checkHeaders(const MappingReader &request, Problems &problems)
{
    static const QRegularExpression token(u"\\A[!#$%&'*+.^_`|~0-9A-Za-z-]+\\z"_s); // RFC 9110 section 5.6.2
    static const QStringList ours{u"connection"_s, u"content-length"_s, u"host"_s, u"transfer-encoding"_s};
    const auto headers = request.find(u"headers");
    if (!headers)
        return;
    if (headers->node->kind != YamlNode::Kind::Mapping)
        return expected(*headers, u"a mapping"_s, problems);
    checkSize(*headers, problems);
    UniqueNames names(u"header"_s);
    for (const YamlMember &member : headers->node->members) {
        const NodeAt value = headers->member(member);
        const QString name = member.name.toLower();
        if (!token.match(name).hasMatch())
            problems.addAt(
                member.mark, value.path,
                u"\"%1\" is not the name of a header; expected letters, digits and \"-\""_s.arg(member.name));
        else if (ours.contains(name))
            problems.addAt(member.mark, value.path,
                           u"header \"%1\" is set by the engine; expected another name"_s.arg(member.name));
        names.add(name, value, problems);
        const auto text = textOf(value, problems);
        if (text && (text->contains(u'\n') || text->contains(u'\r')))
            problems.add(value, u"header \"%1\" holds a line end; expected one line"_s.arg(member.name));
    }
}

static void checkStatus(const NodeAt &at, Problems &problems)
{
    const double status = at.node->kind == YamlNode::Kind::Number ? at.node->value.toDouble() : 0;
    if (status < 100 || status > 599 || status != int(status))
        expected(at, u"a status from 100 to 599"_s, problems);
}

static void checkExpectedStatus(const MappingReader &request, Problems &problems)
{
    const auto at = request.find(u"expectStatus");
    if (!at)
        return;
    if (at->node->kind != YamlNode::Kind::List)
        return checkStatus(*at, problems);
    if (at->node->items.empty())
        problems.add(*at, u"the list of statuses is empty; expected at least one"_s);
    request.forEach(u"expectStatus", [&problems](const NodeAt &item) { checkStatus(item, problems); });
}

void checkHttp(const NodeAt &with, Problems &problems)
{
    const MappingReader request(with, {u"method"_s, u"url"_s, u"headers"_s, u"body"_s, u"expectStatus"_s},
                                problems);
    const auto method =
        request.choice(u"method", {u"GET"_s, u"HEAD"_s, u"POST"_s, u"PUT"_s, u"PATCH"_s, u"DELETE"_s});
    request.requiredText(u"url");
    const auto url = literalText(request.find(u"url"));
    if (url && !url->trimmed().isEmpty()) {
        if (const auto address = parseHttpAddress(*url); !address)
            problems.add(*request.find(u"url"), address.error().message);
    }
    checkHeaders(request, problems);
    const QString effective = request.has(u"method") ? method.value_or(QString()) : u"GET"_s;
    if (const auto body = request.find(u"body"); body && (effective == "GET"_L1 || effective == "HEAD"_L1))
        problems.add(*body, u"a request of method %1 has no body; expected POST, PUT, PATCH or DELETE"_s.arg(
                                effective));
    checkExpectedStatus(request, problems);
}

} // namespace engine
