#include "engine/base/json.h"
#include "engine/run/attempt.h"

#include <QDir>
#include <QFile>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

Result<QStringList> commandOf(const QJsonObject &with)
{
    QStringList argv;
    for (const QJsonValue &argument : with.value(u"command"_s).toArray()) {
        if (!argument.isString() && !argument.isDouble())
            return invalid(u"argument %1 of the command is not a text"_s.arg(argv.size()));
        argv +=
            argument.isString() ? argument.toString() : QString::fromLatin1(es6Number(argument.toDouble()));
        if (argv.last().contains(QChar(u'\0')))
            return invalid(u"argument %1 of the command holds a NUL character"_s.arg(argv.size() - 1));
    }
    if (argv.isEmpty() || argv.first().isEmpty())
        return invalid(u"the command is empty"_s);
    return argv;
}

Error cannotWrite(const QFile &file)
{
    return {ErrorCode::Io, u"cannot write \"%1\": %2"_s.arg(file.fileName(), file.errorString()), {}, {}};
}

Result<QStringList> scriptCommand(const QJsonObject &with, const QString &folder)
{
    static const QHash<QString, QStringList> interpreters{
        {u"bash"_s, {u"bash"_s, u"--noprofile"_s, u"--norc"_s, u"-e"_s, u"-o"_s, u"pipefail"_s}},
        {u"sh"_s, {u"sh"_s, u"-e"_s}},
        {u"python3"_s, {u"python3"_s}},
        {u"pwsh"_s, {u"pwsh"_s, u"-NoProfile"_s, u"-NonInteractive"_s, u"-File"_s}},
    };
    const QString shell = with.value(u"shell"_s).toString(u"bash"_s);
    const QStringList interpreter = interpreters.value(shell);
    if (interpreter.isEmpty())
        return invalid(u"unknown shell \"%1\""_s.arg(shell));
    const QString path = folder + (shell == u"pwsh"_s ? u"/script.ps1"_s : u"/script"_s);
    QFile file(path);
    // Flushed, so that a full disk is seen here: the first half of a script must not run.
    if (!file.open(QIODevice::WriteOnly) || file.write(with.value(u"script"_s).toString().toUtf8()) < 0
        || !file.flush())
        return cannotWrite(file);
    return interpreter + QStringList{path};
}

/// The program of a module may stand in its folder; its inputs stand in a file of their own.
Result<QStringList> moduleCommand(const AttemptSpec &attempt)
{
    QFile inputs(attempt.inputsFile);
    if (!inputs.open(QIODevice::WriteOnly) || inputs.write(canonicalJsonOf(attempt.with)) < 0
        || !inputs.flush())
        return cannotWrite(inputs);
    QStringList argv = attempt.command;
    if (argv.first().startsWith("./"_L1))
        argv.first() = attempt.moduleFolder + argv.first().sliced(1);
    for (qsizetype i = 0; i < argv.size(); ++i) {
        if (argv[i].contains(QChar(u'\0')))
            return invalid(u"argument %1 of the command holds a NUL character"_s.arg(i));
    }
    return argv;
}

Result<QStringList> argvOf(const AttemptSpec &attempt)
{
    if (!attempt.moduleFolder.isEmpty())
        return moduleCommand(attempt);
    return attempt.spec.uses == u"builtin:script"_s ? scriptCommand(attempt.with, attempt.folder)
                                                    : commandOf(attempt.with);
}

Result<QMap<QString, QString>> environmentOf(const AttemptSpec &attempt)
{
    QMap<QString, QString> environment{
        {u"PATH"_s, u"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"_s},
        {u"HOME"_s, attempt.workspace},
        {u"LANG"_s, u"C.UTF-8"_s},
        {u"LC_ALL"_s, u"C.UTF-8"_s},
        {u"TZ"_s, u"UTC"_s},
    };
    for (auto it = attempt.env.begin(); it != attempt.env.end(); ++it) {
        const QJsonValue value = it.value();
        const QString text = value.isString()   ? value.toString()
                             : value.isDouble() ? QString::fromLatin1(es6Number(value.toDouble()))
                             : value.isBool()   ? (value.toBool() ? u"true"_s : u"false"_s)
                                                : QString();
        if (!value.isString() && !value.isDouble() && !value.isBool())
            return invalid(
                u"environment variable %1 is not a text; use toJson() for arrays and objects"_s.arg(
                    it.key()));
        if (text.contains(QChar(u'\0')))
            return invalid(u"environment variable %1 holds a NUL character"_s.arg(it.key()));
        environment.insert(it.key(), text);
    }
    environment.insert(u"TASKRUNNER_RUN_ID"_s, attempt.run.value);
    environment.insert(u"TASKRUNNER_STEP"_s, attempt.stepPath);
    environment.insert(u"TASKRUNNER_ATTEMPT"_s, QString::number(attempt.attempt));
    environment.insert(u"TASKRUNNER_WORKSPACE"_s, attempt.workspace);
    environment.insert(u"TASKRUNNER_INPUTS"_s, attempt.inputsFile);
    environment.insert(u"TASKRUNNER_OUTPUTS"_s, attempt.folder + u"/outputs.json"_s);
    environment.insert(u"TASKRUNNER_ARTIFACTS"_s, attempt.folder + u"/artifacts"_s);
    return environment;
}

} // namespace

Result<LaunchSpec> prepareProcess(const AttemptSpec &attempt)
{
    if (!QDir().mkpath(attempt.folder + u"/artifacts"_s))
        return Error{ErrorCode::Io, u"cannot make the folder \"%1\""_s.arg(attempt.folder), {}, {}};
    const auto argv = argvOf(attempt);
    if (!argv)
        return argv.error();
    const auto environment = environmentOf(attempt);
    if (!environment)
        return environment.error();
    LaunchSpec launch;
    launch.argv = *argv;
    launch.environment = *environment;
    launch.workingDirectory = attempt.workspace;
    launch.standardInput = attempt.with.value(u"stdin"_s).toString().toUtf8();
    launch.grace = attempt.spec.grace;
    return launch;
}

} // namespace engine
