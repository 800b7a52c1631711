#pragma once

#include "engine/base/clock.h"
#include "engine/run/line_splitter.h"
#include "engine/run/process.h"
#include "engine/store/store.h"

#include <functional>

namespace engine {

/// Collects the lines of one run and stores them in batches: a thousand lines or one MiB at a time, and what
/// there is after 100 ms.
///
/// While the store fails, lines are held. From pauseBytes on the buffer is full, and whoever fills it should
/// stop: then nothing is lost however long it takes. What comes all the same is held up to maxHeldBytes;
/// beyond that the oldest go, and a line says how many.
///
/// Thread: the engine thread.
class LogBuffer : public QObject
{
    Q_OBJECT
public:
    LogBuffer(Store &store, Clock &clock, RunId run, QObject *parent = nullptr);

    void add(LogLine line);
    /// Stores what there is. When the store fails, the lines stay and are tried again after retryDelay.
    Result<> flush();
    bool isFull() const { return m_isFull; }

    static constexpr qsizetype batchLines = 1000;
    // In memory; see costOf().
    static constexpr qint64 batchBytes = 1024 * 1024;
    static constexpr qint64 pauseBytes = 4 * 1024 * 1024;
    static constexpr qint64 maxHeldBytes = 16 * 1024 * 1024;
    static constexpr std::chrono::milliseconds retryDelay{1000};

Q_SIGNALS:
    void appended(qint64 lastSequence);
    void fullChanged(bool isFull);
    void failed(const engine::Error &error);

private:
    void flushAfter(std::chrono::milliseconds delay);
    void dropOldest();
    void setFull(bool isFull);
    static qint64 costOf(const LogLine &line);

    Store &m_store;
    Clock &m_clock;
    const RunId m_run;
    QList<LogLine> m_lines;
    qint64 m_bytes = 0; ///< Of m_lines.
    bool m_isFull = false;
    bool m_flushDue = false;
    bool m_failing = false; ///< The last try to store failed.
    qint64 m_dropped = 0;
};

/// Turns what one attempt prints into log lines.
class OutputCapture
{
public:
    OutputCapture(LogBuffer &log, const Clock &clock, QString stepPath, int attempt);

    void add(OutputStream stream, const QByteArray &bytes);
    void finish(); ///< The last lines, if they had no line feed.

private:
    void put(OutputStream stream, const QList<SplitLine> &lines);

    LogBuffer &m_log;
    const Clock &m_clock;
    const QString m_stepPath;
    const int m_attempt;
    LineSplitter m_output;
    LineSplitter m_errorOutput;
};

} // namespace engine
