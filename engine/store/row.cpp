#include "engine/store/row.h"

#include "engine/base/json.h"

#include <QSqlRecord>
#include <QVariant>

#include <limits>

using namespace Qt::StringLiterals;

namespace engine {

void Row::note(int column, const QString &message)
{
    if (m_problem.isEmpty())
        m_problem = u"column %1: %2"_s.arg(m_query.record().fieldName(column), message);
}

Timestamp Row::time(int column)
{
    return parsed<Timestamp>(column, parseIso);
}

std::optional<Timestamp> Row::optionalTime(int column)
{
    return isNull(column) ? std::nullopt : std::optional(time(column));
}

std::optional<int> Row::optionalNumber(int column) const
{
    return isNull(column) ? std::nullopt : std::optional(int(number(column)));
}

/// What was checked on its way in is read back whatever its size.
static Result<QJsonValue> parseStored(const QString &text)
{
    static constexpr JsonLimits limits{std::numeric_limits<qsizetype>::max(), 4096,
                                       std::numeric_limits<qsizetype>::max()};
    return parseJson(text.toUtf8(), {}, limits);
}

QJsonObject Row::object(int column)
{
    return parsed<QJsonValue>(column, parseStored).toObject();
}

QJsonArray Row::array(int column)
{
    return parsed<QJsonValue>(column, parseStored).toArray();
}

QVariant toSql(Timestamp time)
{
    return toIso(time);
}

QVariant toSql(const std::optional<Timestamp> &time)
{
    return time ? toSql(*time) : QVariant();
}

QVariant toSql(const std::optional<int> &number)
{
    return number ? QVariant(*number) : QVariant();
}

} // namespace engine
