#pragma once

#include "engine/base/result.h"
#include "engine/evidence/trust.h"
#include "engine/record/verification.h"

namespace engine {

/// Verifies an evidence bundle without extracting it and without trusting anything in it.
///
/// A bundle that is broken or forged is a report that says so, not an error.
/// Fails only when the file cannot be read at all: NotFound or Io.
///
/// @param now  judges the validity of keys
///
/// Thread: any.
Result<VerificationReport> verifyBundle(const QString &path, const TrustStore &trust, Timestamp now);

} // namespace engine
