#pragma once

#include "engine/run/process.h"

#include <QPointer>

#include <functional>

/// A launcher that starts nothing: it writes down what it was asked for, and the test says how each process
/// ends.
class FakeLauncher : public engine::ProcessLauncher
{
public:
    class Process;

    engine::Result<std::unique_ptr<engine::Process>> launch(const engine::LaunchSpec &spec) override;
    void endLeftover(const engine::AttemptRecord &attempt) override
    {
        calls += QStringLiteral("end ") + attempt.path;
    }

    /// Ends the running process of a step. Fails the test when there is none.
    void finish(const QString &stepPath, int exitCode = 0);
    void print(const QString &stepPath, const QByteArray &bytes);

    QStringList running() const; ///< Paths of steps, in order of start.
    QStringList calls{};         ///< "start a", "terminate a", "kill a", in order.
    QList<engine::LaunchSpec> specs{};
    std::function<void(const QString &stepPath)> onLaunch{}; ///< Called when a step's process was made.

private:
    Process *find(const QString &stepPath) const;

    QList<QPointer<Process>> m_processes;
};
