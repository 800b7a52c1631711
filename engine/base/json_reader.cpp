#include "engine/base/json.h"

#include <QStringDecoder>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <vector>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr double maxExactInteger = 9007199254740991.0; // 2^53-1

struct Member
{
    QString name;
    QJsonValue value;
    qsizetype nameOffset = 0;
};

/// A container that is being read. An object's members are collected and sorted once at its end: inserting
/// each into a QJsonObject would cost time quadratic in their number.
struct OpenValue
{
    bool isObject = false;
    QJsonArray items{};
    std::vector<Member> members{};
};

/// Reads without recursion, so that depth is a limit of ours and not of the stack.
class Reader
{
public:
    Reader(QByteArrayView text, const QString &file, const JsonLimits &limits)
        : m_text(text)
        , m_file(file)
        , m_limits(limits)
    {
    }

    Result<QJsonValue> read();

private:
    bool step();
    bool beginValue();
    bool beginContainer(bool isObject);
    bool endContainer();
    bool readName();
    bool readString(QString &out);
    bool readEscape(QString &out);
    bool readHex(char16_t &out);
    bool readNumber();
    bool readWord(const char *word, const QJsonValue &value);
    bool accept(QJsonValue value);
    void skipSpace();
    bool fail(QString message) { return failAt(m_at, std::move(message)); }
    bool failAt(qsizetype offset, QString message);
    char peek() const { return m_at < m_text.size() ? m_text[m_at] : '\0'; }
    QString here() const;

    const QByteArrayView m_text;
    const QString m_file;
    const JsonLimits m_limits;
    qsizetype m_at = 0;
    qsizetype m_nodes = 0;
    std::vector<OpenValue> m_frames;
    QJsonValue m_root;
    bool m_done = false;
    bool m_needValue = true; ///< A value must come next; otherwise a comma or the end of the container.
    std::optional<Error> m_error;
};

bool Reader::failAt(qsizetype offset, QString message)
{
    const QByteArrayView before = m_text.first(std::min(offset, m_text.size()));
    const qsizetype lineStart = before.lastIndexOf('\n') + 1;
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    m_error = Error{ErrorCode::InvalidInput,
                    std::move(message),
                    {m_file, int(line), int(before.size() - lineStart + 1), {}},
                    {}};
    return false;
}

QString Reader::here() const
{
    if (m_at >= m_text.size())
        return u"the end of the text"_s;
    const auto byte = uchar(m_text[m_at]);
    if (byte < 0x20 || byte >= 0x7f)
        return u"byte 0x%1"_s.arg(uint(byte), 2, 16, QLatin1Char('0'));
    return u"\"%1\""_s.arg(QLatin1Char(char(byte)));
}

void Reader::skipSpace()
{
    while (m_at < m_text.size() && std::strchr(" \t\r\n", m_text[m_at]) && m_text[m_at] != '\0')
        ++m_at;
}

bool Reader::accept(QJsonValue value)
{
    m_needValue = false;
    if (m_frames.empty()) {
        m_root = std::move(value);
        m_done = true;
    } else if (OpenValue &frame = m_frames.back(); frame.isObject) {
        frame.members.back().value = std::move(value);
    } else {
        frame.items.append(value);
    }
    return true;
}

bool Reader::beginContainer(bool isObject)
{
    if (qsizetype(m_frames.size()) >= m_limits.maxDepth)
        return fail(u"nested deeper than %1 levels"_s.arg(m_limits.maxDepth));
    ++m_at;
    m_frames.push_back({isObject, {}, {}});
    skipSpace();
    if (peek() == (isObject ? '}' : ']'))
        return endContainer();
    m_needValue = true;
    return !isObject || readName();
}

