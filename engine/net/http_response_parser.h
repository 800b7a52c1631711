#pragma once

#include "engine/net/http_message.h"

namespace engine {

/// Reads one answer (RFC 9112) from the bytes of a connection as they arrive: body by length, in chunks, or
/// up to the end. Interim answers (1xx) are passed over. Holds no more than the limits allow.
///
/// Stricter than it must be: no folded lines, no Content-Length beside Transfer-Encoding, no coding but
/// "chunked".
///
/// Pure: knows no socket.
class HttpResponseParser
{
public:
    /// @param answersHead  the request was a HEAD, so that no body follows whatever the fields say
    explicit HttpResponseParser(bool answersHead = false, const HttpLimits &limits = {});

    void add(QByteArrayView bytes); ///< What comes after the answer is left aside.
    void end();                     ///< The connection was closed.

    /// Nothing more is read: the answer is whole, or there is a problem.
    bool isDone() const { return m_state == State::Done; }
    /// Goes on "the answer of HOST ..."; empty when there is none. For example "is not HTTP/1.1: it begins
    /// with "SSH"".
    const QString &problem() const { return m_problem; }
    bool isTooLarge() const { return m_isTooLarge; } ///< The problem is a limit.
    bool hasBegun() const { return m_hasBegun; }     ///< At least one byte arrived.
    const HttpResponse &response() const
    {
        return m_response;
    } ///< Whole when isDone() and there is no problem.

private:
    enum class State { StatusLine, Fields, Sized, UntilClosed, ChunkSize, Chunk, ChunkEnd, Trailer, Done };

    qsizetype takeLine(QByteArrayView bytes);
    qsizetype takeBody(QByteArrayView bytes);
    void readLine(const QByteArray &line);
    void readStatusLine(const QByteArray &line);
    void readField(const QByteArray &line);
    void readChunkSize(const QByteArray &line);
    void beginBody();
    void beginSized(const QByteArray &length);
    qsizetype limitOfLines() const;
    void fail(const QString &problem, bool isTooLarge = false);
    void failSize();

    const bool m_answersHead;
    const HttpLimits m_limits;
    State m_state = State::StatusLine;
    HttpResponse m_response;
    QByteArray m_line;         ///< Not whole yet.
    qsizetype m_lineBytes = 0; ///< Of the lines that count together.
    int m_interim = 0;         ///< 1xx answers so far.
    qint64 m_left = 0;         ///< Of the body or the chunk.
    QString m_problem;
    bool m_isTooLarge = false;
    bool m_hasBegun = false;
};

} // namespace engine
