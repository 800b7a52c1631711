#include "engine/base/duration.h"

#include <QRegularExpression>
#include <QStringList>

using namespace Qt::StringLiterals;
using std::chrono::milliseconds;

namespace engine {

Result<milliseconds> parseDuration(const QString &text)
{
    static const QRegularExpression form(
        u"\\AP(?:([0-9]{1,5})D)?(?:T(?:([0-9]{1,6})H)?(?:([0-9]{1,8})M)?(?:([0-9]{1,9})(?:\\.([0-9]{1,3}))?S)?)?\\z"_s);
    const auto match = form.match(text);
    if (!match.hasMatch() || text.endsWith(u'P') || text.endsWith(u'T'))
        return invalid(u"\"%1\" is not a duration; expected ISO 8601 such as PT30S, PT4H or P1D"_s.arg(text));
    const auto part = [&match](int index) { return match.captured(index).toLongLong(); };
    const milliseconds value = std::chrono::days(part(1)) + std::chrono::hours(part(2))
                               + std::chrono::minutes(part(3)) + std::chrono::seconds(part(4))
                               + milliseconds(match.captured(5).leftJustified(3, u'0').toLongLong());
    if (value > std::chrono::days(10000))
        return invalid(u"duration \"%1\" is longer than 10 000 days"_s.arg(text));
    return value;
}

static QString secondsText(qint64 milliseconds)
{
    QString text = QString::number(milliseconds / 1000);
    if (milliseconds % 1000 == 0)
        return text;
    text += u'.' + QString::number(milliseconds % 1000).rightJustified(3, u'0');
    while (text.endsWith(u'0'))
        text.chop(1);
    return text;
}

QString toIsoDuration(milliseconds duration)
{
    qint64 rest = duration.count();
    const auto take = [&rest](qint64 unit, QChar letter) {
        const qint64 count = rest / unit;
        rest %= unit;
        return count > 0 ? QString::number(count) + letter : QString();
    };
    const QString days = take(86'400'000, u'D');
    QString time = take(3'600'000, u'H');
    time += take(60'000, u'M'); // A statement of its own: the larger unit is taken first.
    if (rest > 0 || (days.isEmpty() && time.isEmpty()))
        time += secondsText(rest) + u'S';
    return u'P' + days + (time.isEmpty() ? QString() : u'T' + time);
}

QString toWords(milliseconds duration)
{
    struct Unit
    {
        qint64 size;
        const char16_t *name;
    };
    static constexpr Unit units[] = {{86'400'000, u" d"}, {3'600'000, u" h"}, {60'000, u" min"}};
    if (duration < std::chrono::seconds(1))
        return QString::number(duration.count()) + u" ms"_s;
    QStringList parts;
    qint64 rest = duration.count();
    for (const Unit &unit : units) {
        if (rest >= unit.size && parts.size() < 2)
            parts += QString::number(rest / unit.size) + QString::fromUtf16(unit.name);
        else if (!parts.isEmpty())
            break;
        rest %= unit.size;
    }
    if (parts.isEmpty())
        parts += secondsText(rest - rest % (rest < 10'000 ? 10 : 100)) + u" s"_s;
    else if (parts.size() < 2 && duration < std::chrono::hours(1) && rest >= 1000)
        parts += QString::number(rest / 1000) + u" s"_s;
    return parts.join(u' ');
}

} // namespace engine
