#pragma once

#include "engine/api/run_service.h"

#include <QHash>
#include <QObject>
#include <QSet>

namespace ui {

/// Which lines of a run's log are looked at.
struct LogFilter
{
    QString stepPath{}; ///< Empty: all steps; else this step and what is below it.
    QString text{};     ///< Empty: all lines.

    bool isEmpty() const { return stepPath.isEmpty() && text.isEmpty(); }
    bool operator==(const LogFilter &) const = default;
};

/// The lines of one run's log as far as a view needs them: pages that are asked for when they come into sight
/// and dropped when they were out of sight for long. Never holds more than MaxPages pages.
///
/// Without a filter line n has the sequence number n+1, so every page can be asked for at once. With one,
/// pages are found one after the other, from the first on, as far as somebody wants to see: lineCount() grows
/// while it looks.
class LogCache : public QObject
{
    Q_OBJECT
public:
    static constexpr int PageSize = 1000;
    static constexpr int MaxPages = 24;

    explicit LogCache(engine::RunService *service, QObject *parent = nullptr);

    /// Starts anew with another run or filter.
    void reset(const engine::RunId &run, const LogFilter &filter, qint64 lastSequence);
    /// More lines can be read.
    void grow(qint64 lastSequence);

    const LogFilter &filter() const { return m_filter; }
    const engine::RunId &run() const { return m_run; }
    qint64 lineCount() const; ///< Known so far.
    bool isComplete() const;  ///< No line after those is known to exist.
    qint64 lastSequence() const { return m_lastSequence; }

    /// The line when it is at hand, otherwise nullptr. Valid until the next call of anything that is not
    /// const.
    const engine::LogLine *line(qint64 index) const;

    /// Where to read from to get this line and what follows it.
    struct Place
    {
        qint64 after = 0; ///< As in LogQuery.
        qint64 skip = 0;  ///< Lines of the answer that come before it.
    };
    Place placeOf(qint64 index) const;

    /// The event type of lines that the store has not, although their number was given.
    static QString missingType();

    /// Asks for what is missing of these lines. With a filter, a range past lineCount() looks for more.
    void want(qint64 first, qint64 last);

Q_SIGNALS:
    void linesArrived();
    void lineCountChanged();
    void failed(const engine::Error &error); ///< Asked again with the next want() after a moment.

private:
    struct Page
    {
        QList<engine::LogLine> lines{};
        qint64 usedAt = 0;
    };

    void ask(qint64 page);
    void take(qint64 page, quint64 generation, const engine::Result<QList<engine::LogLine>> &answer);
    void takeLines(qint64 page, const QList<engine::LogLine> &lines);
    static void takeNumbered(Page &page, qint64 before, const QList<engine::LogLine> &lines);
    qint64 afterOf(qint64 page) const; ///< The sequence number before the page's first line.
    void dropOldPages();

    engine::RunService *const m_service;
    engine::RunId m_run;
    LogFilter m_filter;
    qint64 m_lastSequence = 0;
    QHash<qint64, Page> m_pages;
    QSet<qint64> m_asked;
    // Only with a filter: where its pages begin, and how far it has looked.
    QList<qint64> m_starts;
    qint64 m_filteredCount = 0;
    qint64 m_lookedUpTo = 0;  ///< Every line up to this number has been looked at.
    quint64 m_generation = 0; ///< Answers to questions from before the last reset are dropped.
    qint64 m_uses = 0;
    qint64 m_notBefore =
        0; ///< After a failure: no question before this time (milliseconds of a monotonic clock).
};

} // namespace ui
