#pragma once

#include <QJsonValue>

namespace engine {

/// For messages: "null", "the boolean true", "the number 1.5", "the text \"x\"", "an array", "an object".
QString describeJson(const QJsonValue &value);

} // namespace engine
