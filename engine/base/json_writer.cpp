#include "engine/base/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// Collects bytes, to hand them on many at a time.
class Bytes
{
public:
    explicit Bytes(QByteArray &out)
        : m_out(out)
    {
    }
    ~Bytes() { flush(); }
    Q_DISABLE_COPY_MOVE(Bytes)

    void add(char byte)
    {
        if (m_size == sizeof m_bytes)
            flush();
        m_bytes[m_size++] = byte;
    }
    void addCodePoint(char32_t c); ///< Of two bytes or more in UTF-8.
    void addEscape(char16_t unit);

private:
    void flush();

    QByteArray &m_out;
    char m_bytes[512];
    size_t m_size = 0;
};

void Bytes::flush()
{
    m_out.append(m_bytes, qsizetype(m_size));
    m_size = 0;
}

void Bytes::addCodePoint(char32_t c)
{
    const int rest = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3; // Bytes after the first (RFC 3629 section 3).
    add(char((0xff00 >> (rest + 1)) | (c >> (6 * rest))));
    for (int shift = 6 * (rest - 1); shift >= 0; shift -= 6)
        add(char(0x80 | ((c >> shift) & 0x3f)));
}

void Bytes::addEscape(char16_t unit)
{
    static constexpr char letters[] = "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu"; // Of the control characters.
    const char letter = unit < 0x20 ? letters[unit] : char(unit);
    add('\\');
    add(letter);
    if (letter != 'u')
        return;
    add('0');
    add('0');
    add(unit < 0x10 ? '0' : '1');
    add("0123456789abcdef"[unit & 15]);
}

/// A container that is being written, and how far.
struct Frame
{
    QJsonObject object{};
    QStringList names{}; ///< Of the object, in canonical order.
    QJsonArray array{};
    bool isObject = false;
    bool isSorted = false; ///< The object has its members in that order, too.
    qsizetype next = 0;

    qsizetype size() const { return isObject ? names.size() : array.size(); }
};

/// Writes without recursion, so that depth costs no stack.
class Writer
{
public:
    Writer(bool pretty, QByteArray &out)
        : m_pretty(pretty)
        , m_out(out)
    {
    }

    Result<> write(const QJsonValue &root);

private:
    void beginContainer(const QJsonValue &value);
    void writeScalar(const QJsonValue &value);
    void writeString(const QString &text);
    void newLine();

    const bool m_pretty;
    QByteArray &m_out;
    std::vector<Frame> m_frames;
    QString m_problem;
};

void Writer::newLine()
{
    if (m_pretty)
        m_out += '\n' + QByteArray(qsizetype(m_frames.size()) * 2, ' ');
}

void Writer::beginContainer(const QJsonValue &value)
{
    Frame frame;
    frame.isObject = value.isObject();
    if (frame.isObject) {
        frame.object = value.toObject();
        frame.names = frame.object.keys();
        // QString compares by UTF-16 code units, as section 3.2.3 asks.
        frame.isSorted = std::is_sorted(frame.names.cbegin(), frame.names.cend());
        if (!frame.isSorted)
            std::sort(frame.names.begin(), frame.names.end());
    } else {
        frame.array = value.toArray();
    }
    m_out += frame.isObject ? '{' : '[';
    m_frames.push_back(std::move(frame));
}

void Writer::writeScalar(const QJsonValue &value)
{
    switch (value.type()) {
    case QJsonValue::Bool: m_out += value.toBool() ? "true" : "false"; break;
    case QJsonValue::Double:
        if (std::isfinite(value.toDouble()))
            m_out += es6Number(value.toDouble());
        else
            m_problem = u"a number that is not finite has no JSON form"_s;
        break;
    case QJsonValue::String: writeString(value.toString()); break;
    case QJsonValue::Null:
    case QJsonValue::Undefined:
    case QJsonValue::Array:
    case QJsonValue::Object: m_out += "null"; break; // Containers never come here.
    }
}

void Writer::writeString(const QString &text)
{
    if (const auto appended = appendCanonicalString(m_out, text); !appended)
        m_problem = appended.error().message;
}

