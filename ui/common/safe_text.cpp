#include "ui/common/safe_text.h"

#include <algorithm>
#include <span>

namespace ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype maxLength = 64 * 1024;
constexpr int maxSpaces = 8;
constexpr int maxMarks = 4;

struct Range
{
    char32_t first;
    char32_t last;
};

/// Default_Ignorable_Code_Point of Unicode that is neither a control nor a format character
/// (DerivedCoreProperties.txt), and two letters that print as nothing.
constexpr Range ignorable[] = {
    {0x034F, 0x034F}, {0x115F, 0x1160}, {0x17B4, 0x17B5},   {0x180B, 0x180F},
    {0x2065, 0x2065}, {0x2800, 0x2800}, {0x3164, 0x3164},   {0xFE00, 0xFE0F},
    {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFF8}, {0xE0000, 0xE0FFF},
};

bool isHidden(char32_t c)
{
    switch (QChar::category(c)) {
    case QChar::Other_Control:
    case QChar::Other_Format:
    case QChar::Other_Surrogate:
    case QChar::Other_PrivateUse:
    case QChar::Other_NotAssigned:
    case QChar::Separator_Line:
    case QChar::Separator_Paragraph: return true;
    default: break; // Every other category prints something or is in the table.
    }
    return std::ranges::any_of(ignorable, [c](const Range &r) { return c >= r.first && c <= r.last; });
}

QString token(char32_t c, int count = 1)
{
    const QString name = u"U+%1"_s.arg(uint(c), 4, 16, QChar(u'0')).toUpper();
    return count == 1 ? u"<%1>"_s.arg(name) : u"<%1 x%2>"_s.arg(name).arg(count);
}

/// Unlike QString::toUcs4() it keeps lone surrogates, so that they can be named.
QList<char32_t> codePoints(QStringView text)
{
    QList<char32_t> points;
    points.reserve(text.size());
    for (qsizetype i = 0; i < text.size(); ++i) {
        const bool isPair =
            text.at(i).isHighSurrogate() && i + 1 < text.size() && text.at(i + 1).isLowSurrogate();
        points.append(isPair ? QChar::surrogateToUcs4(text.at(i), text.at(i + 1)) : text.at(i).unicode());
        i += isPair ? 1 : 0;
    }
    return points;
}

/// Characters that are counted when there are many in a row: each alone is harmless.
enum class Crowd { None, Spaces, Marks };

Crowd crowdOf(char32_t c)
{
    if (QChar::isMark(c) && !isHidden(c))
        return Crowd::Marks;
    return QChar::category(c) == QChar::Separator_Space ? Crowd::Spaces : Crowd::None;
}

/// A crowd of these code points as a token: by its character when they are all the same, else by their
/// number.
QString crowdToken(std::span<const char32_t> crowd, Crowd kind)
{
    const int count = int(crowd.size());
    if (std::ranges::all_of(crowd, [&crowd](char32_t c) { return c == crowd.front(); }))
        return token(crowd.front(), count);
    return (kind == Crowd::Spaces ? u"<%1 spaces>"_s : u"<%1 marks>"_s).arg(count);
}

QString made(const QString &text, bool keepLines)
{
    const QList<char32_t> points = codePoints(QStringView(text).left(maxLength));
    QString out;
    out.reserve(text.size());
    for (qsizetype i = 0; i < points.size();) {
        const char32_t c = points.at(i);
        const Crowd kind = crowdOf(c);
        qsizetype end = i + 1;
        while (end < points.size()
               && (kind == Crowd::None ? points.at(end) == c : crowdOf(points.at(end)) == kind))
            ++end;
        const std::span run(points.cbegin() + i, points.cbegin() + end);
        const int count = int(run.size());
        if (keepLines && (c == U'\n' || c == U'\t'))
            out += (c == U'\n' ? u"\n"_s : u"    "_s).repeated(count);
        else if (isHidden(c))
            out += token(c, count);
        else if ((kind == Crowd::Spaces && count > maxSpaces) || (kind == Crowd::Marks && count > maxMarks))
            out += crowdToken(run, kind);
        else
            out += QString::fromUcs4(run.data(), count);
        i = end;
    }
    if (text.size() > maxLength)
        out += u"<+%1>"_s.arg(text.size() - maxLength);
    return out;
}

} // namespace

QString safeText(const QString &text)
{
    return made(text, false);
}

QString safeLines(const QString &text)
{
    return made(text, true);
}

QString safeLabel(const QString &text)
{
    return safeText(text).replace(u'&', u"&&"_s);
}

QString safeValue(const QString &text)
{
    return QChar(0x2068) + safeText(text) + QChar(0x2069);
}

QLabel *plainLabel(const QString &text, QWidget *parent)
{
    auto *label = new QLabel(parent);
    label->setTextFormat(Qt::PlainText);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    label->setWordWrap(true);
    label->setText(safeLines(text));
    return label;
}

} // namespace ui
