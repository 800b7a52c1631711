#include "engine/plan/json_members.h"

#include "engine/base/duration.h"
#include "engine/base/json.h"
#include "engine/base/nearest_name.h"
#include "engine/pack/expression/value.h"

#include <cmath>

using namespace Qt::StringLiterals;

namespace engine {

JsonMembers::JsonMembers(const QJsonObject &object, const QString &path, std::optional<Error> &problem)
    : m_object(object)
    , m_path(path)
    , m_problem(problem)
{
}

QString JsonMembers::pathOf(const QString &name) const
{
    return m_path + u'/' + pointerToken(name);
}

void JsonMembers::fail(const QString &path, const QString &message)
{
    if (!m_problem)
        m_problem = Error{ErrorCode::InvalidInput, message, {{}, 0, 0, path}, {}};
}

void JsonMembers::expected(const QString &path, const QString &what, const QJsonValue &found)
{
    fail(path, u"expected %1, found %2"_s.arg(what, expr::describe(found)));
}

QJsonValue JsonMembers::find(const QString &name)
{
    const QJsonValue value = m_object.value(name);
    m_taken += name;
    m_present += value.isUndefined() ? 0 : 1;
    return failed() ? QJsonValue(QJsonValue::Undefined) : value;
}

QJsonValue JsonMembers::any(const QString &name)
{
    const QJsonValue value = find(name);
    if (value.isUndefined())
        fail(m_path, u"\"%1\" is missing"_s.arg(name));
    return value;
}

QJsonValue JsonMembers::take(const QString &name, QJsonValue::Type type, const QString &what, Need need)
{
    const QJsonValue value = find(name);
    if (value.type() == type || failed())
        return value;
    if (!value.isUndefined())
        expected(pathOf(name), what, value);
    else if (need == Required)
        fail(m_path, u"\"%1\" is missing"_s.arg(name));
    return QJsonValue::Undefined;
}

QString JsonMembers::text(const QString &name, Need need)
{
    const QJsonValue value = take(name, QJsonValue::String, u"a string"_s, need);
    if (value.isString() && value.toString().isEmpty())
        failAt(name, u"expected a string that is not empty"_s);
    return value.toString();
}

bool JsonMembers::flag(const QString &name, Need need)
{
    return take(name, QJsonValue::Bool, u"a boolean"_s, need).toBool();
}

int JsonMembers::integer(const QString &name, int least, Need need, int most)
{
    const QJsonValue value = take(name, QJsonValue::Double, u"an integer"_s, need);
    const double number = value.toDouble();
    if (value.isUndefined())
        return 0;
    if (std::trunc(number) == number && number >= least && number <= most)
        return int(number);
    expected(pathOf(name), u"an integer from %1 to %2"_s.arg(least).arg(most), value);
    return 0;
}

std::optional<std::chrono::milliseconds> JsonMembers::duration(const QString &name, Need need)
{
    const QString value = text(name, need);
    if (value.isEmpty())
        return {};
    const auto duration = parseDuration(value);
    if (!duration) {
        failAt(name, duration.error().message);
        return {};
    }
    return *duration;
}

QJsonObject JsonMembers::object(const QString &name, Need need)
{
    return take(name, QJsonValue::Object, u"an object"_s, need).toObject();
}

QJsonArray JsonMembers::array(const QString &name, Need need)
{
    return take(name, QJsonValue::Array, u"an array"_s, need).toArray();
}

QStringList JsonMembers::texts(const QString &name)
{
    QStringList texts;
    const QJsonArray values = array(name);
    for (const auto value : values) {
        if (!value.isString())
            expected(pathOf(name) + u'/' + QString::number(texts.size()), u"a string"_s, value);
        texts += value.toString();
    }
    return texts;
}

void JsonMembers::refuseTheRest()
{
    if (failed() || m_present == m_object.size())
        return;
    const QStringList names = m_object.keys();
    for (const QString &name : names) {
        if (!m_taken.contains(name))
            fail(m_path, u"unknown member \"%1\""_s.arg(name) + didYouMean(name, m_taken));
    }
}

} // namespace engine
