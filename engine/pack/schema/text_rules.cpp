#include "engine/pack/schema/text_rules.h"

#include <QDate>
#include <QMap>

using namespace Qt::StringLiterals;

namespace engine::schema {

Result<QRegularExpression> compilePattern(const QString &pattern)
{
    QString translated;
    bool inClass = false;
    for (qsizetype i = 0; i < pattern.size(); ++i) {
        const QChar c = pattern[i];
        if (c == u'\\' && i + 1 < pattern.size()) {
            translated += c;
            translated += pattern[++i];
            continue;
        }
        if (c == u'[')
            inClass = true;
        else if (c == u']')
            inClass = false;
        if (c == u'$' && !inClass)
            translated += u"\\z"_s;
        else
            translated += c;
    }
    QRegularExpression expression(translated);
    if (!expression.isValid())
        return invalid(u"\"%1\" is not a regular expression: %2"_s.arg(pattern, expression.errorString()));
    return expression;
}

/// The grammar of each; dates are checked against the calendar besides.
static const QMap<QString, QRegularExpression> &formats()
{
    static const QString date = u"([0-9]{4}-[0-9]{2}-[0-9]{2})"_s;
    static const QString time = u"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]+)?"
                                "([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"_s; // RFC 3339 section 5.6
    static const QString label = u"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"_s;
    static const QString octet = u"(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"_s;
    const auto whole = [](const QString &grammar) {
        return QRegularExpression(u"\\A(?:"_s + grammar + u")\\z"_s);
    };
    static const QMap<QString, QRegularExpression> all{
        {u"date"_s, whole(date)},
        {u"time"_s, whole(time)},
        {u"date-time"_s, whole(date + u"[Tt]"_s + time)},
        {u"hostname"_s, whole(u"(?=.{1,253}\\z)"_s + label + u"(\\."_s + label + u")*"_s)},
        {u"ipv4"_s, whole(octet + u"(\\."_s + octet + u"){3}"_s)},
        {u"uuid"_s, whole(u"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"_s)},
        {u"email"_s, whole(u"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@"_s + label + u"(\\."_s + label + u")*"_s)},
    };
    return all;
}

QStringList formatNames()
{
    return formats().keys();
}

bool hasFormat(const QString &text, const QString &format)
{
    const auto match = formats().value(format).match(text);
    const bool hasDate = format.startsWith("date"_L1);
    return match.hasMatch() && (!hasDate || QDate::fromString(match.captured(1), Qt::ISODate).isValid());
}

} // namespace engine::schema
