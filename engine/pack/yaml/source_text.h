#pragma once

#include "engine/base/result.h"

#include <QByteArray>

namespace engine {

/// Checks that text from a user's document is UTF-8 without a byte order mark, and holds only the characters
/// that YAML 1.2 calls printable (section 5.1): no control characters but tab, line feed and carriage return
/// before it.
///
/// Fails with InvalidInput at the first byte that is wrong. Pure and reentrant.
Result<> checkSourceText(QByteArrayView text, const QString &fileName);

} // namespace engine
