#include "engine/plan/view/line_difference.h"

#include "engine/plan/view/value_text.h"

#include <algorithm>
#include <vector>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr qsizetype maxCells = 40'000; ///< Of the table below; a larger middle is shown as replaced.
constexpr qsizetype lineLength = 120;

struct Line
{
    enum Kind { Same, Gone, New };
    Kind kind = Same;
    QString text{};
};

using Lines = QList<Line>;

/// By the longest common subsequence of the two.
void appendMiddle(Lines &lines, const QStringList &before, const QStringList &after)
{
    const qsizetype rows = before.size();
    const qsizetype columns = after.size();
    const bool isSmall = rows == 0 || columns <= maxCells / rows;
    const auto width = size_t(columns + 1);
    std::vector<int> length(isSmall ? size_t(rows + 1) * width : 0); // Of what is common from here on.
    const auto cell = [&](qsizetype row, qsizetype column) -> int & {
        return length[size_t(row) * width + size_t(column)];
    };
    for (qsizetype row = isSmall ? rows - 1 : -1; row >= 0; --row) {
        for (qsizetype column = columns - 1; column >= 0; --column)
            cell(row, column) = before.at(row) == after.at(column)
                                    ? cell(row + 1, column + 1) + 1
                                    : std::max(cell(row + 1, column), cell(row, column + 1));
    }
    qsizetype row = 0;
    qsizetype column = 0;
    while (row < rows || column < columns) {
        const bool bothLeft = row < rows && column < columns;
        if (bothLeft && isSmall && before.at(row) == after.at(column)) {
            lines += Line{Line::Same, before.at(row++)};
            ++column;
        } else if (row < rows && (!bothLeft || !isSmall || cell(row + 1, column) >= cell(row, column + 1))) {
            lines += Line{Line::Gone, before.at(row++)};
        } else {
            lines += Line{Line::New, after.at(column++)};
        }
    }
}

/// What both begin and end with counts as one line of context only.
Lines compare(const QStringList &before, const QStringList &after)
{
    const qsizetype shorter = std::min(before.size(), after.size());
    qsizetype head = 0;
    while (head < shorter && before.at(head) == after.at(head))
        ++head;
    qsizetype tail = 0;
    while (tail < shorter - head && before.at(before.size() - 1 - tail) == after.at(after.size() - 1 - tail))
        ++tail;
    Lines lines;
    if (head > 0)
        lines += Line{Line::Same, before.at(head - 1)};
    appendMiddle(lines, before.mid(head, before.size() - head - tail),
                 after.mid(head, after.size() - head - tail));
    if (tail > 0)
        lines += Line{Line::Same, before.at(before.size() - tail)};
    return lines;
}

/// Lines that went with those that came in their place, shortened in pairs.
void showReplaced(QStringList &shown, const QStringList &gone, const QStringList &come)
{
    QStringList added;
    for (qsizetype i = 0; i < std::max(gone.size(), come.size()); ++i) {
        const auto [before, after] = shortenedPair(gone.value(i), come.value(i), lineLength);
        if (i < gone.size())
            shown += u"- "_s + before;
        if (i < come.size())
            added += u"+ "_s + after;
    }
    shown += added;
}

} // namespace

QStringList lineDifference(const QStringList &before, const QStringList &after, qsizetype maxLines)
{
    const Lines lines = compare(before, after);
    QStringList shown;
    for (qsizetype i = 0; i < lines.size();) {
        QStringList gone;
        QStringList come;
        for (; i < lines.size() && lines.at(i).kind == Line::Gone; ++i)
            gone += lines.at(i).text;
        for (; i < lines.size() && lines.at(i).kind == Line::New; ++i)
            come += lines.at(i).text;
        showReplaced(shown, gone, come);
        const qsizetype start = i;
        while (i < lines.size() && lines.at(i).kind == Line::Same)
            ++i;
        for (qsizetype k = start; k < i; ++k) {
            if (k == start || k == i - 1)
                shown += u"  "_s + shortened(lines.at(k).text, lineLength);
            else if (k == start + 1)
                shown += u"  …"_s;
        }
    }
    if (shown.size() > maxLines) {
        const qsizetype rest = shown.size() - maxLines;
        shown.resize(maxLines);
        shown += u"… and "_s + countOf(rest, u"more line"_s);
    }
    return shown;
}

} // namespace engine
