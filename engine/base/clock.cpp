#include "engine/base/clock.h"

#include <QDateTime>
#include <QTimer>

using namespace Qt::StringLiterals;

namespace engine {

QString toIso(Timestamp time)
{
    return QDateTime::fromMSecsSinceEpoch(time.time_since_epoch().count(), Qt::UTC)
        .toString(Qt::ISODateWithMs);
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
