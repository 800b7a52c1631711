#pragma once

#include <QJsonObject>
#include <QProcess>

namespace tests {

/// What a program came to.
struct Outcome
{
    int exitCode = -1; ///< Minus the number of the signal that ended it, so that a crash is no exit code.
    QString output{};
    QString errors{};

    QJsonObject json() const;      ///< The whole output.
    QJsonObject firstJson() const; ///< Its first line.
};

/// Starts the program `taskrunner`, with nothing at its standard input.
std::unique_ptr<QProcess>
startTaskrunner(const QStringList &arguments, const QString &workingDirectory,
                const QProcessEnvironment &environment = QProcessEnvironment::systemEnvironment());

/// Waits for its end, at most a minute, then kills it. Events of this thread go on meanwhile, so a server may
/// live here.
Outcome endOf(QProcess &process);

/// Both.
Outcome runTaskrunner(const QStringList &arguments, const QString &workingDirectory,
                      const QProcessEnvironment &environment = QProcessEnvironment::systemEnvironment());

} // namespace tests
