#pragma once

#include "engine/base/result.h"

#include <QJsonValue>

#include <optional>

namespace engine {

/// The value of a plain scalar by the core schema of YAML 1.2 (section 10.3.2): true and false, decimal, 0o
/// and 0x integers, numbers with fraction or exponent; everything else is text, so `yes`, `no` and `on` are.
/// Null has been decided before. Nothing: it is text.
///
/// Fails with InvalidInput for what JSON cannot hold: .inf, .nan, integers beyond 2^53-1, numbers beyond a
/// double.
Result<std::optional<QJsonValue>> resolvePlainScalar(const QString &text);

} // namespace engine
