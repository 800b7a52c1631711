#pragma once

#include "engine/anchor/anchor_bundle.h"
#include "engine/anchor/rekor_call.h"
#include "engine/anchor/timestamp_call.h"
#include "engine/store/store.h"

#include <QFuture>
#include <QPromise>

namespace engine {

struct AnchorSettings
{
    std::optional<RekorServer> log{};
    std::optional<TimestampServer> authority{};
    /// Only what somebody asks for by hand; nothing that waits.
    bool isByHandOnly = false;

    QList<AnchorKind> kinds() const; ///< Those that are configured.
};

/// What the queue needs of bundles; reading and writing them takes time and is done elsewhere.
class AnchorBundles
{
public:
    /// A bundle that can be anchored.
    struct Subject
    {
        AnchorSubject subject;
        Egress egress{}; ///< Of the run, where it holds for requests of the engine's own.
    };

    AnchorBundles() = default;
    virtual ~AnchorBundles() = default;
    Q_DISABLE_COPY_MOVE(AnchorBundles)

    /// Makes the bundle when it is not there. Fails with NotFound, with Conflict while the run goes on, and
    /// with whatever stands in the way of the bundle.
    virtual QFuture<Result<Subject>> subject(const RunId &run) = 0;
    /// Judges a proof and puts it into the bundle. Fails like judgeAnchor(); with Conflict when the bundle is
    /// another one by now; with Io when it cannot be written.
    virtual QFuture<Result<AnchorVerdict>> add(const RunId &run, const AnchorSubject &subject,
                                               AnchorKind kind, const QString &service,
                                               const QByteArray &proof) = 0;
};

/// Has the evidence of ended runs witnessed by a log and a timestamp authority, one after the other, behind
/// the runs: nothing waits for it, and what becomes of it changes no run.
///
/// Where each stands is kept in the store, with the time of its next try, so that another process goes on
/// with it. What was answered is kept there before it is put into the bundle.
///
/// Thread: lives on the engine thread, which is that of the store.
class AnchorQueue : public QObject
{
    Q_OBJECT
public:
    static constexpr int mostTries = 14; ///< In a bit more than a day.
    static constexpr std::chrono::milliseconds firstBackoff = std::chrono::seconds(30); ///< Doubles.
    static constexpr std::chrono::milliseconds longestBackoff = std::chrono::hours(6);

    /// The others outlive the queue.
    AnchorQueue(AnchorSettings settings, Store &store, AnchorBundles &bundles, Clock &clock,
                QObject *parent = nullptr);
    ~AnchorQueue() override;

    /// Takes up what waits in the store. Fails with Database.
    Result<> open();
    /// Takes up what the store has of a run that has just ended.
    void runEnded(const RunId &run);
    /// Asks now, because somebody wants it, also for a run that is sealed or has an egress list; what is
    /// verified or in the bundle already is only judged again. The answer comes when all was tried once; what
    /// failed in passing is tried again later, but not for a run with an egress list. Fails with Conflict
    /// when nothing is configured or the run goes on, with NotFound, with Database.
    QFuture<Result<QList<AnchorRecord>>> anchorNow(const RunId &run);

Q_SIGNALS:
    void anchorsChanged(const engine::RunId &run);

private:
    using Answer = QPromise<Result<QList<AnchorRecord>>>;

    struct Job
    {
        RunId run{};
        AnchorRecord record{};
        bool isByHand = false;
    };
    /// Somebody who waits for what he asked for by hand.
    struct Asker
    {
        RunId run{};
        QList<AnchorKind> left{};
        std::shared_ptr<Answer> answer{};
    };

    bool isConfigured(AnchorKind kind) const;
    QString serviceOf(AnchorKind kind) const;
    void put(const RunId &run, const AnchorRecord &record, bool isByHand);
    void wake();
    void work();
    void begin(Job job);
    void haveSubject(const Result<AnchorBundles::Subject> &subject);
    void ask();
    void haveOutcome(const AnchorOutcome &outcome);
    void addProof();
    void haveVerdict(const Result<AnchorVerdict> &verdict);
    void settle(AnchorState state, const QString &reason);
    void tryLater(AnchorState whenInVain, const QString &reason);
    bool write();
    void done();
    void answerAskers(const RunId &run, AnchorKind kind);

    const AnchorSettings m_settings;
    Store &m_store;
    AnchorBundles &m_bundles;
    Clock &m_clock;
    QList<Job> m_waiting;
    std::optional<Job> m_active;
    std::optional<AnchorBundles::Subject> m_subject; ///< Of the active one.
    AnchorProof m_proof;                             ///< Likewise.
    std::unique_ptr<QObject> m_call;                 ///< Likewise.
    QList<Asker> m_askers;
};

} // namespace engine
