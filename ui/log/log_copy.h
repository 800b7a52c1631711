#pragma once

#include "ui/log/log_cache.h"

#include <QStringList>

namespace ui {

/// Reads a range of log lines, page by page, and hands them over as text, one line each, as they are shown.
/// Deletes itself when it is done; dies with its parent before that.
class LogCopy : public QObject
{
    Q_OBJECT
public:
    static constexpr qint64 MaxLines = 100'000;

    /// @param count  at most MaxLines are read
    LogCopy(engine::RunService *service, const LogCache &cache, qint64 first, qint64 count, QObject *parent);

    void start();

Q_SIGNALS:
    void finished(const QString &text, qint64 lines);
    void failed(const engine::Error &error);

private:
    void next();
    void take(const QList<engine::LogLine> &lines);
    void finish();

    engine::RunService *const m_service;
    engine::LogQuery m_query;
    qint64 m_skip;
    qint64 m_left;
    QStringList m_texts;
};

} // namespace ui
