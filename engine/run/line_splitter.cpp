#include "engine/run/line_splitter.h"

#include <QStringDecoder>

namespace engine {

static SplitLine decoded(QByteArrayView bytes, bool continues)
{
    if (bytes.endsWith('\r') && !continues)
        bytes.chop(1);
    bytes = bytes.sliced(bytes.lastIndexOf('\r') + 1);
    SplitLine line;
    // Each line by itself, and U+FEFF kept: a line's start is not that of a text.
    QStringDecoder decoder(QStringDecoder::Utf8,
                           QStringDecoder::Flag::Stateless | QStringDecoder::Flag::ConvertInitialBom);
    line.text = decoder(bytes);
    line.invalidUtf8 = decoder.hasError();
    line.text.replace(QChar(u'\0'),
                      QChar(QChar::ReplacementCharacter)); // SQLite and C strings would end there.
    line.continues = continues;
    return line;
}

/// The largest cut at or below limit that splits no UTF-8 sequence.
static qsizetype cutAt(QByteArrayView bytes, qsizetype limit)
{
    qsizetype cut = limit;
    while (cut > limit - 4 && (uchar(bytes[cut]) & 0xC0) == 0x80)
        --cut;
    return (uchar(bytes[cut]) & 0xC0) == 0x80 ? limit : cut;
}

QList<SplitLine> LineSplitter::add(const QByteArray &bytes)
{
    QList<SplitLine> lines;
    m_rest += bytes;
    qsizetype start = 0;
    while (true) {
        const QByteArrayView rest = QByteArrayView(m_rest).sliced(start);
        const qsizetype end = rest.indexOf('\n');
        if (end >= 0 && end <= maxLineBytes) {
            lines += decoded(rest.first(end), false);
            start += end + 1;
            m_continued = false;
        } else if (rest.size() > maxLineBytes) {
            const qsizetype cut = cutAt(rest, maxLineBytes);
            lines += decoded(rest.first(cut), true);
            start += cut;
            m_continued = true;
        } else {
            break;
        }
    }
    m_rest.remove(0, start);
    return lines;
}

QList<SplitLine> LineSplitter::finish()
{
    QList<SplitLine> lines;
    if (!m_rest.isEmpty() || m_continued)
        lines += decoded(m_rest, false);
    m_rest.clear();
    m_continued = false;
    return lines;
}

} // namespace engine
