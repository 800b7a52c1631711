#pragma once

#include "engine/pack/manifest.h"

namespace engine {

/// How long to wait between the end of an attempt and the next one: min(backoff * factor^(attempt-1),
/// maxBackoff), in whole milliseconds, at most 10 000 days. No jitter: the same plan waits the same time.
///
/// @param attempt  the one that failed, from 1
std::chrono::milliseconds retryDelay(const RetrySpec &retries, int attempt);

} // namespace engine
