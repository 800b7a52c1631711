#include "ui/log/log_copy.h"

#include "engine/base/when_done.h"
#include "ui/log/log_text.h"

namespace ui {

using namespace Qt::StringLiterals;

LogCopy::LogCopy(engine::RunService *service, const LogCache &cache, qint64 first, qint64 count,
                 QObject *parent)
    : QObject(parent)
    , m_service(service)
    , m_skip(cache.placeOf(first).skip)
    , m_left(std::min(count, MaxLines))
{
    m_query.run = cache.run();
    m_query.after = cache.placeOf(first).after;
    m_query.stepPath = cache.filter().stepPath;
    m_query.text = cache.filter().text;
}

void LogCopy::start()
{
    next();
}

void LogCopy::next()
{
    m_query.limit = int(std::min<qint64>(m_left + m_skip, LogCache::PageSize));
    engine::whenDone(m_service->logs(m_query), this,
                     [this](const engine::Result<QList<engine::LogLine>> &answer) {
                         if (answer) {
                             take(*answer);
                             return;
                         }
                         Q_EMIT failed(answer.error());
                         deleteLater();
                     });
}

void LogCopy::take(const QList<engine::LogLine> &lines)
{
    for (const engine::LogLine &line : lines) {
        if (m_skip > 0) {
            --m_skip;
            continue;
        }
        m_texts += logText(line.message);
        --m_left;
    }
    const bool wasLast = lines.size() < m_query.limit;
    if (m_left <= 0 || wasLast) {
        finish();
        return;
    }
    m_query.after = lines.last().sequence;
    // Through the event loop: an engine that answers at once must not nest call in call.
    QMetaObject::invokeMethod(this, &LogCopy::next, Qt::QueuedConnection);
}

void LogCopy::finish()
{
    Q_EMIT finished(m_texts.join(u'\n') + u'\n', m_texts.size());
    deleteLater();
}

} // namespace ui
