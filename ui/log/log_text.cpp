#include "ui/log/log_text.h"

#include "ui/common/safe_text.h"

#include <QCoreApplication>
#include <QDateTime>

namespace ui {

using namespace Qt::StringLiterals;

namespace {

/// The length of the colour or clearing sequence that begins at `from`; 0 when there is none.
qsizetype colourSequence(const QString &text, qsizetype from)
{
    if (text.at(from) != u'\x1b' || from + 1 >= text.size() || text.at(from + 1) != u'[')
        return 0;
    qsizetype end = from + 2;
    const auto isParameter = [](QChar c) { return c >= u'0' && c <= u';'; };
    while (end < text.size() && isParameter(text.at(end)))
        ++end;
    const bool known = end < text.size() && (text.at(end) == u'm' || text.at(end) == u'K');
    return known ? end + 1 - from : 0;
}

/// safeText(), but runs of spaces stay: programs align columns with them, and the view scrolls to what they
/// push out.
QString safeWithSpaces(const QString &text)
{
    constexpr qsizetype longRun = 8;
    const QString gap(longRun, u' ');
    if (!text.contains(gap))
        return safeText(text);
    QString safe;
    for (qsizetype from = 0; from < text.size();) {
        qsizetype run = text.indexOf(gap, from);
        if (run < 0)
            run = text.size();
        safe += safeText(text.mid(from, run - from));
        from = run;
        while (from < text.size() && text.at(from) == u' ')
            ++from;
        safe += text.mid(run, from - run);
    }
    return safe;
}

} // namespace

QString logText(const QString &message)
{
    if (!message.contains(u'\x1b'))
        return safeWithSpaces(QString(message).replace(u'\t', u"    "_s));
    QString plain;
    plain.reserve(message.size());
    for (qsizetype i = 0; i < message.size();) {
        const qsizetype length = colourSequence(message, i);
        if (length == 0)
            plain += message.at(i);
        i += std::max<qsizetype>(length, 1);
    }
    return safeWithSpaces(plain.replace(u'\t', u"    "_s));
}

QString logTime(engine::Timestamp time, TimeShown shown)
{
    if (shown == TimeShown::Off)
        return {};
    const QDateTime utc = QDateTime::fromMSecsSinceEpoch(time.time_since_epoch().count(), Qt::UTC);
    if (shown == TimeShown::Utc)
        return utc.toString(u"HH:mm:ss.zzz"_s) + u'Z';
    return utc.toLocalTime().toString(u"HH:mm:ss.zzz"_s);
}

QString logMark(const engine::LogLine &line)
{
    switch (line.level) {
    case engine::LogLevel::Error: return QCoreApplication::translate("ui::Log", "error");
    case engine::LogLevel::Warn: return QCoreApplication::translate("ui::Log", "warn");
    case engine::LogLevel::Debug: return QCoreApplication::translate("ui::Log", "debug");
    case engine::LogLevel::Info: break;
    }
    return line.eventType == "engine"_L1 ? QCoreApplication::translate("ui::Log", "engine") : QString();
}

} // namespace ui
