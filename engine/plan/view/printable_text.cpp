#include "engine/plan/view/printable_text.h"

#include "engine/base/json.h"

using namespace Qt::StringLiterals;

namespace engine {

QString printableLine(const QString &text)
{
    QString out = text.simplified();
    for (QChar &letter : out) {
        if (letter.category() == QChar::Other_Control || letter.category() == QChar::Other_Format)
            letter = u'?';
    }
    return out;
}

QString printableValue(const QJsonValue &value)
{
    constexpr qsizetype shown = 80;
    const QString text =
        value.isString() ? u'"' + value.toString() + u'"' : QString::fromUtf8(canonicalJsonOf(value));
    const QString line = printableLine(text);
    return line.size() <= shown ? line : line.first(shown - 3) + u"..."_s;
}

} // namespace engine
