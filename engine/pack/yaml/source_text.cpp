#include "engine/pack/yaml/source_text.h"

#include "engine/pack/pack.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

struct CodePoint
{
    char32_t value = 0;
    qsizetype size = 0; ///< Bytes; 0 when they are not UTF-8.
};

/// Reads one code point as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
CodePoint decode(QByteArrayView text)
{
    const auto lead = uchar(text[0]);
    if (lead < 0x80)
        return {lead, 1};
    const qsizetype size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < size)
        return {};
    auto value = char32_t(lead & (0xff >> (size + 1)));
    for (qsizetype i = 1; i < size; ++i) {
        const auto next = uchar(text[i]);
        if ((next & 0xc0) != 0x80)
            return {};
        value = (value << 6) | (next & 0x3f);
    }
    static constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < smallest[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return {};
    return {value, size};
}

/// Most bytes, and nothing about them needs a closer look.
bool isPlain(char byte)
{
    return (byte >= 0x20 && byte < 0x7f) || byte == '\n';
}

bool isPrintable(char32_t c)
{
    if (c < 0x80)
        return (c >= 0x20 && c != 0x7f) || c == '\t' || c == '\n' || c == '\r';
    return (c == 0x85 || c >= 0xa0) && c != 0xfffe && c != 0xffff;
}

Error problemAt(QByteArrayView text, qsizetype offset, const QString &fileName, QString message)
{
    const QByteArrayView before = text.first(offset);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const qsizetype column = offset - (before.lastIndexOf('\n') + 1) + 1;
    return {ErrorCode::InvalidInput, std::move(message), {fileName, int(line), int(column), {}}, {}};
}

} // namespace

Result<> checkSourceText(QByteArrayView text, const QString &fileName)
{
    if (text.startsWith(QByteArrayView("\xef\xbb\xbf")))
        return problemAt(text, 0, fileName,
                         u"the text begins with a byte order mark; expected UTF-8 without one"_s);
    for (qsizetype at = 0; at < text.size();) {
        if (isPlain(text[at])) {
            ++at;
            continue;
        }
        const CodePoint point = decode(text.sliced(at));
        if (point.size == 0) {
            const QString byte = QString::number(uchar(text[at]), 16);
            return problemAt(text, at, fileName, u"byte 0x%1 is not valid UTF-8"_s.arg(byte));
        }
        if (!isPrintable(point.value)) {
            const QString code = QString::number(uint(point.value), 16).toUpper().rightJustified(4, u'0');
            return problemAt(text, at, fileName, u"control character U+%1 is not allowed"_s.arg(code));
        }
        if (point.value == '\r' && (at + 1 >= text.size() || text[at + 1] != '\n'))
            return problemAt(text, at, fileName, u"carriage return without a line feed"_s);
        at += point.size;
    }
    return {};
}

static QString shown(QByteArrayView line)
{
    QString text = QString::fromUtf8(line);
    for (QChar &c : text) {
        // Bidirectional and other format characters could make the excerpt lie about the line.
        const bool isHidden = c.category() == QChar::Other_Control || c.category() == QChar::Other_Format;
        if (c == u'\t')
            c = u' ';
        else if (isHidden || c.category() == QChar::Separator_Line
                 || c.category() == QChar::Separator_Paragraph)
            c = u'?';
    }
    return text;
}

QString sourceExcerpt(const QByteArray &text, const SourcePos &where)
{
    if (where.line < 1)
        return {};
    qsizetype start = 0;
    for (int line = 1; line < where.line; ++line) {
        start = text.indexOf('\n', start) + 1;
        if (start == 0)
            return {};
    }
    if (start >= text.size())
        return {};
    const qsizetype end = text.indexOf('\n', start);
    QByteArrayView line = QByteArrayView(text).sliced(start, (end < 0 ? text.size() : end) - start);
    if (line.endsWith('\r'))
        line.chop(1);
    const qsizetype before = std::clamp<qsizetype>(where.column - 1, 0, line.size());
    const auto indent = shown(line.first(before)).toUcs4().size();
    return shown(line) + u'\n' + QString(indent, u' ') + u'^';
}

} // namespace engine
