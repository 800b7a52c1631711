#pragma once

#include "engine/base/result.h"

#include <QLockFile>

#include <memory>

namespace engine {

/// Keeps other writers out of a file, in this process and others, until the lock goes: with a lock file
/// beside it, "PATH.lock". Waits for another writer, whose work takes milliseconds. Fails with InUse, naming
/// who does not let go, and with Io.
///
/// @param what  "the trust file \"...\"", for the message
Result<std::unique_ptr<QLockFile>> lockForWriting(const QString &path, const QString &what);

} // namespace engine
