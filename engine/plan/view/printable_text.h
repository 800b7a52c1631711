#pragma once

#include <QJsonValue>
#include <QString>

namespace engine {

/// One line without anything that a terminal or a reader's eye would obey: white space is simplified, control
/// and format characters (bidirectional ones among them) become "?".
QString printableLine(const QString &text);

/// A value in one printable line: texts in quotes, the rest as canonical JSON; cut when it is long.
QString printableValue(const QJsonValue &value);

} // namespace engine
