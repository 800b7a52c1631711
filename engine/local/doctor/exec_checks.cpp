#include "engine/local/doctor/doctor_checks.h"
#include "engine/run/exec_launcher.h"

#include <QEventLoop>
#include <QFileInfo>
#include <QProcess>
#include <QTimer>

#include <cstring>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// The checks of the helper that starts steps, and of what the kernel lets it do.
namespace engine {

namespace {

const QString helperCheck = u"exec-helper"_s;
const QString startCheck = u"exec-start"_s;

/// The parts that taskrunner-exec tries, and what to change where the kernel refuses one.
struct SandboxPart
{
    const char16_t *name;
    const char16_t *advice;
};

constexpr const char16_t *userAdvice =
    u"allow user namespaces: sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone and "
    u"kernel.apparmor_restrict_unprivileged_userns, or what the container allows";
constexpr const char16_t *mountAdvice =
    u"allow mounts in user namespaces, in the container or security module";
constexpr SandboxPart parts[] = {
    {u"user-namespace", userAdvice},
    {u"mount-namespace", mountAdvice},
    {u"network-namespace", u"allow network namespaces: sysctl user.max_net_namespaces"},
    {u"process-namespace", mountAdvice},
    {u"ipc-namespace", u"allow them: sysctl user.max_ipc_namespaces and user.max_uts_namespaces"},
    {u"seccomp", u"use a kernel with CONFIG_SECCOMP_FILTER"},
};

DoctorFinding checkStart(const QString &helper)
{
    ExecLauncher launcher(helper);
    LaunchSpec spec;
    spec.argv = QStringList{u"/bin/true"_s};
    spec.workingDirectory = u"/"_s;
    spec.grace = 1s;
    const auto process = launcher.launch(spec);
    if (!process && process.error().code == ErrorCode::Disconnected)
        return broken(startCheck, process.error().message,
                      u"install taskrunner-exec of this version beside taskrunner"_s);
    if (!process)
        return broken(startCheck, process.error().message, u"look at the limits on processes and memory"_s);
    std::optional<ProcessExit> exit;
    QEventLoop loop;
    QObject::connect(process->get(), &Process::finished, &loop, [&exit, &loop](const ProcessExit &how) {
        exit = how;
        loop.quit();
    });
    QTimer::singleShot(10s, &loop, &QEventLoop::quit);
    (*process)->go();
    loop.exec();
    if (!exit)
        return broken(startCheck, u"taskrunner-exec did not end /bin/true within 10 s"_s,
                      u"install taskrunner-exec of this version beside taskrunner"_s);
    if (!exit->startError.isEmpty())
        return unknown(startCheck, u"/bin/true cannot be started: %1"_s.arg(exit->startError));
    if (!exit->succeeded())
        return broken(startCheck,
                      u"taskrunner-exec started /bin/true, and that ended with exit code %1"_s.arg(
                          exit->exitCode.value_or(-1)),
                      u"install taskrunner-exec of this version beside taskrunner"_s);
    return fine(startCheck, u"taskrunner-exec started /bin/true and saw its end"_s);
}

/// "PART ok" or "PART failed ERRNO CALL", by part.
QHash<QString, QString> probe(const QString &helper)
{
    QProcess process;
    process.setStandardInputFile(QProcess::nullDevice());
    process.start(helper, {u"--probe-sandbox"_s});
    QHash<QString, QString> results;
    if (!process.waitForFinished(10'000)) {
        process.kill();
        process.waitForFinished();
        return results;
    }
    const QStringList lines =
        QString::fromLatin1(process.readAllStandardOutput()).split(u'\n', Qt::SkipEmptyParts);
    for (const QString &line : lines)
        results.insert(line.section(u' ', 0, 0), line.section(u' ', 1));
    return results;
}

DoctorFindings checkSandbox(const QString &helper)
{
    const QHash<QString, QString> results = probe(helper);
    DoctorFindings findings;
    for (const auto &[name, advice] : parts) {
        const QString part = QString::fromUtf16(name);
        const QString check = u"sandbox-"_s + part;
        const QString result = results.value(part);
        if (result == u"ok"_s) {
            findings += fine(check, u"works; sealed runs need it"_s);
        } else if (result.startsWith(u"failed "_s)) {
            const int code = result.section(u' ', 1, 1).toInt();
            findings += doubtful(check,
                                 u"%1: %2; sealed runs need it"_s.arg(
                                     result.section(u' ', 2), QString::fromLocal8Bit(std::strerror(code))),
                                 QString::fromUtf16(advice));
        } else {
            findings += unknown(check, u"taskrunner-exec does not say; sealed runs need it"_s);
        }
    }
    return findings;
}

} // namespace

DoctorFindings checkExecHelper(const QString &helper)
{
    if (!QFileInfo(helper).isExecutable()) {
        DoctorFindings findings{broken(helperCheck,
                                       u"there is no program \"%1\" to start steps with"_s.arg(helper),
                                       u"install taskrunner-exec beside taskrunner"_s)};
        for (const auto &[name, advice] : parts)
            findings += unknown(u"sandbox-"_s + QString::fromUtf16(name), u"taskrunner-exec would try it"_s);
        return findings;
    }
    return DoctorFindings{fine(helperCheck, u"\"%1\" is there"_s.arg(helper)), checkStart(helper)}
           + checkSandbox(helper);
}

} // namespace engine
