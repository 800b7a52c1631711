#include "engine/base/ids.h"

#include <QRandomGenerator>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace engine {

QString newUlid(Timestamp time)
{
    static constexpr char16_t alphabet[] = u"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    QString text(26, u'0');
    auto ms = quint64(time.time_since_epoch().count());
    for (qsizetype i = 9; i >= 0; --i, ms >>= 5)
        text[i] = alphabet[ms & 31];
    for (qsizetype i = 10; i < 26; ++i)
        text[i] = alphabet[QRandomGenerator::system()->bounded(32U)];
    return text;
}

RunId newRunId(Timestamp time)
{
    return {u"run_"_s + newUlid(time)};
}

Result<RunId> parseRunId(const QString &text)
{
    static const QRegularExpression form(u"\\Arun_[0-7][0-9A-HJKMNP-TV-Z]{25}\\z"_s);
    if (!form.match(text).hasMatch())
        return invalid(u"\"%1\" is not a run id; expected run_ and 26 letters or digits"_s.arg(text));
    return RunId{text};
}

} // namespace engine
