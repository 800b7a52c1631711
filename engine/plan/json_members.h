#pragma once

#include "engine/base/result.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QStringList>

#include <chrono>
#include <limits>
#include <optional>

namespace engine {

/// Takes the members of one JSON object by name and type. Whatever was not taken is an unknown member. The
/// first problem is kept; from then on every answer is empty.
class JsonMembers
{
public:
    enum Need { Required, Optional };

    /// @param path     JSON Pointer of the object
    /// @param problem  shared by all objects of a document; outlives this
    JsonMembers(const QJsonObject &object, const QString &path, std::optional<Error> &problem);

    QString text(const QString &name, Need need = Required); ///< A string that is not empty.
    bool flag(const QString &name, Need need = Optional);
    /// 0 when it is absent.
    int integer(const QString &name, int least, Need need = Required,
                int most = std::numeric_limits<int>::max());
    std::optional<std::chrono::milliseconds> duration(const QString &name, Need need = Required);
    QJsonObject object(const QString &name, Need need = Optional);
    QJsonArray array(const QString &name, Need need = Optional);
    QStringList texts(const QString &name);
    QJsonValue any(const QString &name); ///< Required, of any type.

    QString pathOf(const QString &name) const;
    void fail(const QString &path, const QString &message);
    void failAt(const QString &name, const QString &message) { fail(pathOf(name), message); }
    bool failed() const { return m_problem.has_value(); }

    /// Call it when everything was taken.
    void refuseTheRest();

private:
    QJsonValue find(const QString &name);
    /// Undefined when it is absent or of another type, which then is a problem.
    QJsonValue take(const QString &name, QJsonValue::Type type, const QString &expected, Need need);
    void expected(const QString &path, const QString &what, const QJsonValue &found);

    const QJsonObject m_object;
    const QString m_path;
    std::optional<Error> &m_problem;
    QStringList m_taken;
    qsizetype m_present = 0;
};

} // namespace engine
