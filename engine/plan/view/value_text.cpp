#include "engine/plan/view/value_text.h"

#include "engine/base/json.h"
#include "engine/base/printable.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

QString quoted(const QString &text)
{
    return u'"' + shortened(text, 400) + u'"';
}

QString countOf(qsizetype count, const QString &thing)
{
    return QString::number(count) + u' ' + thing + (count == 1 ? QString() : u"s"_s);
}

QString peopleText(qint64 count)
{
    return count == 1 ? u"1 person"_s : QString::number(count) + u" people"_s;
}

/// The nearest place at or before this one that splits no surrogate pair.
static qsizetype wholeAt(const QString &text, qsizetype place)
{
    return place > 0 && place < text.size() && text.at(place).isLowSurrogate() ? place - 1 : place;
}

static QString window(const QString &text, qsizetype start, qsizetype limit)
{
    const qsizetype from = wholeAt(text, std::min(start, text.size()));
    const qsizetype to = wholeAt(text, std::min(from + limit, text.size()));
    QString shown = printable(text.sliced(from, to - from));
    if (from > 0)
        shown.prepend(u'…');
    if (to < text.size())
        shown.append(u'…');
    return shown;
}

QString shortened(const QString &text, qsizetype limit)
{
    return window(text, 0, limit);
}

std::pair<QString, QString> shortenedPair(const QString &before, const QString &after, qsizetype limit)
{
    if (before.size() <= limit && after.size() <= limit)
        return {printable(before), printable(after)};
    const auto [first, second] = std::mismatch(before.begin(), before.end(), after.begin(), after.end());
    const qsizetype same = first - before.begin();
    const qsizetype start = same < limit ? 0 : same - limit / 4;
    return {window(before, start, limit), window(after, start, limit)};
}

QString valueText(const QJsonValue &value)
{
    return shortened(QString::fromUtf8(canonicalJsonOf(value)));
}

QString valueOrText(const QJsonValue &value)
{
    return value.isString() ? shortened(value.toString()) : valueText(value);
}

} // namespace engine
