#pragma once

#include "engine/base/result.h"

#include <QRegularExpression>
#include <QStringList>

namespace engine::schema {

/// A pattern of JSON Schema (ECMA 262) for PCRE. "$" matches only at the very end here as there; PCRE's own
/// would let a last line feed through. Fails with InvalidInput where it is no regular expression.
Result<QRegularExpression> compilePattern(const QString &pattern);

QStringList formatNames();                                  ///< The formats that are checked.
bool hasFormat(const QString &text, const QString &format); ///< format: one of formatNames().

} // namespace engine::schema
