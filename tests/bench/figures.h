#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>
#include <vector>

namespace bench {

/// Seconds that fn takes on a monotonic clock.
template<class Fn>
double secondsOf(Fn fn)
{
    const auto start = std::chrono::steady_clock::now();
    fn();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Of an odd number of values, the middle one.
inline double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values.at(values.size() / 2);
}

/// One contender and how long each of its rounds took.
struct Series
{
    const char *name = "";
    std::vector<double> seconds{};
};

/// Prints units per second for each series, and its ratio to the first.
inline void printRates(const char *unit, int count, const std::vector<Series> &all)
{
    const double first = count / median(all.front().seconds);
    for (const Series &series : all) {
        const double rate = count / median(series.seconds);
        std::printf("  %-32s %10.0f %s/s   fastest %7.3f s, slowest %7.3f s", series.name, rate, unit,
                    *std::min_element(series.seconds.begin(), series.seconds.end()),
                    *std::max_element(series.seconds.begin(), series.seconds.end()));
        if (&series != &all.front())
            std::printf("   first has %.2f of its rate", first / rate);
        std::printf("\n");
    }
}

} // namespace bench