bool Reader::endContainer()
{
    ++m_at;
    OpenValue frame = std::move(m_frames.back());
    m_frames.pop_back();
    if (!frame.isObject)
        return accept(std::move(frame.items));
    std::stable_sort(frame.members.begin(), frame.members.end(),
                     [](const Member &a, const Member &b) { return a.name < b.name; });
    QJsonObject object;
    const Member *twice = nullptr; // The first in the text whose name stood before.
    for (size_t i = 0; i < frame.members.size(); ++i) {
        const Member &member = frame.members[i];
        const bool stoodBefore = i > 0 && frame.members[i - 1].name == member.name;
        if (stoodBefore && (!twice || member.nameOffset < twice->nameOffset))
            twice = &member;
        object.insert(member.name, member.value);
    }
    if (twice)
        return failAt(twice->nameOffset, u"name \"%1\" stands twice in one object"_s.arg(twice->name));
    return accept(std::move(object));
}

bool Reader::readName()
{
    if (peek() != '"')
        return fail(u"expected a name in quotes, found "_s + here());
    Member member;
    member.nameOffset = m_at;
    if (!readString(member.name))
        return false;
    skipSpace();
    if (peek() != ':')
        return fail(u"expected \":\" after a name, found "_s + here());
    ++m_at;
    m_frames.back().members.push_back(std::move(member));
    m_needValue = true;
    return true;
}

bool Reader::readHex(char16_t &out)
{
    unsigned value = 0;
    const char *begin = m_text.data() + m_at;
    const char *end = begin + std::min<qsizetype>(4, m_text.size() - m_at);
    const auto parsed = std::from_chars(begin, end, value, 16);
    if (parsed.ptr != begin + 4 || *begin == '-')
        return fail(u"expected four hexadecimal digits after \\u"_s);
    m_at += 4;
    out = char16_t(value);
    return true;
}

bool Reader::readEscape(QString &out)
{
    const qsizetype start = m_at++;
    static constexpr char names[] = "\"\\/bfnrt";
    static constexpr char values[] = "\"\\/\b\f\n\r\t";
    if (const char letter = peek(); letter != 'u') {
        const char *found = letter == '\0' ? nullptr : std::strchr(names, letter);
        if (!found)
            return fail(u"unknown escape, found "_s + here());
        out += QLatin1Char(values[found - names]);
        ++m_at;
        return true;
    }
    ++m_at;
    char16_t unit = 0;
    if (!readHex(unit))
        return false;
    if (QChar::isLowSurrogate(unit))
        return failAt(start, u"lone low surrogate"_s);
    out += QChar(unit);
    if (!QChar::isHighSurrogate(unit))
        return true;
    if (peek() != '\\' || m_at + 1 >= m_text.size() || m_text[m_at + 1] != 'u')
        return failAt(start, u"lone high surrogate"_s);
    m_at += 2;
    if (!readHex(unit))
        return false;
    if (!QChar::isLowSurrogate(unit))
        return failAt(start, u"lone high surrogate"_s);
    out += QChar(unit);
    return true;
}

bool Reader::readString(QString &out)
{
    ++m_at;
    while (true) {
        const qsizetype start = m_at;
        while (m_at < m_text.size() && m_text[m_at] != '"' && m_text[m_at] != '\\'
               && uchar(m_text[m_at]) >= 0x20)
            ++m_at;
        if (m_at > start) {
            // Inside a text U+FEFF is a character like any other, not a byte order mark to be dropped.
            QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::ConvertInitialBom);
            out += decoder(m_text.sliced(start, m_at - start));
            // A sequence cut off by the quote shows only when the decoder is asked for more.
            if (decoder.hasError() || QString(decoder(QByteArrayView("\x20", 1))) != u" "_s)
                return failAt(start, u"string is not valid UTF-8"_s);
        }
        if (m_at >= m_text.size())
            return fail(u"string without an end"_s);
        if (m_text[m_at] == '"') {
            ++m_at;
            return true;
        }
        if (uchar(m_text[m_at]) < 0x20)
            return fail(u"control character in a string, found "_s + here());
        if (!readEscape(out))
            return false;
    }
}

/// Whether a number that no double holds is a large one; otherwise it is nearly nothing.
bool isLarge(QByteArrayView number)
{
    const auto at = [&number](auto matches) {
        return qint64(std::find_if(number.begin(), number.end(), matches) - number.begin());
    };
    const qint64 firstDigit = at([](char c) { return c >= '1' && c <= '9'; });
    const qint64 mark = at([](char c) { return c == 'e' || c == 'E'; });
    const qint64 point = std::min(mark, at([](char c) { return c == '.'; }));
    qint64 exponent = 0;
    if (mark < number.size()) {
        bool fits = false;
        exponent = number.sliced(mark + 1).toByteArray().toLongLong(&fits);
        if (!fits)
            return number[mark + 1] != '-';
    }
    return exponent + point > firstDigit;
}

