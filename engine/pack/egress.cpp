#include "engine/pack/egress.h"

#include <QRegularExpression>
#include <QUrl>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

static Error notAHost(const QString &host)
{
    return invalid(
        u"\"%1\" is not a host; expected a name, an IP address or \"*.\" before a name of two labels or more"_s
            .arg(host));
}

Result<QString> normalHost(const QString &host)
{
    static const QRegularExpression name(
        u"\\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\\z"_s);
    static const QRegularExpression numeric(u"(\\A|\\.)(0x[0-9a-f]*|[0-9]+)\\z"_s); // Of an IPv4 address.
    const bool isWildcard = host.startsWith("*."_L1);
    QString rest = isWildcard ? host.sliced(2) : host;
    if (rest.startsWith(u'[') && rest.endsWith(u']'))
        rest = rest.sliced(1, rest.size() - 2);
    const bool isAddress6 = rest.contains(u':');
    if (rest.endsWith(u'.') && !isAddress6)
        rest.chop(1);
    QUrl url;
    url.setHost(rest, QUrl::StrictMode);
    const QString normal = url.isValid() ? url.host(QUrl::FullyEncoded).toLower() : QString();
    if (isAddress6) { // QUrl keeps the brackets of an address in its encoded form.
        const QString address = normal.startsWith(u'[') ? normal.sliced(1, normal.size() - 2) : normal;
        return isWildcard || !address.contains(u':') || address.contains(u'%') ? notAHost(host)
                                                                               : Result<QString>(address);
    }
    if (normal.size() > 253 || !name.match(normal).hasMatch())
        return notAHost(host);
    if (numeric.match(normal).hasMatch()) {
        static const QRegularExpression address4(
            u"\\A((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\\.|\\z)){4}\\z"_s);
        return isWildcard || !address4.match(normal).hasMatch() || normal.endsWith(u'.')
                   ? notAHost(host)
                   : Result<QString>(normal);
    }
    if (isWildcard && !normal.contains(u'.'))
        return notAHost(host);
    return isWildcard ? u"*."_s + normal : normal;
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

} // namespace engine
