#pragma once

#include "engine/plan/plan.h"

namespace engine {

/// Of a plan's inputs, by name: "sha256:" and hex of a file, "redacted" for what could be guessed from a
/// digest. Internal to engine/evidence/approval.
QJsonObject inputDigests(const Plan &plan);

} // namespace engine
