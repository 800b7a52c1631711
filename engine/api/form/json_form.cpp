#include "engine/api/form/json_form.h"

#include "engine/base/json.h"
#include "engine/base/nearest_name.h"
#include "engine/pack/expression/value.h"

using namespace Qt::StringLiterals;

namespace engine::form {

void Reading::fail(const QString &message)
{
    if (m_problem)
        return;
    QString path;
    for (const QString &token : std::as_const(m_path))
        path += u'/' + pointerToken(token);
    m_problem = Error{ErrorCode::InvalidInput, message, {{}, 0, 0, path}, {}};
}

void Reading::expected(const QString &what, const QJsonValue &found)
{
    fail(u"expected %1, found %2"_s.arg(what, expr::describe(found)));
}

QJsonValue Members::take(const QString &name, bool isRequired)
{
    m_taken += name;
    const QJsonValue value = m_object.value(name);
    if (isRequired && value.isUndefined())
        m_reading.fail(u"\"%1\" is missing"_s.arg(name));
    return value;
}

void Members::refuseTheRest()
{
    if (m_reading.failed())
        return;
    for (auto entry = m_object.begin(); entry != m_object.end(); ++entry) {
        if (!m_taken.contains(entry.key()))
            return m_reading.fail(u"unknown member \"%1\""_s.arg(entry.key())
                                  + didYouMean(entry.key(), m_taken));
    }
}

} // namespace engine::form
