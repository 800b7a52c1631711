#include "engine/anchor/anchor_queue.h"

#include "engine/base/duration.h"
#include "engine/base/run_on.h"
#include "engine/base/when_done.h"

#include <QThread>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

QList<AnchorKind> AnchorSettings::kinds() const
{
    QList<AnchorKind> list;
    if (log)
        list += AnchorKind::Log;
    if (authority)
        list += AnchorKind::Authority;
    return list;
}

AnchorQueue::AnchorQueue(AnchorSettings settings, Store &store, AnchorBundles &bundles, Clock &clock,
                         QObject *parent)
    : QObject(parent)
    , m_settings(std::move(settings))
    , m_store(store)
    , m_bundles(bundles)
    , m_clock(clock)
{
}

AnchorQueue::~AnchorQueue() = default;

bool AnchorQueue::isConfigured(AnchorKind kind) const
{
    return m_settings.kinds().contains(kind);
}

QString AnchorQueue::serviceOf(AnchorKind kind) const
{
    return placeText(kind == AnchorKind::Log ? m_settings.log->address : m_settings.authority->address);
}

Result<> AnchorQueue::open()
{
    Q_ASSERT(QThread::currentThread() == thread());
    if (m_settings.isByHandOnly)
        return {};
    const auto pending = m_store.pendingAnchors();
    if (!pending)
        return pending.error();
    for (const PendingAnchor &anchor : *pending)
        put(anchor.run, anchor.record, false);
    wake();
    return {};
}

void AnchorQueue::runEnded(const RunId &run)
{
    Q_ASSERT(QThread::currentThread() == thread());
    const auto anchors = m_settings.isByHandOnly ? QList<AnchorRecord>() : m_store.anchors(run);
    if (!anchors) // What is in the store is taken up at the next start.
        return;
    for (const AnchorRecord &record : *anchors) {
        if (record.state == AnchorState::Pending)
            put(run, record, false);
    }
    wake();
}

/// One that nobody here can ask stays in the store as it is. The newest word about a run and kind counts, but
/// for what somebody waits for.
void AnchorQueue::put(const RunId &run, const AnchorRecord &record, bool isByHand)
{
    const auto isThis = [&](const Job &job) { return job.run == run && job.record.kind == record.kind; };
    const auto known = std::ranges::find_if(m_waiting, isThis);
    if (!isConfigured(record.kind) || (known != m_waiting.end() && known->isByHand && !isByHand))
        return;
    m_waiting.removeIf(isThis);
    if (isByHand)
        m_waiting.prepend({run, record, true});
    else
        m_waiting.append({run, record, false});
}

QFuture<Result<QList<AnchorRecord>>> AnchorQueue::anchorNow(const RunId &run)
{
    using Records = Result<QList<AnchorRecord>>;
    Q_ASSERT(QThread::currentThread() == thread());
    const auto fails = [](const Error &error) { return finishedFuture(Records(error)); };
    if (m_settings.kinds().isEmpty())
        return fails(
            {ErrorCode::Conflict,
             u"no transparency log and no timestamp authority is configured; name one with --rekor or "
             u"--timestamp-authority, or in TASKRUNNER_REKOR or TASKRUNNER_TIMESTAMP_AUTHORITY"_s,
             {},
             {}});
    const auto summary = m_store.run(run);
    if (!summary)
        return fails(summary.error());
    if (!isFinal(summary->state))
        return fails({ErrorCode::Conflict,
                      u"run %1 is %2; its evidence is anchored when it has ended"_s.arg(
                          run.value, toString(summary->state)),
                      {},
                      {}});
    const auto known = m_store.anchors(run);
    if (!known)
        return fails(known.error());
    Asker asker{run, m_settings.kinds(), std::make_shared<Answer>()};
    asker.answer->start();
    for (const AnchorKind kind : asker.left) {
        const auto record = std::ranges::find(*known, kind, &AnchorRecord::kind);
        AnchorRecord wanted = record == known->end() ? AnchorRecord{} : *record;
        wanted.kind = kind;
        wanted.tries = 0;
        put(run, wanted, true);
    }
    m_askers += asker;
    wake();
    return asker.answer->future();
}

