#include "ui/common/time_text.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

#include <algorithm>

namespace ui {

namespace {

struct Words
{
    Q_DECLARE_TR_FUNCTIONS(ui::Time)

public:
    static QString span(qint64 seconds)
    {
        const qint64 minutes = seconds / 60;
        const qint64 hours = minutes / 60;
        const qint64 days = hours / 24;
        if (days > 0)
            return tr("%1 d %2 h").arg(days).arg(hours % 24);
        if (hours > 0)
            return tr("%1 h %2 min").arg(hours).arg(minutes % 60);
        if (minutes > 0)
            return tr("%1 min %2 s").arg(minutes).arg(seconds % 60);
        return tr("%1 s").arg(seconds);
    }

    static QString in(const QString &span) { return tr("in %1").arg(span); }
    static QString over() { return tr("over"); }
};

QDateTime local(engine::Timestamp time)
{
    return QDateTime::fromMSecsSinceEpoch(time.time_since_epoch().count());
}

} // namespace

QString momentText(engine::Timestamp time, engine::Timestamp now)
{
    const QDateTime when = local(time);
    const QLocale locale;
    const QString timeOfDay = locale.toString(when.time(), QLocale::ShortFormat);
    return when.date() == local(now).date() ? timeOfDay : locale.toString(when, QLocale::ShortFormat);
}

QString spanText(std::chrono::milliseconds span)
{
    return Words::span(std::max<qint64>(0, std::chrono::floor<std::chrono::seconds>(span).count()));
}

QString countdownText(engine::Timestamp until, engine::Timestamp now)
{
    return until > now ? Words::in(spanText(until - now)) : Words::over();
}

engine::Timestamp currentTime()
{
    return engine::SystemClock().now();
}

} // namespace ui
