#pragma once

#include "engine/record/incident.h"
#include "engine/record/run_change.h"

#include <QSet>

#include <memory>

namespace engine {

class StoreObserver;

struct RunFilter
{
    QList<RunState> states{}; ///< Empty: all.
    QString packName{};       ///< Empty: all.
    int limit = 100;          ///< Negative: no limit.
    RunId before{};           ///< Only runs older than this one; empty: from the newest.

    bool operator==(const RunFilter &) const = default;
};

/// Which log lines to read.
struct LogQuery
{
    RunId run{};
    qint64 after = 0;   ///< Lines with a greater sequence number.
    int limit = 1000;   ///< Negative: no limit; a whole log may not fit in memory.
    QString stepPath{}; ///< Empty: all steps; else this step and what is below it.
    LogLevel minLevel = LogLevel::Debug;
    QString text{}; ///< Only lines that contain it, ignoring ASCII case; empty: all.

    bool operator==(const LogQuery &) const = default;
};

/// Runs, steps, journal, logs, gates and decisions in one SQLite file (WAL, foreign keys, full sync).
///
/// Thread: a Store is used on the thread that opened it. One process holds a Store open for writing at a time
/// (the data directory's lock sees to it); any number may be open for reading beside it.
class Store
{
public:
    enum class Mode { ReadWrite, ReadOnly };

    /// Opens the file, makes it when it is missing (ReadWrite), brings an older one up to date.
    /// Fails with Database, naming the file: not a database, damaged, a newer version than this program
    /// knows, locked. A file that cannot be used is never changed. Only files up to 32 MiB are looked through
    /// for damage; in larger ones it shows when the damaged part is read. ReadOnly changes nothing, and works
    /// while another process writes and after it was killed.
    static Result<std::unique_ptr<Store>> open(const QString &path, Mode mode);
    ~Store();
    Q_DISABLE_COPY_MOVE(Store)

    static constexpr int SchemaVersion = 4;

    // Writing. Each call is one transaction, on disk when it returns.

    /// Fails with Conflict when the id exists; with InvalidInput when the first of events is not
    /// "run-created". The events get the run's createdAt.
    Result<QList<RunEvent>> createRun(const NewRun &run, const QList<StepRecord> &steps,
                                      const QList<EventDraft> &events);

    /// Applies a change and returns its events as they were numbered and chained.
    /// The run's updatedAt moves when its own state or outputs change, not with every step.
    /// Fails with NotFound for an unknown run; with Conflict for a withdrawal of an approval that is not
    /// stored or was taken back before; with RequestUsed for an answer to a request that was answered before;
    /// with InvalidInput for JSON that has no canonical form; with Database.
    /// After any failure nothing was changed.
    Result<QList<RunEvent>> apply(const RunChange &change);

    /// Appends lines in order and gives each its sequence number (whatever stood in it is replaced).
    /// Returns the last number. Fails with NotFound or Database; then no line was stored and no number used
    /// up. Fast for lines that differ only in their message, as those of one burst of one step do.
    Result<qint64> appendLogs(const RunId &run, const QList<LogLine> &lines);

    /// Keeps where the witness of one kind to a run's evidence stands, in place of what was kept of it
    /// before. Fails with NotFound or Database.
    Result<> setAnchor(const RunId &run, const AnchorRecord &anchor, const AnchorProof &proof);

    /// One row of the audit log, for what concerns no run or was refused. Hash-chained like events.
    Result<> audit(Timestamp at, const QString &actor, const QString &action, const QJsonObject &data);

    /// Removes a finished run with all its rows, and says so in the audit log (action "run-pruned"). Its log
    /// lines, which may be millions, cannot be reached from then on and are left to removeLeftLogs().
    /// Fails with NotFound, Conflict while the run goes on, Database.
    Result<> removeRun(const RunId &run, Timestamp at, const QString &actor);
    /// Removes at most limit log lines of runs that were removed. Returns how many; 0: there are none left.
    Result<qint64> removeLeftLogs(int limit);

    /// Whether the store can be written, proven by a write that changes nothing. After damage the whole file
    /// is looked through first, and opened anew when it is whole again; until then it is not touched.
    /// Fails with Database.
    Result<> probe();

    /// Who is told of what was written from now on; outlives the store. nullptr: nobody.
    void setObserver(StoreObserver *observer);

    // Reading. Each fails with Database, or with NotFound for an unknown run where one is named.

    Result<QList<RunSummary>> runs(const RunFilter &filter) const; ///< Newest first.
    Result<QList<RunSummary>> unfinishedRuns() const;              ///< Not in a final state; oldest first.
    Result<qint64> readySteps() const; ///< Of unfinished runs: how many wait to be started.
    Result<RunSummary> run(const RunId &id) const;
    Result<QString> packPath(const RunId &id) const;
    Result<QByteArray> plan(const RunId &id) const;
    Result<QJsonObject> inputs(const RunId &id) const;
    Result<QJsonObject> outputs(const RunId &id) const;
    Result<QList<StepRecord>> steps(const RunId &id) const; ///< In the order they were first written.
    Result<QList<AttemptRecord>> attempts(const RunId &id) const;
    Result<QList<RunEvent>> events(const RunId &id, qint64 after = 0, int limit = -1) const;
    Result<QList<LogLine>> logs(const LogQuery &query) const;
    Result<qint64> lastLogSequence(const RunId &id) const;
    Result<QList<Artifact>> artifacts(const RunId &id) const;
    /// Stored paths of all artifacts, those of some runs left out.
    Result<QSet<QString>> artifactPaths(const QSet<RunId> &without) const;
    Result<QList<GateRequest>> gates(const RunId &id) const;
    Result<QList<GateRequest>> openGates() const; ///< Of all runs, the one that expires first comes first.
    Result<QList<Decision>> decisions(const RunId &id) const;
    /// Where the run's journal ends.
    Result<JournalHead> journalHead(const RunId &id) const;
    /// Requests that were exported for decisions elsewhere, of one run, oldest first.
    Result<QList<ExportedRequest>> approvalRequests(const RunId &id) const;
    /// The one of this id, whatever run it belongs to; nullopt when there is none.
    Result<std::optional<ExportedRequest>> approvalRequest(const QString &requestId) const;
    Result<QList<PolicyDecision>> policyDecisions(const RunId &id) const;
    Result<QList<AnchorRecord>> anchors(const RunId &id) const;              ///< The log first.
    Result<AnchorProof> anchorProof(const RunId &id, AnchorKind kind) const; ///< Empty when there is none.
    Result<QList<PendingAnchor>> pendingAnchors() const; ///< Of all runs; the next to be tried first.
    /// Checks numbers and hashes of the whole audit log. Fails with InvalidInput that names the first wrong
    /// row.
    Result<> checkAuditLog() const;
    Result<Incident> incident() const;                    ///< Where the switch of incident mode stands.
    Result<QList<QJsonObject>> auditLog(int limit) const; ///< See AuditLog::newest().

private:
    struct Impl;
    explicit Store(std::unique_ptr<Impl> impl);
    const std::unique_ptr<Impl> m_impl;
};

} // namespace engine