/// Looks again when the next one is due, but at least as often as the longest pause: the clock may be set.
void AnchorQueue::wake()
{
    if (m_waiting.isEmpty())
        return;
    std::chrono::milliseconds next = longestBackoff;
    for (const Job &job : std::as_const(m_waiting)) {
        const auto due = job.isByHand ? m_clock.now() : job.record.nextTryAt.value_or(m_clock.now());
        next = std::min(next, due - m_clock.now());
    }
    m_clock.callAfter(std::max(next, std::chrono::milliseconds(0)), this, [this] { work(); });
}

void AnchorQueue::work()
{
    if (m_active)
        return;
    const Timestamp now = m_clock.now();
    const auto isDue = [now](const Job &job) {
        const Timestamp due = job.record.nextTryAt.value_or(now);
        // What is due later than any pause lasts was put down before the clock was set back.
        return job.isByHand || due <= now || due > now + longestBackoff;
    };
    const auto next = std::ranges::find_if(m_waiting, isDue);
    if (next == m_waiting.end())
        return wake();
    const Job job = *next;
    m_waiting.erase(next);
    begin(job);
}

void AnchorQueue::begin(Job job)
{
    m_active = std::move(job);
    m_subject.reset();
    m_proof = {};
    whenDone(m_bundles.subject(m_active->run), this, [this](const auto &subject) { haveSubject(subject); });
}

void AnchorQueue::haveSubject(const Result<AnchorBundles::Subject> &subject)
{
    if (!subject) {
        const ErrorCode code = subject.error().code;
        // The run is gone, or goes on and will end anew.
        if (code == ErrorCode::NotFound || code == ErrorCode::Conflict)
            return done();
        return tryLater(AnchorState::Failed, subject.error().toString());
    }
    m_subject = *subject;
    const auto known = m_store.anchorProof(m_active->run, m_active->record.kind);
    if (!known)
        return known.error().code == ErrorCode::NotFound
                   ? done()
                   : tryLater(AnchorState::Failed, known.error().message);
    AnchorRecord &record = m_active->record;
    const QString service = serviceOf(record.kind);
    const bool isOfThis = !known->bytes.isEmpty() && known->subject == m_subject->subject.digest();
    if (isOfThis && (!m_active->isByHand || record.service == service)) {
        m_proof = *known;
        return addProof();
    }
    record.service = service;
    ask();
}

void AnchorQueue::ask()
{
    const Egress egress = m_active->isByHand ? Egress() : m_subject->egress;
    const auto take = [this](const AnchorOutcome &outcome) {
        m_call.release()->deleteLater(); // It is the sender.
        haveOutcome(outcome);
    };
    const BundleSubject &bundle = m_subject->subject.bundle;
    if (m_active->record.kind == AnchorKind::Log) {
        auto call = std::make_unique<RekorCall>(*m_settings.log, bundle.envelope, m_subject->subject.signer,
                                                egress, m_clock);
        connect(call.get(), &RekorCall::finished, this, take);
        call->start();
        m_call = std::move(call);
    } else {
        auto call =
            std::make_unique<TimestampCall>(*m_settings.authority, bundle.signatureSha256, egress, m_clock);
        connect(call.get(), &TimestampCall::finished, this, take);
        call->start();
        m_call = std::move(call);
    }
}

void AnchorQueue::haveOutcome(const AnchorOutcome &outcome)
{
    if (const auto *failure = std::get_if<AnchorFailure>(&outcome)) {
        switch (failure->kind) {
        case AnchorFailure::Forbidden: return settle(AnchorState::Deferred, failure->message);
        case AnchorFailure::Offline: return tryLater(AnchorState::Deferred, failure->message);
        case AnchorFailure::Busy: return tryLater(AnchorState::Failed, failure->message);
        case AnchorFailure::Refused:
        case AnchorFailure::Wrong: return settle(AnchorState::Failed, failure->message);
        }
    }
    m_proof = {m_subject->subject.digest(), std::get<QByteArray>(outcome)};
    m_active->record.state = AnchorState::Pending;
    m_active->record.reason.clear();
    m_active->record.nextTryAt = m_clock.now();
    write(); // When it cannot be kept, it is as good in memory while this process lives.
    addProof();
}

