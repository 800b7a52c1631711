#pragma once

#include "app/cli/commands.h"
#include "app/cli/interrupts.h"
#include "engine/api/run_service.h"

#include <QSocketNotifier>
#include <QStringList>
#include <QTimer>

namespace cli {

/// Shows a run while it goes on: its log lines, its steps' states and, on a terminal, a line of progress.
/// Asks the person at a gate when both standard streams are terminals. Ends when the run ends, or waits with
/// nobody to ask. Ctrl+C cancels the run; a second time without grace. When the engine is another process and
/// that one ends, says so and how to look what became of the run.
class RunFollower : public QObject
{
    Q_OBJECT
public:
    RunFollower(engine::RunService &service, engine::RunId run, const Options &options);

    /// What has happened up to now is known to the person and not shown again.
    void skip(const engine::RunView &view);

    /// Follows until the end and returns what the program should exit with. Runs the event loop.
    ExitCode follow();

private:
    void check();
    void checked(const engine::RunView &view);
    void readLogs();
    void showSteps(const QList<engine::StepRecord> &steps);
    void askNext(const engine::RunView &view);
    void ask(const engine::GateRequest &gate, const QList<engine::Decision> &decisions);
    void readAnswer();
    void answer(const QString &line);
    void decide(engine::Verdict verdict, const QString &reason);
    void interrupted();
    void end(const engine::RunView &view);
    void stop(const engine::Error &error);
    void print(const QString &text);
    void showProgress();
    void clearProgress();

    engine::RunService &m_service;
    const engine::RunId m_run;
    const Options &m_options;
    const bool m_isInteractive;
    bool m_isChecking = false;
    bool m_checkAgain = false;
    bool m_isReading = false;
    qint64 m_lastLog = 0;
    bool m_logsWanted = false;
    QList<engine::StepRecord> m_steps;    ///< To be shown after the lines that led to them.
    std::optional<engine::RunView> m_end; ///< Set when the run has ended and only its last lines are missing.
    std::optional<engine::GateView> m_asked;
    QStringList m_answered; ///< Gates that this person has decided or put off.
    bool m_wantsReason = false;
    engine::Verdict m_verdict = engine::Verdict::Reject;
    QByteArray m_input;
    std::unique_ptr<QSocketNotifier> m_stdin;
    Interrupts m_interruptSignals;
    QHash<QString, engine::StepState> m_states;
    QString m_progress;
    bool m_progressShown = false;
    int m_interrupts = 0;
    bool m_isStopped = false;
};

/// Follows a run to its end, then stays for the guests of this process; see stayForGuests().
///
/// @param known  what the person has been shown already; nullptr: nothing
ExitCode followToEnd(engine::RunService &service, const engine::RunId &id, const Options &options,
                     const engine::RunView *known = nullptr);

} // namespace cli
