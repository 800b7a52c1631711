#include "tests/support/taskrunner_program.h"

#include <QEventLoop>
#include <QJsonDocument>
#include <QTimer>

using namespace Qt::StringLiterals;

namespace tests {

QJsonObject Outcome::json() const
{
    return QJsonDocument::fromJson(output.toUtf8()).object();
}

QJsonObject Outcome::firstJson() const
{
    return QJsonDocument::fromJson(output.toUtf8().split('\n').first()).object();
}

std::unique_ptr<QProcess> startTaskrunner(const QStringList &arguments, const QString &workingDirectory,
                                          const QProcessEnvironment &environment)
{
    auto process = std::make_unique<QProcess>();
    process->setProcessEnvironment(environment);
    process->setWorkingDirectory(workingDirectory);
    process->setStandardInputFile(QProcess::nullDevice());
    process->start(QStringLiteral(BINARY_DIR "/bin/taskrunner"), arguments);
    if (!process->waitForStarted())
        qFatal("taskrunner does not start: %s", qPrintable(process->errorString()));
    return process;
}

Outcome endOf(QProcess &process)
{
    if (process.state() != QProcess::NotRunning) {
        QEventLoop loop;
        QObject::connect(&process, &QProcess::finished, &loop, &QEventLoop::quit);
        QTimer::singleShot(std::chrono::minutes(1), &process, &QProcess::kill);
        loop.exec();
    }
    const bool isCrash = process.exitStatus() == QProcess::CrashExit;
    return {isCrash ? -process.exitCode() : process.exitCode(),
            QString::fromUtf8(process.readAllStandardOutput()),
            QString::fromUtf8(process.readAllStandardError())};
}

Outcome runTaskrunner(const QStringList &arguments, const QString &workingDirectory,
                      const QProcessEnvironment &environment)
{
    return endOf(*startTaskrunner(arguments, workingDirectory, environment));
}

} // namespace tests
