#include "engine/evidence/token/token_uri.h"

#include <QStringDecoder>
#include <QStringList>

#include <cctype>
#include <optional>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr qsizetype maxUriLength = 1024;
constexpr qsizetype maxTokenLabelBytes = 32; // CK_TOKEN_INFO.label
constexpr qsizetype maxIdBytes = 64;

/// The bytes of a value; nothing when an escape is broken or a character may not stand as it is.
std::optional<QByteArray> decodedValue(QStringView value)
{
    static const QString plain = u"-._~:[]@!$'()*+,=&"_s; // RFC 7512 section 2.3, pk11-pchar.
    QByteArray bytes;
    for (qsizetype i = 0; i < value.size(); ++i) {
        const char16_t c = value[i].unicode();
        if (c == u'%') {
            const QByteArray digits = value.mid(i + 1, 2).toLatin1();
            if (digits.size() != 2 || std::isxdigit(uchar(digits[0])) == 0
                || std::isxdigit(uchar(digits[1])) == 0)
                return {};
            bytes += QByteArray::fromHex(digits);
            i += 2;
        } else if (c < 0x80 && (QChar(c).isLetterOrNumber() || plain.contains(QChar(c)))) {
            bytes += char(c);
        } else {
            return {};
        }
    }
    return bytes;
}

std::optional<QString> labelText(const QByteArray &bytes)
{
    QStringDecoder decoder(QStringDecoder::Utf8);
    const QString result = decoder(bytes);
    if (decoder.hasError() || result.contains(QChar(u'\0')))
        return {};
    return result;
}

Error badUri(const QString &why)
{
    return invalid(u"this is not a PKCS #11 URI of a key: %1"_s.arg(why));
}

/// Takes one attribute into uri.
Result<> takeAttribute(const QString &name, const QByteArray &value, TokenUri &uri)
{
    if (value.isEmpty())
        return badUri(u"\"%1\" has no value"_s.arg(name));
    if (name == u"id"_s) {
        if (value.size() > maxIdBytes)
            return badUri(u"\"id\" has %1 bytes, at most %2 are read"_s.arg(value.size()).arg(maxIdBytes));
        uri.id = value;
        return {};
    }
    const auto label = labelText(value);
    if (!label)
        return badUri(u"\"%1\" is not UTF-8 text"_s.arg(name));
    if (name == u"type"_s)
        return *label == u"private"_s ? Result<>()
                                      : badUri(u"\"type\" is \"%1\", not \"private\""_s.arg(*label));
    if (name == u"token"_s && value.size() > maxTokenLabelBytes)
        return badUri(
            u"\"token\" has %1 bytes, a label has at most %2"_s.arg(value.size()).arg(maxTokenLabelBytes));
    (name == u"token"_s ? uri.token : uri.object) = *label;
    return {};
}

} // namespace

Result<TokenUri> TokenUri::parse(const QString &uri)
{
    static const QStringList known{u"token"_s, u"object"_s, u"id"_s, u"type"_s};
    if (uri.size() > maxUriLength)
        return badUri(u"it has %1 characters, at most %2 are read"_s.arg(uri.size()).arg(maxUriLength));
    if (!uri.startsWith(u"pkcs11:"_s))
        return badUri(u"it does not begin with \"pkcs11:\""_s);
    if (uri.contains(u'?'))
        return badUri(u"it has a query; the module is given by an option, and the PIN by its owner"_s);
    TokenUri result;
    QStringList seen;
    for (const QString &attribute : uri.mid(7).split(u';')) {
        const QString name = attribute.section(u'=', 0, 0);
        if (!attribute.contains(u'=') || !known.contains(name))
            return badUri(
                u"the attribute \"%1\" is not known; known are %2"_s.arg(name, known.join(u", "_s)));
        if (seen.contains(name))
            return badUri(u"\"%1\" stands twice"_s.arg(name));
        seen += name;
        const auto value = decodedValue(QStringView(attribute).mid(name.size() + 1));
        if (!value)
            return badUri(u"\"%1\" has characters that must be percent-encoded"_s.arg(name));
        if (const auto taken = takeAttribute(name, *value, result); !taken)
            return taken.error();
    }
    if (result.token.isEmpty())
        return badUri(u"it names no token"_s);
    if (result.object.isEmpty() && result.id.isEmpty())
        return badUri(u"it names neither object nor id"_s);
    return result;
}

QString TokenUri::toString() const
{
    const auto encoded = [](const QByteArray &bytes) {
        return QString::fromLatin1(bytes.toPercentEncoding());
    };
    QStringList parts{u"token="_s + encoded(token.toUtf8())};
    if (!object.isEmpty())
        parts += u"object="_s + encoded(object.toUtf8());
    if (!id.isEmpty())
        parts += u"id="_s + encoded(id);
    return u"pkcs11:"_s + parts.join(u';');
}

} // namespace engine
