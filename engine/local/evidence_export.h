#pragma once

#include "engine/evidence/keys.h"
#include "engine/local/data_dir.h"
#include "engine/record/run_record.h"

namespace engine {

/// Gives the engine's key when there is something to sign.
using EngineKeySource = std::function<Result<std::shared_ptr<const Signer>>()>;

/// Writes the bundle of a finished run into the data directory, unless it stands there already.
/// Fails with NotFound, Conflict while the run goes on, Io, Database or Crypto, and as engineKey does.
///
/// Thread: any; opens the store for reading itself.
Result<> writeEvidence(const DataDir &dir, const RunId &run, const EngineKeySource &engineKey);

/// Makes room for another bundle of a run that goes on after it had ended: the one that there is, written if
/// need be, is kept under a name of its own. Returns that name; empty when the run has not ended.
Result<QString> setEvidenceAside(const DataDir &dir, const RunId &run, const EngineKeySource &engineKey);

} // namespace engine
