#include "engine/local/file_lock.h"

#include <chrono>

using namespace Qt::StringLiterals;

namespace engine {

Result<std::unique_ptr<QLockFile>> lockForWriting(const QString &path, const QString &what)
{
    constexpr std::chrono::milliseconds patience = std::chrono::seconds(10);
    auto lock = std::make_unique<QLockFile>(path + u".lock"_s);
    lock->setStaleLockTime(std::chrono::milliseconds(0)); // Only a dead owner's lock is stale.
    if (lock->tryLock(int(patience.count())))
        return lock;
    if (lock->error() != QLockFile::LockFailedError)
        return Error{ErrorCode::Io, u"cannot make the lock file \"%1.lock\""_s.arg(path), {}, {}};
    qint64 pid = 0;
    QString host;
    QString program;
    const QString who = lock->getLockInfo(&pid, &host, &program)
                            ? u"%1, process %2 on %3"_s.arg(program).arg(pid).arg(host)
                            : u"another process"_s;
    return Error{ErrorCode::InUse, u"%1 is being changed by %2; try again"_s.arg(what, who), {}, {}};
}

} // namespace engine
