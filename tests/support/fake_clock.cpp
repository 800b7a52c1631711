#include "tests/support/fake_clock.h"

#include <algorithm>

using std::chrono::milliseconds;

FakeClock::FakeClock(engine::Timestamp now)
    : m_now(now)
{
}

void FakeClock::callAfter(milliseconds delay, QObject *context, std::function<void()> fn)
{
    Q_ASSERT(context);
    m_calls.emplace(m_elapsed + std::max(delay, milliseconds(0)), Call{context, std::move(fn)});
}

void FakeClock::advance(milliseconds span)
{
    Q_ASSERT(span >= milliseconds(0));
    const milliseconds end = m_elapsed + span;
    while (!m_calls.empty() && m_calls.begin()->first <= end) {
        auto node = m_calls.extract(m_calls.begin());
        m_now += node.key() - m_elapsed;
        m_elapsed = node.key();
        if (node.mapped().context)
            node.mapped().fn();
    }
    m_now += end - m_elapsed;
    m_elapsed = end;
}

qsizetype FakeClock::pending() const
{
    return std::count_if(m_calls.begin(), m_calls.end(),
                         [](const auto &call) { return call.second.context; });
}

std::optional<milliseconds> FakeClock::nextDelay() const
{
    const auto next =
        std::find_if(m_calls.begin(), m_calls.end(), [](const auto &call) { return call.second.context; });
    if (next == m_calls.end())
        return std::nullopt;
    return next->first - m_elapsed;
}
