#include "engine/base/printable.h"

#include <QList>

using namespace Qt::StringLiterals;

namespace engine {

static bool isHidden(uint point)
{
    const auto category = QChar::category(point);
    return category == QChar::Other_Control || category == QChar::Other_Format
           || category == QChar::Other_Surrogate || category == QChar::Other_NotAssigned
           || category == QChar::Separator_Line || category == QChar::Separator_Paragraph;
}

QString printable(const QString &text, bool keepLines)
{
    QString result;
    result.reserve(text.size());
    for (const uint point : text.toUcs4()) {
        const bool isHarmless = point == '\t' || (keepLines && point == '\n');
        if (isHidden(point) && !isHarmless)
            result += u"<U+%1>"_s.arg(QString::number(point, 16).toUpper().rightJustified(4, u'0'));
        else
            result += QString::fromUcs4(reinterpret_cast<const char32_t *>(&point), 1);
    }
    return result;
}

} // namespace engine