Result<> Writer::write(const QJsonValue &root)
{
    if (root.isObject() || root.isArray())
        beginContainer(root);
    else
        writeScalar(root);
    while (!m_frames.empty() && m_problem.isEmpty()) {
        Frame &frame = m_frames.back();
        if (frame.next == frame.size()) {
            const char end = frame.isObject ? '}' : ']';
            const bool empty = frame.size() == 0;
            m_frames.pop_back();
            if (!empty)
                newLine();
            m_out += end;
            continue;
        }
        if (frame.next > 0)
            m_out += ',';
        newLine();
        const qsizetype index = frame.next++;
        QJsonValue value;
        if (frame.isObject) {
            writeString(frame.names[index]);
            m_out += m_pretty ? ": " : ":";
            value = frame.isSorted ? (frame.object.constBegin() + index).value()
                                   : frame.object.value(frame.names[index]);
        } else {
            value = frame.array.at(index);
        }
        if (value.isObject() || value.isArray())
            beginContainer(value);
        else
            writeScalar(value);
    }
    if (!m_problem.isEmpty())
        return invalid(m_problem);
    return {};
}

} // namespace

Result<> appendCanonicalString(QByteArray &out, QStringView text)
{
    Bytes bytes(out);
    bytes.add('"');
    for (qsizetype i = 0; i < text.size(); ++i) {
        const char16_t unit = text[i].unicode();
        if (unit < 0x20 || unit == u'"' || unit == u'\\') {
            bytes.addEscape(unit);
        } else if (unit < 0x80) {
            bytes.add(char(unit));
        } else if (!QChar::isSurrogate(unit)) {
            bytes.addCodePoint(unit);
        } else if (QChar::isHighSurrogate(unit) && i + 1 < text.size() && text[i + 1].isLowSurrogate()) {
            bytes.addCodePoint(QChar::surrogateToUcs4(text[i], text[i + 1]));
            ++i;
        } else {
            return invalid(u"a string with a lone surrogate has no JSON form"_s);
        }
    }
    bytes.add('"');
    return {};
}

QByteArray es6Number(double number)
{
    Q_ASSERT(std::isfinite(number));
    if (number == 0.0)
        return QByteArrayLiteral("0");
    // The shortest digits that read back to the same number, laid out as ECMA-262 Number::toString says:
    // the value is 0.DIGITS times ten to the power of point.
    char buffer[32];
    const auto end =
        std::to_chars(buffer, buffer + sizeof buffer, std::fabs(number), std::chars_format::scientific).ptr;
    const QByteArrayView text(buffer, end - buffer);
    const qsizetype e = text.indexOf('e');
    QByteArray digits(1, text[0]);
    if (e > 2)
        digits += text.sliced(2, e - 2).toByteArray();
    const int point = text.sliced(e + 1).toByteArray().toInt() + 1;
    const auto count = int(digits.size());

    QByteArray out;
    if (point >= count && point <= 21) {
        out = digits + QByteArray(point - count, '0');
    } else if (point > 0 && point <= 21) {
        out = digits.first(point) + '.' + digits.sliced(point);
    } else if (point > -6 && point <= 0) {
        out = "0." + QByteArray(-point, '0') + digits;
    } else {
        out = digits.first(1);
        if (count > 1)
            out += '.' + digits.sliced(1);
        out += point > 0 ? "e+" : "e-";
        out += QByteArray::number(std::abs(point - 1));
    }
    return number < 0 ? '-' + out : out;
}

Result<> appendCanonical(QByteArray &out, const QJsonValue &value)
{
    return Writer(false, out).write(value);
}

Result<QByteArray> canonicalJson(const QJsonValue &value)
{
    QByteArray text;
    if (const auto appended = appendCanonical(text, value); !appended)
        return appended.error();
    return text;
}

QByteArray canonicalJsonOf(const QJsonValue &value)
{
    const auto text = canonicalJson(value);
    Q_ASSERT_X(text, "canonicalJsonOf", "a value that JSON cannot hold");
    return text ? *text : QByteArray();
}

QByteArray prettyJson(const QJsonValue &value)
{
    QByteArray text;
    const auto written = Writer(true, text).write(value);
    return written ? text + '\n' : QByteArray();
}

QString pointerToken(const QString &name)
{
    return QString(name).replace(u'~', u"~0"_s).replace(u'/', u"~1"_s);
}

} // namespace engine
