#include "engine/base/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// A container that is being written, and how far.
struct Frame
{
    QJsonObject object{};
    QStringList names{}; ///< Of the object, in canonical order.
    QJsonArray array{};
    bool isObject = false;
    qsizetype next = 0;

    qsizetype size() const { return isObject ? names.size() : array.size(); }
};

/// Writes without recursion, so that depth costs no stack.
class Writer
{
public:
    explicit Writer(bool pretty)
        : m_pretty(pretty)
    {
    }

    Result<QByteArray> write(const QJsonValue &root);

private:
    void beginContainer(const QJsonValue &value);
    void writeScalar(const QJsonValue &value);
    void writeString(const QString &text);
    void writeEscape(char16_t unit);
    void newLine();

    const bool m_pretty;
    QByteArray m_out;
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
        std::sort(frame.names.begin(),
                  frame.names.end()); // QString compares by UTF-16 code units, as section 3.2.3 asks.
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
    m_out += '"';
    const QStringView view(text);
    qsizetype done = 0; // Everything before it is written.
    for (qsizetype i = 0; i < view.size(); ++i) {
        const char16_t unit = view[i].unicode();
        if (QChar::isHighSurrogate(unit) && i + 1 < view.size() && view[i + 1].isLowSurrogate()) {
            ++i;
        } else if (QChar::isSurrogate(unit)) {
            m_problem = u"a string with a lone surrogate has no JSON form"_s;
            return;
        } else if (unit < 0x20 || unit == u'"' || unit == u'\\') {
            m_out += view.sliced(done, i - done).toUtf8();
            writeEscape(unit);
            done = i + 1;
        }
    }
    m_out += view.sliced(done).toUtf8();
    m_out += '"';
}

void Writer::writeEscape(char16_t unit)
{
    static constexpr char letters[] = "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu"; // Of the control characters.
    const char letter = unit < 0x20 ? letters[unit] : char(unit);
    m_out += '\\';
    m_out += letter;
    if (letter == 'u') {
        m_out += unit < 0x10 ? "000" : "001";
        m_out += "0123456789abcdef"[unit & 15];
    }
}

Result<QByteArray> Writer::write(const QJsonValue &root)
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
            value = frame.object.value(frame.names[index]);
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
    return m_out;
}

} // namespace

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

Result<QByteArray> canonicalJson(const QJsonValue &value)
{
    return Writer(false).write(value);
}

QByteArray canonicalJsonOf(const QJsonValue &value)
{
    const auto text = canonicalJson(value);
    Q_ASSERT_X(text, "canonicalJsonOf", "a value that JSON cannot hold");
    return text ? *text : QByteArray();
}

QByteArray prettyJson(const QJsonValue &value)
{
    const auto text = Writer(true).write(value);
    return text ? *text + '\n' : QByteArray();
}

QString pointerToken(const QString &name)
{
    return QString(name).replace(u'~', u"~0"_s).replace(u'/', u"~1"_s);
}

} // namespace engine
