#include "engine/run/log_buffer.h"

#include "engine/base/json.h"

using namespace Qt::StringLiterals;

namespace engine {

LogBuffer::LogBuffer(Store &store, Clock &clock, RunId run, QObject *parent)
    : QObject(parent)
    , m_store(store)
    , m_clock(clock)
    , m_run(std::move(run))
{
}

/// A line's text, and what it and its place in a list take besides.
qint64 LogBuffer::costOf(const LogLine &line)
{
    return qint64(sizeof(LogLine)) + 64 + 2 * line.message.size();
}

void LogBuffer::add(LogLine line)
{
    m_bytes += costOf(line);
    m_lines += std::move(line);
    if (m_failing) {
        // The next try is due by itself; one for each line would take all the engine's time.
        dropOldest();
        setFull(m_bytes >= pauseBytes);
    } else if (m_lines.size() >= batchLines || m_bytes >= batchBytes) {
        (void)flush();
    } else {
        flushAfter(std::chrono::milliseconds(100));
    }
}

void LogBuffer::flushAfter(std::chrono::milliseconds delay)
{
    if (m_flushDue)
        return;
    m_flushDue = true;
    m_clock.callAfter(delay, this, [this] {
        m_flushDue = false;
        (void)flush();
    });
}

Result<> LogBuffer::flush()
{
    if (m_lines.isEmpty())
        return {};
    const auto last = m_store.appendLogs(m_run, m_lines);
    m_failing = !last;
    if (!last) {
        dropOldest();
        flushAfter(retryDelay);
        setFull(m_bytes >= pauseBytes);
        Q_EMIT failed(last.error());
        return last.error();
    }
    m_lines.clear();
    m_bytes = 0;
    m_dropped = 0;
    setFull(false);
    Q_EMIT appended(*last);
    return {};
}

void LogBuffer::setFull(bool isFull)
{
    if (std::exchange(m_isFull, isFull) != isFull)
        Q_EMIT fullChanged(isFull);
}

void LogBuffer::dropOldest()
{
    if (m_bytes <= maxHeldBytes)
        return;
    qsizetype excess = 0;
    while (m_bytes > maxHeldBytes / 2 && excess + 1 < m_lines.size())
        m_bytes -= costOf(m_lines.at(excess++));
    m_dropped += m_dropped > 0 ? excess - 1 : excess; // The first is then the note of the last time.
    LogLine note;
    note.timestamp = m_lines.first().timestamp;
    m_lines.remove(0, excess);
    note.level = LogLevel::Error;
    note.eventType = u"engine"_s;
    note.message = u"%1 log lines were lost while the store could not be written"_s.arg(m_dropped);
    m_bytes += costOf(note);
    m_lines.prepend(note);
}

OutputCapture::OutputCapture(LogBuffer &log, const Clock &clock, QString stepPath, int attempt)
    : m_log(log)
    , m_clock(clock)
    , m_stepPath(std::move(stepPath))
    , m_attempt(attempt)
{
}

/// A line that is a JSON object with a known level and a message is taken for what it says.
static void readStructured(LogLine &line)
{
    if (!line.message.startsWith(u'{') || line.continues)
        return;
    const auto object = parseJsonObject(line.message.toUtf8());
    if (!object || !object->value(u"message"_s).isString())
        return;
    const auto level = parseLogLevel(object->value(u"level"_s).toString());
    if (!level)
        return;
    line.level = *level;
    line.message = object->value(u"message"_s).toString();
    line.message.replace(QChar(u'\0'), QChar(QChar::ReplacementCharacter)); // As in a line that is no JSON.
}

void OutputCapture::put(OutputStream stream, const QList<SplitLine> &lines)
{
    const Timestamp now = m_clock.now();
    for (const SplitLine &split : lines) {
        LogLine line;
        line.timestamp = now;
        line.level = stream == OutputStream::Output ? LogLevel::Info : LogLevel::Warn;
        line.message = split.text;
        line.stepPath = m_stepPath;
        line.attempt = m_attempt;
        line.continues = split.continues;
        line.invalidUtf8 = split.invalidUtf8;
        readStructured(line);
        m_log.add(std::move(line));
    }
}

void OutputCapture::add(OutputStream stream, const QByteArray &bytes)
{
    put(stream, (stream == OutputStream::Output ? m_output : m_errorOutput).add(bytes));
}

void OutputCapture::finish()
{
    put(OutputStream::Output, m_output.finish());
    put(OutputStream::ErrorOutput, m_errorOutput.finish());
}

} // namespace engine
