#pragma once

#include "engine/base/error.h"

#include <QJsonValue>

#include <valijson/validation_results.hpp>

namespace engine::schema {

/// What the library found, as errors of ours: one for each problem, in our words, where.path inside value.
/// What only says that something inside did not fit is left out when that something is there.
QList<Error> problemsOf(const valijson::ValidationResults &results, const QJsonValue &value);

} // namespace engine::schema
