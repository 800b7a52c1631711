#pragma once

#include "engine/evidence/keys.h"

namespace engine {

/// What VERIFY.txt says: how to check a bundle with sha256sum and openssl alone. Lines that begin with four
/// spaces are commands; run one after the other in the extracted folder they fail at the first thing that is
/// wrong.
///
/// @param planHash   "sha256:" and hex
/// @param fileCount  of the whole bundle
QByteArray verifyInstructions(const QString &runId, const QString &planHash, const PublicKey &engineKey,
                              qsizetype fileCount);

} // namespace engine
