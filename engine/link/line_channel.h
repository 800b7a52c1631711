#pragma once

#include <QByteArray>
#include <QLocalSocket>

namespace engine {

class Descriptor;

/// Lines over a connected local socket. Reads no more than it may, so that the other end waits.
///
/// Thread: used on the thread it lives in. Signals may delete it only with deleteLater().
class LineChannel : public QObject
{
    Q_OBJECT
public:
    /// @param maxLineBytes  of a line that is received, its line feed not counted
    LineChannel(Descriptor socket, qsizetype maxLineBytes, QObject *parent);
    ~LineChannel() override;

    void send(const QByteArray &line); ///< Adds the line feed.
    qint64 unsentBytes() const { return m_socket.bytesToWrite(); }
    /// Receives nothing while it is held.
    void hold(bool isHeld);
    /// Sends what is left, then closes; receives nothing any more.
    void finish();

Q_SIGNALS:
    void received(const QByteArray &line);
    /// A line was longer than allowed; nothing more is received.
    void overflowed();
    void sentSome();
    /// The other end is gone, or finish() is done. Comes once.
    void closed();

private:
    void readLines();

    QLocalSocket m_socket;
    const qsizetype m_maxLineBytes;
    QByteArray m_buffer;
    qsizetype m_searched = 0; ///< No line feed stands before this place.
    bool m_isHeld = false;
    bool m_isFinished = false;
    bool m_isReading = false;
};

} // namespace engine
