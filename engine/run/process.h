#pragma once

#include "engine/base/result.h"
#include "engine/record/run_record.h"

#include <QObject>

#include <memory>

namespace engine {

/// What to start for one attempt.
struct LaunchSpec
{
    QStringList argv{}; ///< Never empty. A name without "/" is looked up on the PATH in environment.
    QMap<QString, QString> environment{}; ///< Exactly this; nothing is inherited.
    QString workingDirectory{};
    QByteArray standardInput{};
    std::chrono::milliseconds grace = std::chrono::seconds(10); ///< Between TERM and KILL.

    bool operator==(const LaunchSpec &) const = default;
};

/// How a process ended.
struct ProcessExit
{
    std::optional<int> exitCode{};
    std::optional<int> signal{}; ///< Instead of an exit code.
    QString startError{};        ///< Not empty: the command never ran, and why.
    std::optional<ResourceUsage> usage{};

    bool succeeded() const { return exitCode == 0; }
    bool operator==(const ProcessExit &) const = default;
};

enum class OutputStream { Output, ErrorOutput };

/// A process that was started, with everything below it. Destroying it kills what is left.
///
/// Thread: lives on the engine thread.
class Process : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    virtual qint64 pid() const = 0;
    virtual QString startTime() const = 0; ///< As AttemptRecord::startTime.
    /// Lets the command begin; until then nothing of it runs. Call it once what was started is on disk.
    virtual void go() = 0;
    virtual void terminate() = 0; ///< TERM, then KILL after the grace.
    virtual void kill() = 0;      ///< KILL at once.
    /// While paused nothing more is read of what it prints, and it has to wait once the pipe is full. What is
    /// left in the pipe when it ends is read all the same.
    virtual void pauseOutput(bool isPaused) = 0;

Q_SIGNALS:
    void outputRead(engine::OutputStream stream, const QByteArray &bytes);
    /// Comes once, after the last outputRead(); nothing that the process started is left then.
    void finished(const engine::ProcessExit &exit);
};

/// Starts processes. Passed in, so that the scheduler's tests start none.
class ProcessLauncher
{
public:
    ProcessLauncher() = default;
    virtual ~ProcessLauncher() = default;
    Q_DISABLE_COPY_MOVE(ProcessLauncher)

    /// Makes the process, which waits for go(). Fails with Io when none could be made, with Disconnected
    /// when the program that makes it ended instead.
    virtual Result<std::unique_ptr<Process>> launch(const LaunchSpec &spec) = 0;

    /// Makes sure that nothing is left of an attempt that an engine before this one started. Blocks, for some
    /// seconds at the most.
    virtual void endLeftover(const AttemptRecord &attempt) = 0;
};

} // namespace engine
