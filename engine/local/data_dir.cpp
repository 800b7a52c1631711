#include "engine/local/data_dir.h"

#include "engine/local/local_run_service.h"

#include <QDir>
#include <QFile>
#include <QStandardPaths>
#include <QSysInfo>
#include <QThread>

#include <cerrno>
#include <csignal>

using namespace Qt::StringLiterals;

namespace engine {

QString dataDirFor(const QString &option)
{
    if (!option.isEmpty())
        return QDir(option).absolutePath();
    if (const QString fromEnvironment = qEnvironmentVariable("TASKRUNNER_DATA_DIR");
        !fromEnvironment.isEmpty())
        return QDir(fromEnvironment).absolutePath();
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + u"/taskrunner"_s;
}

QString operatorFor(const QString &option)
{
    if (!option.isEmpty())
        return option;
    for (const char *name : {"TASKRUNNER_OPERATOR", "USER", "LOGNAME"}) {
        if (const QString fromEnvironment = qEnvironmentVariable(name); !fromEnvironment.isEmpty())
            return fromEnvironment;
    }
    return QDir::home().dirName(); // Services and containers often have no USER.
}

QString policyServerFor(const QString &option)
{
    return option.isEmpty() ? qEnvironmentVariable("TASKRUNNER_POLICY_SERVER") : option;
}

QString rekorFor(const QString &option)
{
    return option.isEmpty() ? qEnvironmentVariable("TASKRUNNER_REKOR") : option;
}

QString rekorVersionFor(const QString &option)
{
    return option.isEmpty() ? qEnvironmentVariable("TASKRUNNER_REKOR_VERSION", u"1"_s) : option;
}

QString timestampAuthorityFor(const QString &option)
{
    return option.isEmpty() ? qEnvironmentVariable("TASKRUNNER_TIMESTAMP_AUTHORITY") : option;
}

DataDir::DataDir(const QString &path)
    : m_path(QDir(path).absolutePath())
{
}

Result<DataDir> DataDir::open(const QString &path)
{
    DataDir dir(path);
    const bool isNew = !QFileInfo::exists(dir.m_path);
    if (!QDir().mkpath(dir.m_path))
        return Error{ErrorCode::Io, u"cannot make the data directory \"%1\""_s.arg(dir.m_path), {}, {}};
    if (isNew)
        QFile::setPermissions(dir.m_path, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    return dir;
}

namespace {

std::optional<DataDirOwner> ownerOf(const QLockFile &lock)
{
    DataDirOwner owner;
    if (!lock.getLockInfo(&owner.pid, &owner.host, &owner.program))
        return {};
    return owner;
}

std::unique_ptr<QLockFile> lockIn(const QString &folder)
{
    auto lock = std::make_unique<QLockFile>(folder + u"/lock"_s);
    // Only a dead owner's lock is stale, however old it is.
    lock->setStaleLockTime(std::chrono::milliseconds(0));
    return lock;
}

} // namespace

bool DataDirOwner::isElsewhere() const
{
    return !host.isEmpty() && host != QSysInfo::machineHostName();
}

bool DataDirOwner::isAlive() const
{
    return !isElsewhere() && pid > 0 && (::kill(pid_t(pid), 0) == 0 || errno == EPERM);
}

std::optional<DataDirOwner> DataDir::owner() const
{
    return ownerOf(*lockIn(m_path));
}

bool DataDir::isOwnedElsewhere() const
{
    const auto named = owner();
    return named && named->isElsewhere();
}

Result<> DataDir::lock(std::chrono::milliseconds patience)
{
    auto lock = lockIn(m_path);
    std::optional<DataDirOwner> owner;
    // Who held it may have let go before it could be asked who it is, or has not yet written that.
    for (int tries = 0; tries < 50 && !owner; ++tries) {
        if (lock->tryLock(tries == 0 ? int(patience.count()) : 0)) {
            m_lock = std::move(lock);
            return {};
        }
        owner = ownerOf(*lock);
        if (lock->error() != QLockFile::LockFailedError)
            break;
        if (!owner)
            QThread::msleep(10);
    }
    if (lock->error() == QLockFile::PermissionError || !owner)
        return Error{ErrorCode::Io, u"cannot write to the data directory \"%1\""_s.arg(m_path), {}, {}};
    const QString elsewhere =
        owner->isElsewhere()
            ? u"; commands for it must be given there, this is %1"_s.arg(QSysInfo::machineHostName())
            : QString();
    return Error{ErrorCode::InUse,
                 u"the data directory \"%1\" is used by %2, process %3 on %4%5"_s.arg(
                     m_path, owner->program, QString::number(owner->pid), owner->host, elsewhere),
                 {},
                 {}};
}

} // namespace engine
