#include "ui/log/log_cache.h"

#include "engine/base/when_done.h"

#include <QDeadlineTimer>

#include <algorithm>

using engine::LogLine;
using engine::Result;

namespace ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 retryAfterMs = 2000;

qint64 now()
{
    return QDeadlineTimer::current().deadline();
}

} // namespace

QString LogCache::missingType()
{
    return u"missing"_s;
}

LogCache::LogCache(engine::RunService *service, QObject *parent)
    : QObject(parent)
    , m_service(service)
{
}

void LogCache::reset(const engine::RunId &run, const LogFilter &filter, qint64 lastSequence)
{
    ++m_generation;
    m_run = run;
    m_filter = filter;
    m_lastSequence = lastSequence;
    m_pages.clear();
    m_asked.clear();
    m_starts = {0};
    m_filteredCount = 0;
    m_lookedUpTo = 0;
    m_notBefore = 0;
    Q_EMIT lineCountChanged();
}

void LogCache::grow(qint64 lastSequence)
{
    if (lastSequence <= m_lastSequence)
        return;
    m_lastSequence = lastSequence;
    if (m_filter.isEmpty())
        Q_EMIT lineCountChanged();
}

qint64 LogCache::lineCount() const
{
    return m_filter.isEmpty() ? m_lastSequence : m_filteredCount;
}

bool LogCache::isComplete() const
{
    return m_filter.isEmpty() || m_lookedUpTo >= m_lastSequence;
}

const LogLine *LogCache::line(qint64 index) const
{
    const auto page = m_pages.constFind(index / PageSize);
    const qint64 inPage = index % PageSize;
    if (page == m_pages.constEnd() || inPage >= page->lines.size())
        return nullptr;
    return &page->lines.at(inPage);
}

qint64 LogCache::afterOf(qint64 page) const
{
    const auto known = m_pages.constFind(page);
    if (known != m_pages.constEnd() && !known->lines.isEmpty())
        return known->lines.last().sequence; // The rest of a page that was not full.
    return m_filter.isEmpty() ? page * PageSize : m_starts.value(page, -1);
}

void LogCache::want(qint64 first, qint64 last)
{
    if (m_run.isEmpty() || now() < m_notBefore)
        return;
    first = std::max<qint64>(first, 0);
    const qint64 end = lineCount() - 1;
    for (qint64 page = first / PageSize; page <= std::min(last, end) / PageSize && first <= end; ++page) {
        const auto known = m_pages.find(page);
        if (known != m_pages.end())
            known->usedAt = ++m_uses;
        const qint64 needed = std::min({last, end, (page + 1) * PageSize - 1}) - page * PageSize + 1;
        if (known == m_pages.end() || known->lines.size() < needed)
            ask(page);
    }
    if (!m_filter.isEmpty() && last > end && !isComplete())
        ask(m_starts.size() - 1);
}

void LogCache::ask(qint64 page)
{
    const qint64 after = afterOf(page);
    if (after < 0 || m_asked.contains(page))
        return;
    m_asked.insert(page);
    engine::LogQuery query;
    query.run = m_run;
    query.after = after;
    query.limit = PageSize - int(m_pages.value(page).lines.size());
    query.stepPath = m_filter.stepPath;
    query.text = m_filter.text;
    const quint64 generation = m_generation;
    const qint64 upTo = m_lastSequence;
    engine::whenDone(
        m_service->logs(query), this,
        [this, page, generation, upTo, limit = query.limit](const Result<QList<LogLine>> &answer) {
            // A short answer has looked at everything that there was when it was asked for.
            if (generation == m_generation && answer && answer->size() < limit && page == m_starts.size() - 1)
                m_lookedUpTo = std::max(m_lookedUpTo, upTo);
            take(page, generation, answer);
        });
}

void LogCache::take(qint64 page, quint64 generation, const Result<QList<LogLine>> &answer)
{
    if (generation != m_generation)
        return;
    m_asked.remove(page);
    if (!answer) {
        m_notBefore = now() + retryAfterMs;
        Q_EMIT failed(answer.error());
        return;
    }
    if (answer->isEmpty() && m_filter.isEmpty())
        m_notBefore = now() + retryAfterMs; // Announced, yet not there: do not ask without pause.
    takeLines(page, *answer);
    dropOldPages();
    Q_EMIT linesArrived();
}

void LogCache::takeLines(qint64 page, const QList<LogLine> &lines)
{
    Page &kept = m_pages[page];
    kept.usedAt = ++m_uses;
    if (m_filter.isEmpty()) {
        takeNumbered(kept, page * PageSize, lines);
        return;
    }
    kept.lines += lines;
    const bool isLast = page == m_starts.size() - 1;
    if (!isLast)
        return;
    const qint64 count = page * PageSize + kept.lines.size();
    if (kept.lines.size() == PageSize)
        m_starts += kept.lines.last().sequence;
    if (!lines.isEmpty())
        m_lookedUpTo = std::max(m_lookedUpTo, lines.last().sequence);
    if (count != m_filteredCount) {
        m_filteredCount = count;
        Q_EMIT lineCountChanged();
    }
}

void LogCache::takeNumbered(Page &page, qint64 before, const QList<LogLine> &lines)
{
    for (const LogLine &line : lines) {
        if (line.sequence > before + PageSize)
            return;
        while (before + page.lines.size() + 1 < line.sequence) { // A gap is shown as one.
            LogLine missing;
            missing.sequence = before + page.lines.size() + 1;
            missing.eventType = missingType();
            page.lines += missing;
        }
        if (before + page.lines.size() + 1 == line.sequence)
            page.lines += line;
    }
}

LogCache::Place LogCache::placeOf(qint64 index) const
{
    if (const LogLine *known = line(index))
        return {known->sequence - 1, 0};
    if (m_filter.isEmpty())
        return {index, 0};
    const qint64 page = std::min<qint64>(index / PageSize, m_starts.size() - 1);
    return {m_starts.at(page), index - page * PageSize};
}

void LogCache::dropOldPages()
{
    while (m_pages.size() > MaxPages) {
        const auto oldest = std::min_element(
            m_pages.begin(), m_pages.end(), [](const Page &a, const Page &b) { return a.usedAt < b.usedAt; });
        m_pages.erase(oldest);
    }
}

} // namespace ui
