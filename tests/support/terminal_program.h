#pragma once

#include "tests/support/taskrunner_program.h"

namespace tests {

/// The program `taskrunner` at a terminal of its own (a pseudo terminal), with somebody who reads and types.
class TerminalProgram
{
public:
    TerminalProgram(const QStringList &arguments, const QString &workingDirectory,
                    const QProcessEnvironment &environment = QProcessEnvironment::systemEnvironment());
    ~TerminalProgram(); ///< Kills it when it still runs.
    Q_DISABLE_COPY_MOVE(TerminalProgram)

    /// Reads until this text was shown, counted from where the last call stopped. False when it does not come
    /// within a minute or the program ends first.
    bool waitFor(const QByteArray &text);
    void type(const QByteArray &text); ///< As a person does; "\n" is Return, "\x03" Ctrl+C.
    bool echoes() const;               ///< Whether the terminal shows what is typed.

    int exitCode();                                     ///< Waits for the end like endOf().
    const QByteArray &shown() const { return m_shown; } ///< All so far, its line ends as "\r\n".

private:
    bool readMore(int milliseconds);

    int m_terminal = -1;
    std::unique_ptr<QProcess> m_process;
    QByteArray m_shown;
    qsizetype m_seen = 0;
};

} // namespace tests
