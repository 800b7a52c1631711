#include "engine/link/line_channel.h"

#include "engine/link/endpoint.h"

namespace engine {

static constexpr qint64 blockBytes = 256 * 1024;

LineChannel::LineChannel(Descriptor socket, qsizetype maxLineBytes, QObject *parent)
    : QObject(parent)
    , m_socket(this)
    , m_maxLineBytes(maxLineBytes)
{
    connect(&m_socket, &QLocalSocket::readyRead, this, &LineChannel::readLines);
    connect(&m_socket, &QLocalSocket::bytesWritten, this, &LineChannel::sentSome);
    connect(&m_socket, &QLocalSocket::disconnected, this, [this] {
        readLines(); // What came before the end still counts.
        m_isFinished = true;
        Q_EMIT closed();
    });
    m_socket.setReadBufferSize(blockBytes);
    m_socket.setSocketDescriptor(socket.release());
}

LineChannel::~LineChannel()
{
    m_socket.disconnect(this); // Its own end is no news to anybody.
}

void LineChannel::send(const QByteArray &line)
{
    if (m_socket.state() != QLocalSocket::ConnectedState)
        return;
    m_socket.write(line);
    m_socket.write("\n", 1);
}

void LineChannel::hold(bool isHeld)
{
    if (std::exchange(m_isHeld, isHeld) && !isHeld)
        readLines();
}

void LineChannel::finish()
{
    m_isFinished = true;
    m_socket.disconnectFromServer();
}

void LineChannel::readLines()
{
    if (std::exchange(m_isReading, true)) // A receiver let go of it in the middle: the loop below goes on.
        return;
    while (!m_isHeld && !m_isFinished) {
        const qsizetype end = m_buffer.indexOf('\n', m_searched);
        if ((end < 0 ? m_buffer.size() : end) > m_maxLineBytes) {
            m_isFinished = true;
            Q_EMIT overflowed();
            break;
        }
        if (end >= 0) {
            const QByteArray line = m_buffer.first(end);
            m_buffer.remove(0, end + 1);
            m_searched = 0;
            Q_EMIT received(line);
            continue;
        }
        m_searched = m_buffer.size();
        const QByteArray block = m_socket.read(blockBytes);
        if (block.isEmpty())
            break;
        m_buffer += block;
    }
    m_isReading = false;
}

} // namespace engine
