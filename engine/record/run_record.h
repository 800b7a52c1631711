#pragma once

#include "engine/base/clock.h"
#include "engine/base/ids.h"

#include <QJsonObject>
#include <QStringList>

#include <optional>

/// The plain values of a run's history: what the store keeps, the port carries and the evidence tells.
namespace engine {

enum class RunState { Queued, Running, Waiting, Cancelling, Succeeded, Failed, Cancelled, Interrupted };

enum class StepState {
    Pending,
    Ready,
    Running,
    WaitingApproval,
    WaitingPolicy,
    BackingOff,
    Cancelling,
    Succeeded,
    Failed,
    Cancelled,
    Skipped,     ///< Its `when` is false.
    Blocked,     ///< Something it follows failed.
    Interrupted, ///< Outcome unknown after a crash.
};

bool isFinal(RunState state);  ///< Succeeded, failed or cancelled.
bool isFinal(StepState state); ///< Will not change by itself: succeeded, failed, cancelled, skipped, blocked.

// Names on the wire and in the store: "waiting-approval", "backing-off", ...
QString toString(RunState state);
QString toString(StepState state);
Result<RunState> parseRunState(const QString &text);
Result<StepState> parseStepState(const QString &text);

/// One run, without its steps: the row of pack_runs less its large columns.
struct RunSummary
{
    RunId id{};
    QString packName{};
    QString packVersion{};
    QString packDigest{};
    QString planHash{};
    RunState state = RunState::Queued;
    bool partial = false; ///< Succeeded although steps under continueOnError failed.
    QString reason{};     ///< Why it failed or was cancelled; empty otherwise.
    QString requestedBy{};
    QString tenant = QStringLiteral("default");
    Timestamp requestedAt{};
    Timestamp createdAt{};
    Timestamp updatedAt{};
    std::optional<Timestamp> completedAt{};

    bool operator==(const RunSummary &) const = default;
};

/// Where one step of one run stands.
struct StepRecord
{
    QString path{};
    StepState state = StepState::Pending;
    QString reason{}; ///< One sentence; empty when the state says it all.
    int attempts = 0;
    Timestamp lastTransitionAt{};
    std::optional<Timestamp> nextAttemptAt{};
    QJsonObject outputs{};

    bool operator==(const StepRecord &) const = default;
};

struct ResourceUsage
{
    std::chrono::microseconds userTime{0};
    std::chrono::microseconds systemTime{0};
    qint64 peakMemoryBytes = 0;
    qint64 writtenBytes = 0;

    bool operator==(const ResourceUsage &) const = default;
};

/// One try of a process step. Written three times: with the intent, when started, when finished.
struct AttemptRecord
{
    QString path{};
    int attempt = 1;     ///< From 1.
    qint64 pid = 0;      ///< Of taskrunner-exec; 0 before it was started.
    QString startTime{}; ///< Of that process, as the kernel counts it (field 22 of /proc/PID/stat).
    QString bootId{};
    std::optional<Timestamp> startedAt{};
    std::optional<Timestamp> finishedAt{};
    std::optional<int> exitCode{};
    std::optional<int> signal{}; ///< The signal that ended it, instead of an exit code.
    std::optional<ResourceUsage> usage{};

    bool operator==(const AttemptRecord &) const = default;
};

/// An entry of the journal. Numbered per run from 1 without gaps; each carries the hash of the one before.
struct RunEvent
{
    RunId run{};
    qint64 sequence = 0;
    Timestamp timestamp{};
    QString type{};     ///< "run-created", "step-state", "gate-opened", ...
    QString stepPath{}; ///< Empty for the run itself.
    QJsonObject data{};
    QString previousHash{}; ///< Lower-case hex; 64 zeros for the first.
    QString hash{};

    bool operator==(const RunEvent &) const = default;
};

/// The hash that the first link of a chain names as the one before it.
inline const QString noPreviousHash = QString(64, u'0');

/// Hex SHA-256 over the canonical JSON of every member of the event but its hash.
QString hashOf(const RunEvent &event);
/// The same, from the canonical JSON of the event's data.
QString hashOf(const RunEvent &event, QByteArrayView canonicalData);
QJsonObject toJson(const RunEvent &event);
Result<RunEvent> eventFromJson(const QJsonObject &json);

/// Checks numbering and hashes of a run's journal from its first event on.
/// Fails with InvalidInput that names the first wrong sequence number.
Result<> checkChain(const QList<RunEvent> &events);

/// The same for a journal that is read in parts.
class ChainCheck
{
public:
    /// Takes the next event. Once it failed, the rest proves nothing.
    Result<> add(const RunEvent &event);

    qint64 count() const { return m_last; } ///< Events that were right.

private:
    RunId m_run{};
    qint64 m_last = 0;
    QString m_lastHash = noPreviousHash;
};

/// What an operator says of a step whose outcome is unknown.
struct StepResolution
{
    enum Outcome { Retry, Failed, Succeeded };
    Outcome outcome = Failed;
    QString reason{}; ///< Needed for Succeeded.
    QString by{};

    bool operator==(const StepResolution &) const = default;
};

QString toString(StepResolution::Outcome outcome); ///< "retry", "failed", "succeeded".
Result<StepResolution::Outcome> parseStepOutcome(const QString &text);

enum class LogLevel { Debug, Info, Warn, Error };
QString toString(LogLevel level);
Result<LogLevel> parseLogLevel(const QString &text);

struct LogLine
{
    qint64 sequence = 0; ///< Per run from 1, without gaps.
    Timestamp timestamp{};
    LogLevel level = LogLevel::Info;
    QString eventType =
        QStringLiteral("output"); ///< "output" for what a step printed, "engine" for our own words.
    QString message{};            ///< Without its line feed; at most 64 KiB of UTF-8.
    QString stepPath{};
    int attempt = 0;
    bool continues = false;   ///< The line was longer than the limit and goes on in the next one.
    bool invalidUtf8 = false; ///< Some bytes were replaced by U+FFFD.

    bool operator==(const LogLine &) const = default;
};

struct Artifact
{
    QString id{}; ///< ULID.
    QString name{};
    QString stepPath{};
    QString type = QStringLiteral("file"); ///< "file" | "bundle" | "metadata".
    QString storedPath{};                  ///< Relative to the data directory: "artifacts/sha256/ab/cdef...".
    QString sha256{};
    qint64 sizeBytes = 0;
    QString status = QStringLiteral("stored"); ///< "stored" | "refused" (then notes says why).
    QString notes{};
    Timestamp capturedAt{};

    bool operator==(const Artifact &) const = default;
};

} // namespace engine

Q_DECLARE_METATYPE(engine::RunSummary)
