#pragma once

#include "engine/local/local_run_service.h"

namespace engine {

/// The one way to a service that may change something: owns the data directory when it is free
/// (LocalRunService), else connects to the process that owns it (LinkedRunService).
///
/// Waits for linkPatience when the owner is just starting or ending. Fails like LocalRunService::open(); with
/// InUse, naming the owner, when it runs on another machine, does not listen, does not answer or refuses;
/// with Unsupported when it speaks another version.
Result<std::unique_ptr<RunService>>
openRunService(const LocalOptions &options,
               std::chrono::milliseconds linkPatience = std::chrono::seconds(10));

/// A service to ask how the engine is, which begins nothing: that of the process that owns the data
/// directory; when nobody does, one that only reads. Waits and fails likewise.
Result<std::unique_ptr<RunService>>
openObservingService(const LocalOptions &options,
                     std::chrono::milliseconds linkPatience = std::chrono::seconds(10));

} // namespace engine
