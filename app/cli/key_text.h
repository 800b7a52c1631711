#pragma once

#include "engine/evidence/trust.h"

namespace cli {

/// How a trusted key stands at a time: "valid", "revoked", "expired", "not yet valid".
QString stateOf(const engine::TrustedKey &key, engine::Timestamp now);

/// "always", "from 2026-01-31T09:05:00.000Z", "until ...", or both.
QString periodOf(const engine::TrustedKey &key);

/// Everything that is decided by trusting this key, for a person to look at: several lines.
QString sheetOf(const engine::TrustedKey &key);

} // namespace cli
