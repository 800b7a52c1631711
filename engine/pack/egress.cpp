#include "engine/pack/egress.h"

#include <QRegularExpression>
#include <QUrl>

#include <algorithm>
#include <optional>

using namespace Qt::StringLiterals;

namespace engine {

static Error notAHost(const QString &host)
{
    return invalid(
        u"\"%1\" is not a host; expected a name, an IP address or \"*.\" before a name of two labels or more"_s
            .arg(host));
}

/// The address in the shortest form of RFC 5952; nothing for what is none or names a zone.
static std::optional<QString> normalAddress6(QString text)
{
    static const QRegularExpression form(u"\\A[0-9A-Fa-f:.]+\\z"_s);
    if (text.startsWith(u'[') && text.endsWith(u']'))
        text = text.sliced(1, text.size() - 2);
    if (!form.match(text).hasMatch())
        return {};
    QUrl url;
    url.setHost(text, QUrl::StrictMode);
    const QString normal = url.host(QUrl::FullyEncoded);
    return normal.contains(u':') ? std::optional(normal) : std::nullopt;
}

/// Whether text is an IPv4 address or, by its last part, would be taken for one.
static bool endsInNumber(const QString &text)
{
    static const QRegularExpression form(u"(\\A|\\.)(0[xX][0-9A-Fa-f]*|[0-9]+)\\z"_s);
    return form.match(text).hasMatch();
}

static bool isAddress4(const QString &text)
{
    static const QRegularExpression form(
        u"\\A((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\\.(?=[0-9])|\\z)){4}\\z"_s);
    return form.match(text).hasMatch();
}

/// A name in lower case and A-labels, or an IPv4 address of four decimal numbers.
static std::optional<QString> normalName(QString text)
{
    static const QRegularExpression form(
        u"\\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\\z"_s);
    if (text.endsWith(u'.'))
        text.chop(1);
    // Before QUrl sees them, which reads 010.0.0.1 as 8.0.0.1 and 1.2.3 as 1.2.0.3, and takes the brackets of
    // a name away.
    if ((endsInNumber(text) && !isAddress4(text)) || text.startsWith(u'['))
        return {};
    QUrl url;
    url.setHost(text, QUrl::StrictMode);
    const QString normal = url.host(QUrl::FullyEncoded).toLower();
    // A name that becomes an address was written in digits of another script.
    if (normal.size() > 253 || !form.match(normal).hasMatch() || (endsInNumber(normal) && normal != text))
        return {};
    return normal;
}

Result<QString> normalHost(const QString &host)
{
    const bool isWildcard = host.startsWith("*."_L1);
    const QString rest = isWildcard ? host.sliced(2) : host;
    const auto normal = rest.contains(u':') ? normalAddress6(rest) : normalName(rest);
    if (!normal)
        return notAHost(host);
    if (!isWildcard)
        return *normal;
    const bool isName = !normal->contains(u':') && !isAddress4(*normal);
    return isName && normal->contains(u'.') ? Result<QString>(u"*."_s + *normal) : notAHost(host);
}

QString toString(const EgressRule &rule)
{
    const QString host = rule.host.contains(u':') ? u'[' + rule.host + u']' : rule.host;
    return u"%1:%2"_s.arg(host).arg(rule.port);
}

bool isAllowed(const QList<EgressRule> &rules, const QString &host, int port)
{
    const auto normal = normalHost(host);
    if (!normal || normal->startsWith(u'*'))
        return false;
    return std::any_of(rules.begin(), rules.end(), [&](const EgressRule &rule) {
        if (rule.port != port)
            return false;
        return rule.host.startsWith("*."_L1) ? normal->endsWith(QStringView(rule.host).sliced(1))
                                             : *normal == rule.host;
    });
}

bool hasEgressList(const SandboxSpec &sandbox)
{
    return sandbox.mode == SandboxMode::Sealed || !sandbox.egress.isEmpty();
}

} // namespace engine
