#pragma once

#include "engine/api/values.h"
#include "engine/observe/metrics.h"

namespace engine {

/// Everything about one run, read from the store. Fails with NotFound or Database.
Result<RunView> readRunView(const Store &store, const RunId &run);

/// Fails with NotFound for an unknown run or gate.
Result<GateView> readGateView(const Store &store, const RunId &run, const QString &path);

/// Gates that a person can decide now: those of interrupted runs are left out.
Result<QList<GateRequest>> readOpenGates(const Store &store);

/// How much there is, as far as the store knows: for when no engine is there to ask.
Result<Levels> readLevels(const Store &store);

} // namespace engine
