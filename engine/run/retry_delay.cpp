#include "engine/run/retry_delay.h"

#include <algorithm>
#include <cmath>

namespace engine {

std::chrono::milliseconds retryDelay(const RetrySpec &retries, int attempt)
{
    constexpr std::chrono::milliseconds longest = std::chrono::hours(24) * 10'000;
    const double delay = double(retries.backoff.count()) * std::pow(retries.factor, attempt - 1);
    const auto bounded = std::min(retries.maxBackoff.value_or(longest), longest);
    return delay >= double(bounded.count()) ? bounded : std::chrono::milliseconds(std::llround(delay));
}

} // namespace engine