bool Reader::readNumber()
{
    const qsizetype start = m_at;
    const auto digits = [this] {
        const qsizetype first = m_at;
        while (peek() >= '0' && peek() <= '9')
            ++m_at;
        return m_at > first;
    };
    bool isInteger = true;
    if (peek() == '-')
        ++m_at;
    if (peek() == '0')
        ++m_at;
    else if (!digits())
        return fail(u"expected a value, found "_s + here());
    if (peek() == '.') {
        isInteger = false;
        ++m_at;
        if (!digits())
            return fail(u"expected a digit after \".\", found "_s + here());
    }
    if (peek() == 'e' || peek() == 'E') {
        isInteger = false;
        ++m_at;
        if (peek() == '+' || peek() == '-')
            ++m_at;
        if (!digits())
            return fail(u"expected a digit in the exponent, found "_s + here());
    }
    const char *begin = m_text.data() + start;
    double number = 0;
    const auto parsed = std::from_chars(begin, m_text.data() + m_at, number);
    if (parsed.ec == std::errc::result_out_of_range) {
        if (isLarge(m_text.sliced(start, m_at - start)))
            return failAt(start, u"number is beyond the range of a double"_s);
        number = 0;
    }
    if (isInteger && std::fabs(number) <= maxExactInteger)
        return accept(QJsonValue(qint64(number)));
    return accept(QJsonValue(number));
}

bool Reader::readWord(const char *word, const QJsonValue &value)
{
    const auto length = qsizetype(std::strlen(word));
    if (m_text.size() - m_at < length || m_text.sliced(m_at, length) != QByteArrayView(word, length))
        return fail(u"expected a value, found "_s + here());
    m_at += length;
    return accept(value);
}

bool Reader::beginValue()
{
    if (++m_nodes > m_limits.maxNodes)
        return fail(u"more than %1 values"_s.arg(m_limits.maxNodes));
    switch (peek()) {
    case '{': return beginContainer(true);
    case '[': return beginContainer(false);
    case '"': {
        QString text;
        return readString(text) && accept(text);
    }
    case 't': return readWord("true", true);
    case 'f': return readWord("false", false);
    case 'n': return readWord("null", QJsonValue::Null);
    default: return readNumber();
    }
}

bool Reader::step()
{
    skipSpace();
    if (m_needValue)
        return beginValue();
    const bool isObject = m_frames.back().isObject;
    if (peek() == (isObject ? '}' : ']'))
        return endContainer();
    if (peek() != ',')
        return fail((isObject ? u"expected \",\" or \"}\", found "_s : u"expected \",\" or \"]\", found "_s)
                    + here());
    ++m_at;
    skipSpace();
    m_needValue = true;
    return !isObject || readName();
}

Result<QJsonValue> Reader::read()
{
    if (m_text.size() > m_limits.maxBytes) {
        fail(u"text has %1 bytes; at most %2 are read"_s.arg(m_text.size()).arg(m_limits.maxBytes));
        return *m_error;
    }
    while (!m_done) {
        if (!step())
            return *m_error;
    }
    skipSpace();
    if (m_at < m_text.size()) {
        fail(u"expected the end of the text, found "_s + here());
        return *m_error;
    }
    return m_root;
}

} // namespace

Result<QJsonValue> parseJson(QByteArrayView text, const QString &fileName, const JsonLimits &limits)
{
    return Reader(text, fileName, limits).read();
}

Result<QJsonObject> parseJsonObject(QByteArrayView text, const QString &fileName, const JsonLimits &limits)
{
    const auto value = parseJson(text, fileName, limits);
    if (!value)
        return value.error();
    if (!value->isObject())
        return Error{ErrorCode::InvalidInput, u"expected a JSON object"_s, {fileName, 1, 1, {}}, {}};
    return value->toObject();
}

} // namespace engine