void AnchorQueue::addProof()
{
    const AnchorRecord &record = m_active->record;
    whenDone(m_bundles.add(m_active->run, m_subject->subject, record.kind, record.service, m_proof.bytes),
             this, [this](const auto &verdict) { haveVerdict(verdict); });
}

void AnchorQueue::haveVerdict(const Result<AnchorVerdict> &verdict)
{
    if (verdict)
        return settle(verdict->isVerified ? AnchorState::Verified : AnchorState::Anchored, verdict->text);
    switch (verdict.error().code) {
    case ErrorCode::Conflict:
    case ErrorCode::NotFound: return done();
    case ErrorCode::InvalidInput:
    case ErrorCode::Unsupported: m_proof = {}; return settle(AnchorState::Failed, verdict.error().toString());
    default: return tryLater(AnchorState::Failed, verdict.error().toString());
    }
}

void AnchorQueue::settle(AnchorState state, const QString &reason)
{
    AnchorRecord &record = m_active->record;
    record.state = state;
    record.reason = reason;
    record.nextTryAt.reset();
    if (state == AnchorState::Anchored || state == AnchorState::Verified)
        record.tries = 0;
    if (!write()) { // The store may be written again later; then all is asked once more.
        record.state = AnchorState::Pending;
        record.nextTryAt = m_clock.now() + firstBackoff;
        put(m_active->run, record, false);
    }
    done();
}

void AnchorQueue::tryLater(AnchorState whenInVain, const QString &reason)
{
    AnchorRecord &record = m_active->record;
    ++record.tries;
    // Asking again by itself is not what was deliberately asked for.
    const bool isOnce = m_active->isByHand && m_subject && m_subject->egress;
    if (isOnce)
        return settle(AnchorState::Deferred, reason);
    if (record.tries >= mostTries)
        return settle(whenInVain, reason + u", after %1 tries"_s.arg(record.tries));
    const auto pause =
        std::min<std::chrono::milliseconds>(firstBackoff * (1LL << (record.tries - 1)), longestBackoff);
    record.state = AnchorState::Pending;
    record.reason = reason;
    record.nextTryAt = m_clock.now() + pause;
    write();
    put(m_active->run, record, false);
    done();
}

/// Not of a run that was taken up again meanwhile: its next end has evidence of its own.
bool AnchorQueue::write()
{
    const auto summary = m_store.run(m_active->run);
    if (summary && !isFinal(summary->state))
        return true;
    m_active->record.changedAt = m_clock.now();
    const auto written = m_store.setAnchor(m_active->run, m_active->record, m_proof);
    if (!written)
        qWarning("Cannot keep what became of anchoring %s: %s", qUtf8Printable(m_active->run.value),
                 qUtf8Printable(written.error().message));
    return bool(written);
}

void AnchorQueue::done()
{
    const Job job = *std::exchange(m_active, std::nullopt);
    m_subject.reset();
    m_proof = {};
    Q_EMIT anchorsChanged(job.run);
    if (job.isByHand)
        answerAskers(job.run, job.record.kind);
    wake();
}

void AnchorQueue::answerAskers(const RunId &run, AnchorKind kind)
{
    for (Asker &asker : m_askers) {
        if (asker.run == run)
            asker.left.removeOne(kind);
        if (!asker.left.isEmpty())
            continue;
        asker.answer->addResult(m_store.anchors(run));
        asker.answer->finish();
    }
    m_askers.removeIf([](const Asker &asker) { return asker.left.isEmpty(); });
}

} // namespace engine
