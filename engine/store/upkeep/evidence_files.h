#pragma once

#include "engine/base/ids.h"

namespace engine {

/// A file in the folder "evidence" of a data directory: RUNID.evidence.tar, and RUNID.1.evidence.tar and so
/// on from the ends that a run had before it was taken up again.
struct EvidenceFile
{
    RunId run{};
    bool isWhole = true; ///< Else what a killed engine was about to write: its name goes on with ".AbCdEf".
};

/// Nothing when it is none of ours.
std::optional<EvidenceFile> evidenceFileOf(const QString &fileName);

} // namespace engine
