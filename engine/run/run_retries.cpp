#include "engine/base/duration.h"
#include "engine/run/retry_delay.h"
#include "engine/run/run_execution_p.h"

#include <algorithm>

using namespace Qt::StringLiterals;

/// The part of RunExecution that tries failed steps again.
namespace engine {

/// Why a failed attempt is the last one; empty when another follows after delay.
///
/// @param tries  how many attempts there were, since the run was last taken up from its failed steps
static QString whyLast(const RetrySpec &retries, int tries, const AttemptRecord &ended, bool timedOut,
                       std::chrono::milliseconds sinceFirstStart, std::chrono::milliseconds delay)
{
    if (tries >= retries.maxAttempts)
        return retries.maxAttempts > 1 ? u"after %1 attempts"_s.arg(tries) : u"at its only attempt"_s;
    const bool isListed = !timedOut && ended.exitCode && retries.onExitCodes.contains(*ended.exitCode);
    if (!retries.onExitCodes.isEmpty() && !isListed)
        return u"and that is not retried"_s;
    if (retries.maxDuration && sinceFirstStart + delay > *retries.maxDuration)
        return u"and the next attempt would begin later than %1 after the first"_s.arg(
            toWords(*retries.maxDuration));
    return {};
}

void RunExecution::retryOrFail(int id, const AttemptRecord &ended, bool timedOut, const QString &reason)
{
    const auto &retries = m_tree.node(id).step->run.retries;
    if (!retries || retries->maxAttempts == 1 || m_cancelRequested || !m_failReason.isEmpty())
        return m_tree.finish(id, StepState::Failed, reason);
    const Timestamp now = m_context.clock.now();
    const int tries = ended.attempt - m_attemptsBefore.value(ended.path);
    const auto delay = retryDelay(*retries, tries);
    const auto sinceFirstStart = now - m_firstStart.value(id, now);
    const QString last = whyLast(*retries, tries, ended, timedOut, sinceFirstStart, delay);
    if (!last.isEmpty())
        return m_tree.finish(id, StepState::Failed, reason + u", "_s + last);
    const Timestamp due = now + delay;
    addEvent(u"retry-scheduled"_s, id,
             {{u"attempt"_s, ended.attempt + 1}, {u"dueAt"_s, toIso(due)}, {u"reason"_s, reason}});
    note(ended.path, LogLevel::Info,
         u"attempt %1 of %2 follows in %3"_s.arg(tries + 1).arg(retries->maxAttempts).arg(toWords(delay)));
    m_tree.backOff(id, due, reason);
    m_backingOff.insert(id);
    watchRetry(id, delay);
}

/// A step that backs off holds no slot; when it is due it waits for one like any other.
void RunExecution::watchRetry(int id, std::chrono::milliseconds delay)
{
    m_context.clock.callAfter(std::max(delay, std::chrono::milliseconds(0)), this, [this, id] {
        if (m_backingOff.erase(id) == 0)
            return; // Cancelled meanwhile.
        makeReady(id);
        Q_EMIT passWanted();
    });
}

/// The due time is the stored one; it is never further away than the whole delay, whatever the wall clock
/// did.
void RunExecution::restoreRetries(const QList<AttemptRecord> &attempts)
{
    for (const AttemptRecord &attempt : attempts) {
        const int id = m_tree.find(attempt.path);
        const bool isOfNow = attempt.attempt > m_attemptsBefore.value(attempt.path);
        if (id >= 0 && isOfNow && attempt.startedAt && m_tree.node(id).step->run.retries
            && !m_firstStart.contains(id))
            m_firstStart.insert(id, *attempt.startedAt);
    }
    for (const int id : stepIds(true)) {
        const RunNode &node = m_tree.node(id);
        if (node.state != StepState::BackingOff)
            continue;
        const Timestamp now = m_context.clock.now();
        const int tries = node.attempts - m_attemptsBefore.value(node.path);
        const auto whole = retryDelay(node.step->run.retries.value_or(RetrySpec()), tries);
        m_backingOff.insert(id);
        watchRetry(id, std::min(node.nextAttemptAt.value_or(now) - now, whole));
    }
}

} // namespace engine
