#include "engine/net/http_response_parser.h"

#include "engine/base/printable.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr int maxInterim = 10;
constexpr qsizetype maxChunkLine = 1024; ///< A size and what servers add to it.

/// For messages: bytes of a stranger, as text and not too many.
QString shown(QByteArrayView bytes)
{
    constexpr qsizetype most = 60;
    return printable(QString::fromLatin1(bytes.first(std::min(bytes.size(), most))));
}

bool isTokenByte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || QByteArrayView("!#$%&'*+-.^_`|~").contains(c);
}

bool isDigits(QByteArrayView text)
{
    return !text.isEmpty()
           && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

HttpResponseParser::HttpResponseParser(bool answersHead, const HttpLimits &limits)
    : m_answersHead(answersHead)
    , m_limits(limits)
{
}

void HttpResponseParser::fail(const QString &problem, bool isTooLarge)
{
    m_problem = problem;
    m_isTooLarge = isTooLarge;
    m_state = State::Done;
}

void HttpResponseParser::failSize()
{
    fail(u"has a body of more than %1 bytes"_s.arg(m_limits.bodyBytes), true);
}

void HttpResponseParser::add(QByteArrayView bytes)
{
    m_hasBegun = m_hasBegun || !bytes.isEmpty();
    while (!bytes.isEmpty() && m_state != State::Done) {
        const bool isBody =
            m_state == State::Sized || m_state == State::UntilClosed || m_state == State::Chunk;
        bytes = bytes.sliced(isBody ? takeBody(bytes) : takeLine(bytes));
    }
}

/// Chunk sizes stand alone; all lines of a head count together, and so do those after the last chunk.
qsizetype HttpResponseParser::limitOfLines() const
{
    return m_state == State::ChunkSize || m_state == State::ChunkEnd ? maxChunkLine : m_limits.headBytes;
}

/// Takes bytes up to a line feed, or all there are. A line ends with LF, and a CR before it belongs to the
/// end.
qsizetype HttpResponseParser::takeLine(QByteArrayView bytes)
{
    const qsizetype feed = bytes.indexOf('\n');
    const qsizetype taken = feed < 0 ? bytes.size() : feed + 1;
    m_lineBytes += taken;
    if (m_lineBytes > limitOfLines()) {
        fail(m_state == State::ChunkSize || m_state == State::ChunkEnd
                 ? u"has a chunk whose size is not well formed"_s
                 : u"has a header of more than %1 bytes"_s.arg(m_limits.headBytes),
             m_state != State::ChunkSize && m_state != State::ChunkEnd);
        return taken;
    }
    m_line += bytes.first(feed < 0 ? taken : feed);
    if (feed < 0)
        return taken;
    QByteArray line = std::exchange(m_line, {});
    if (line.endsWith('\r'))
        line.chop(1);
    readLine(line);
    return taken;
}

void HttpResponseParser::readLine(const QByteArray &line)
{
    switch (m_state) {
    case State::StatusLine: return readStatusLine(line);
    case State::Fields: return line.isEmpty() ? beginBody() : readField(line);
    case State::ChunkSize: return readChunkSize(line);
    case State::ChunkEnd:
        if (!line.isEmpty())
            return fail(u"has a chunk that is longer than it says"_s);
        m_state = State::ChunkSize;
        m_lineBytes = 0;
        return;
    case State::Trailer: // What stands there is of no use here.
        if (line.isEmpty())
            m_state = State::Done;
        return;
    case State::Sized:
    case State::UntilClosed:
    case State::Chunk:
    case State::Done: return;
    }
}

/// RFC 9112 section 4: HTTP-version SP status-code SP [ reason-phrase ].
void HttpResponseParser::readStatusLine(const QByteArray &line)
{
    const bool isForm = (line.startsWith("HTTP/1.1 ") || line.startsWith("HTTP/1.0 ")) && line.size() >= 12
                        && isDigits(QByteArrayView(line).sliced(9, 3))
                        && (line.size() == 12 || line[12] == ' ');
    const int status = isForm ? line.sliced(9, 3).toInt() : 0;
    if (status < 100 || status > 599 || !isFieldValue(line))
        return fail(u"is not HTTP/1.1: it begins with \"%1\""_s.arg(shown(line)));
    m_response.status = status;
    m_response.reason = QString::fromUtf8(line.sliced(std::min(line.size(), qsizetype(13)))).trimmed();
    m_state = State::Fields;
}

/// RFC 9112 section 5: field-name ":" OWS field-value OWS.
void HttpResponseParser::readField(const QByteArray &line)
{
    const qsizetype colon = line.indexOf(':');
    const QByteArrayView name = QByteArrayView(line).first(std::max(colon, qsizetype(0)));
    if (name.isEmpty() || !std::all_of(name.begin(), name.end(), isTokenByte) || !isFieldValue(line))
        return fail(u"has a header field that is not well formed: \"%1\""_s.arg(shown(line)));
    if (m_response.fields.size() >= m_limits.fields)
        return fail(u"has more than %1 header fields"_s.arg(m_limits.fields), true);
    m_response.fields.append({name.toByteArray().toLower(), line.sliced(colon + 1).trimmed()});
}

/// RFC 9112 section 6.3: how long the body is.
void HttpResponseParser::beginBody()
{
    const int status = m_response.status;
    if (status < 200 && status != 101) { // 101 would change the protocol; it is the last answer of this one.
        if (++m_interim > maxInterim)
            return fail(u"never comes: there were more than %1 interim ones"_s.arg(maxInterim));
        m_response = {};
        m_state = State::StatusLine;
        return;
    }
    m_lineBytes = 0;
    if (m_answersHead || status == 101 || status == 204 || status == 304) {
        m_state = State::Done;
        return;
    }
    const QByteArray coding = fieldOf(m_response.fields, "transfer-encoding");
    const QByteArray length = fieldOf(m_response.fields, "content-length");
    if (!coding.isEmpty() && !length.isEmpty())
        return fail(u"has both a Content-Length and a Transfer-Encoding"_s);
    if (!coding.isEmpty() && coding.compare("chunked", Qt::CaseInsensitive) != 0)
        return fail(u"has the Transfer-Encoding \"%1\"; only \"chunked\" is read"_s.arg(shown(coding)));
    if (!coding.isEmpty())
        m_state = State::ChunkSize;
    else if (!length.isEmpty())
        beginSized(length);
    else
        m_state = State::UntilClosed;
}

void HttpResponseParser::beginSized(const QByteArray &length)
{
    constexpr qsizetype mostDigits = 18;
    const QByteArrayList values = length.split(',');
    const QByteArray first = values.first().trimmed();
    const bool isOne = std::all_of(values.begin(), values.end(),
                                   [&first](const QByteArray &value) { return value.trimmed() == first; });
    if (!isOne || !isDigits(first))
        return fail(u"has the Content-Length \"%1\""_s.arg(shown(length)));
    m_left = first.size() > mostDigits ? m_limits.bodyBytes + 1 : first.toLongLong();
    if (m_left > m_limits.bodyBytes)
        return failSize();
    m_state = m_left == 0 ? State::Done : State::Sized;
}

/// RFC 9112 section 7.1: hexadecimal digits, then perhaps extensions, which nobody here knows.
void HttpResponseParser::readChunkSize(const QByteArray &line)
{
    constexpr qsizetype mostDigits = 15;
    QByteArray digits = line.first(line.contains(';') ? line.indexOf(';') : line.size()).trimmed();
    bool isNumber = !digits.isEmpty() && std::all_of(digits.begin(), digits.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
    if (!isNumber)
        return fail(u"has a chunk whose size is not well formed"_s);
    while (digits.size() > 1 && digits.startsWith('0'))
        digits = digits.sliced(1);
    m_lineBytes = 0;
    m_left = digits.size() > mostDigits ? m_limits.bodyBytes + 1 : digits.toLongLong(&isNumber, 16);
    if (m_response.body.size() + m_left > m_limits.bodyBytes)
        return failSize();
    m_state = m_left == 0 ? State::Trailer : State::Chunk;
}

qsizetype HttpResponseParser::takeBody(QByteArrayView bytes)
{
    if (m_state == State::UntilClosed) {
        if (m_response.body.size() + bytes.size() > m_limits.bodyBytes)
            failSize();
        else
            m_response.body += bytes;
        return bytes.size();
    }
    const qsizetype taken = std::min(bytes.size(), qsizetype(m_left));
    m_response.body += bytes.first(taken);
    m_left -= taken;
    if (m_left == 0)
        m_state = m_state == State::Sized ? State::Done : State::ChunkEnd;
    return taken;
}

void HttpResponseParser::end()
{
    if (m_state == State::Done)
        return;
    if (m_state == State::UntilClosed)
        m_state = State::Done;
    else if (m_state == State::StatusLine || m_state == State::Fields)
        fail(u"was cut off in its header"_s);
    else
        fail(u"was cut off after %1 bytes of its body"_s.arg(m_response.body.size()));
}

} // namespace engine
