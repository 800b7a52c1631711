#pragma once

#include "engine/record/run_change.h"

#include <memory>

namespace engine {

struct RunFilter
{
    QList<RunState> states{}; ///< Empty: all.
    QString packName{};       ///< Empty: all.
    int limit = 100;
    RunId before{}; ///< Only runs older than this one; empty: from the newest.

    bool operator==(const RunFilter &) const = default;
};

/// Which log lines to read.
struct LogQuery
{
    RunId run{};
    qint64 after = 0; ///< Lines with a greater sequence number.
    int limit = 1000;
    QString stepPath{};               ///< Empty: all steps; else this step and what is below it.
    LogLevel minLevel = LogLevel::Debug;
    QString text{}; ///< Only lines that contain it, ignoring ASCII case; empty: all.

    bool operator==(const LogQuery &) const = default;
};

/// Runs, steps, journal, logs, gates and decisions in one SQLite file (WAL, foreign keys, full sync).
///
/// Thread: a Store is used on the thread that opened it. One process holds a Store open for writing at a time (the
/// data directory's lock sees to it); any number may be open for reading beside it.
class Store
{
public:
    enum class Mode { ReadWrite, ReadOnly };

    /// Opens the file, makes it when it is missing (ReadWrite), brings an older one up to date.
    /// Fails with Database, naming the file: not a database, damaged, a newer version than this program knows, locked.
    /// A file that cannot be used is never changed.
    static Result<std::unique_ptr<Store>> open(const QString &path, Mode mode);
    ~Store();
    Q_DISABLE_COPY_MOVE(Store)

    static constexpr int SchemaVersion = 1;

    // Writing. Each call is one transaction, on disk when it returns.

    /// Fails with Conflict when the id exists. steps are written with it; event "run-created" is the first.
    Result<QList<RunEvent>> createRun(const NewRun &run, const QList<StepRecord> &steps, const QList<EventDraft> &events);

    /// Applies a change and returns its events as they were numbered and chained.
    /// Fails with NotFound for an unknown run; with Database, and then nothing was changed.
    Result<QList<RunEvent>> apply(const RunChange &change);

    /// Appends lines in order and gives each its sequence number (whatever stood in it is replaced).
    /// Returns the last number.
    Result<qint64> appendLogs(const RunId &run, const QList<LogLine> &lines);

    /// One row of the audit log, for what concerns no run or was refused.
    Result<> audit(Timestamp at, const QString &actor, const QString &action, const QJsonObject &data);

    // Reading. Each fails with Database, or with NotFound for an unknown run where one is named.

    Result<QList<RunSummary>> runs(const RunFilter &filter) const; ///< Newest first.
    Result<RunSummary> run(const RunId &id) const;
    Result<QByteArray> plan(const RunId &id) const;
    Result<QJsonObject> inputs(const RunId &id) const;
    Result<QJsonObject> outputs(const RunId &id) const;
    Result<QList<StepRecord>> steps(const RunId &id) const; ///< In the order they were first written.
    Result<QList<AttemptRecord>> attempts(const RunId &id) const;
    Result<QList<RunEvent>> events(const RunId &id, qint64 after = 0, int limit = -1) const;
    Result<QList<LogLine>> logs(const LogQuery &query) const;
    Result<qint64> lastLogSequence(const RunId &id) const;
    Result<QList<Artifact>> artifacts(const RunId &id) const;
    Result<QList<GateRequest>> gates(const RunId &id) const;
    Result<QList<GateRequest>> openGates() const; ///< Of all runs, the one that expires first comes first.
    Result<QList<Decision>> decisions(const RunId &id) const;
    Result<QList<PolicyDecision>> policyDecisions(const RunId &id) const;

private:
    Store();
    struct Impl;
    const std::unique_ptr<Impl> m_impl;
};

} // namespace engine
