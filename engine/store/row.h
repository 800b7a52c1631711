#pragma once

#include "engine/base/clock.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QSqlQuery>

namespace engine {

/// The row a query stands on, read as values of ours.
///
/// A column that cannot be read gives a default value and is noted: look at problem() once the row is read,
/// instead of after each column.
class Row
{
public:
    explicit Row(const QSqlQuery &query)
        : m_query(query)
    {
    }

    QString text(int column) const { return m_query.value(column).toString(); }
    QByteArray bytes(int column) const { return m_query.value(column).toByteArray(); }
    qint64 number(int column) const { return m_query.value(column).toLongLong(); }
    bool flag(int column) const { return number(column) != 0; }
    bool isNull(int column) const { return m_query.isNull(column); }
    Timestamp time(int column);
    std::optional<Timestamp> optionalTime(int column);
    std::optional<int> optionalNumber(int column) const;
    QJsonObject object(int column);
    QJsonArray array(int column);

    template<class Value>
    Value parsed(int column, Result<Value> (*parse)(const QString &))
    {
        const Result<Value> value = parse(text(column));
        if (!value)
            note(column, value.error().message);
        return value ? *value : Value{};
    }

    const QString &problem() const { return m_problem; } ///< The first; empty when all was well.

private:
    void note(int column, const QString &message);

    const QSqlQuery &m_query;
    QString m_problem;
};

// Values as they are bound.
QVariant toSql(Timestamp time);
QVariant toSql(const std::optional<Timestamp> &time); ///< NULL when there is none.
QVariant toSql(const std::optional<int> &number);

} // namespace engine
