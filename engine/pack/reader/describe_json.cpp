#include "engine/pack/reader/describe_json.h"

#include "engine/base/json.h"

using namespace Qt::StringLiterals;

namespace engine {

QString describeJson(const QJsonValue &value)
{
    switch (value.type()) {
    case QJsonValue::Undefined: return u"nothing"_s;
    case QJsonValue::Null: return u"null"_s;
    case QJsonValue::Bool: return value.toBool() ? u"the boolean true"_s : u"the boolean false"_s;
    case QJsonValue::Double: return u"the number "_s + QString::fromLatin1(es6Number(value.toDouble()));
    case QJsonValue::Array: return u"an array"_s;
    case QJsonValue::Object: return u"an object"_s;
    case QJsonValue::String: break;
    }
    QString text = value.toString();
    if (text.size() > 40)
        text = text.first(37) + u"..."_s;
    return u"the text \"%1\""_s.arg(text.replace(u'\n', u' '));
}

} // namespace engine
