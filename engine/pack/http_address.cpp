#include "engine/pack/http_address.h"

#include "engine/pack/egress.h"

#include <QRegularExpression>
#include <QUrl>

using namespace Qt::StringLiterals;

namespace engine {

/// What stands between "//" and the path: "user@host:port".
static QString authorityOf(const QString &url)
{
    static const QRegularExpression form(u"\\A[A-Za-z]+://([^/?#]*)"_s);
    return form.match(url).captured(1);
}

/// Of an authority without a user, as written; QUrl would rewrite 127.1 to 127.0.0.1.
static QString hostIn(const QString &authority)
{
    return authority.startsWith(u'[') ? authority.first(authority.indexOf(u']') + 1)
                                      : authority.section(u':', 0, 0);
}

Result<HttpAddress> parseHttpAddress(const QString &text)
{
    if (text.size() > HttpAddress::MaxLength)
        return invalid(u"an address has at most %1 characters, this one has %2"_s.arg(HttpAddress::MaxLength)
                           .arg(text.size()));
    const QUrl url(text, QUrl::StrictMode);
    const QString authority = authorityOf(text);
    if (authority.contains(u'@')) // Not repeated in the message: it may hold a password.
        return invalid(u"an address holds no user or password; put them in \"headers\""_s);
    if (!url.isValid() || (url.scheme() != "http"_L1 && url.scheme() != "https"_L1) || url.host().isEmpty())
        return invalid(
            u"\"%1\" is not an address of http or https; expected one such as https://example.org/path"_s.arg(
                text));
    if (url.hasFragment())
        return invalid(
            u"an address holds no fragment \"#%1\", for no request sends it"_s.arg(url.fragment()));
    if (url.port() == 0)
        return invalid(u"\"%1\" names port 0; expected one from 1 to 65535"_s.arg(text));
    const auto host = normalHost(hostIn(authority));
    if (!host)
        return host.error();
    HttpAddress address;
    address.isTls = url.scheme() == "https"_L1;
    address.host = *host;
    address.port = url.port(address.isTls ? 443 : 80);
    address.target = url.path(QUrl::FullyEncoded).toLatin1();
    if (address.target.isEmpty())
        address.target = "/";
    if (url.hasQuery())
        address.target += '?' + url.query(QUrl::FullyEncoded).toLatin1();
    return address;
}

QString placeText(const HttpAddress &address)
{
    return toString(EgressRule{address.host, address.port});
}

QString displayText(const HttpAddress &address)
{
    const bool isUsual = address.port == (address.isTls ? 443 : 80);
    QString place = placeText(address);
    if (isUsual)
        place.chop(place.size() - place.lastIndexOf(u':'));
    const QString target = QString::fromLatin1(address.target);
    const QString shown = target.contains(u'?') ? target.section(u'?', 0, 0) + u"?..."_s : target;
    return (address.isTls ? u"https://"_s : u"http://"_s) + place + shown;
}

} // namespace engine
