#include "engine/base/clock.h"

#include <QDateTime>
#include <QTimer>

using namespace Qt::StringLiterals;

namespace engine {

/// Puts the last digits of a number behind the character at end. Returns where they begin.
static char *putDigits(char *end, int count, unsigned number)
{
    for (; count > 0; --count, number /= 10)
        *--end = char('0' + number % 10);
    return end;
}

QString toIso(Timestamp time)
{
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss<milliseconds> clock(time - day);
    if (date.year() < year(0) || date.year() > year(9999))
        return QDateTime::fromMSecsSinceEpoch(time.time_since_epoch().count(), Qt::UTC)
            .toString(Qt::ISODateWithMs);
    // By hand, since QDateTime takes ten times as long, and every row of the store has times.
    char text[] = "0000-00-00T00:00:00.000Z";
    putDigits(text + 4, 4, unsigned(int(date.year())));
    putDigits(text + 7, 2, unsigned(date.month()));
    putDigits(text + 10, 2, unsigned(date.day()));
    putDigits(text + 13, 2, unsigned(clock.hours().count()));
    putDigits(text + 16, 2, unsigned(clock.minutes().count()));
    putDigits(text + 19, 2, unsigned(clock.seconds().count()));
    putDigits(text + 23, 3, unsigned(clock.subseconds().count()));
    return QString::fromLatin1(text, sizeof text - 1);
}

Result<Timestamp> parseIso(const QString &text)
{
    const QDateTime time = QDateTime::fromString(text, Qt::ISODateWithMs);
    const Timestamp result{std::chrono::milliseconds(time.isValid() ? time.toMSecsSinceEpoch() : 0)};
    if (!time.isValid() || toIso(result) != text)
        return invalid(u"\"%1\" is not a time; expected the form 2026-01-31T09:05:00.000Z"_s.arg(text));
    return result;
}

Timestamp SystemClock::now() const
{
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

void SystemClock::callAfter(std::chrono::milliseconds delay, QObject *context, std::function<void()> fn)
{
    // Qt counts timers in 32-bit milliseconds; a longer wait is cut in pieces.
    constexpr std::chrono::milliseconds longest = std::chrono::hours(24);
    if (delay > longest) {
        QTimer::singleShot(longest, Qt::CoarseTimer, context,
                           [this, delay, longest, context, fn = std::move(fn)]() mutable {
                               callAfter(delay - longest, context, std::move(fn));
                           });
        return;
    }
    QTimer::singleShot(std::max(delay, std::chrono::milliseconds(0)), Qt::PreciseTimer, context,
                       std::move(fn));
}

} // namespace engine
