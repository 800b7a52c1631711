#pragma once

#include <QByteArray>
#include <QList>
#include <QString>

namespace engine {

/// One line of a stream, decoded.
struct SplitLine
{
    QString text{};
    bool continues = false;   ///< Longer than the limit; goes on in the next line.
    bool invalidUtf8 = false; ///< Bytes were replaced by U+FFFD.

    bool operator==(const SplitLine &) const = default;
};

/// Cuts a stream of bytes into lines, wherever the reads happened to end.
///
/// Lines end at LF. A CR before it is dropped; other CRs redraw the line, as progress bars do, and only what
/// stands after the last one is kept. A line longer than maxLineBytes is cut at a character's border.
class LineSplitter
{
public:
    static constexpr qsizetype maxLineBytes = 64 * 1024;

    QList<SplitLine> add(const QByteArray &bytes);
    QList<SplitLine> finish(); ///< What stands after the last line feed, if anything.

private:
    QByteArray m_rest;
    bool m_continued = false; ///< m_rest goes on a line that was cut.
};

} // namespace engine
