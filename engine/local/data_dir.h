#pragma once

#include "engine/base/result.h"

#include <QLockFile>

#include <chrono>
#include <memory>
#include <optional>

namespace engine {

/// The process that a lock file names.
struct DataDirOwner
{
    qint64 pid = 0;
    QString host{};
    QString program{};

    bool isElsewhere() const; ///< On another machine, which shares the file system.
    bool isAlive() const;     ///< There is a process with this pid here; never true elsewhere.
    bool operator==(const DataDirOwner &) const = default;
};

/// The folder of one user's data and who may write to it.
///
///     taskrunner.sqlite   runs, journal, logs
///     artifacts/          files by content
///     runs/RUNID/         workspace of a run
///     evidence/           a bundle for each run that ended
///     incidents/          a snapshot for each time that incident mode was switched on
///     keys/  trust.json   the engine's key, the operators' keys, whom to trust
///     lock                held by the process that owns the folder
///     link                where that process listens for commands of others, see engine/link
class DataDir
{
public:
    /// A folder to read from; nothing is made, and it need not exist.
    explicit DataDir(const QString &path);
    /// Makes the folder when it is missing (mode 0700). Fails with Io.
    static Result<DataDir> open(const QString &path);

    /// Makes this process the owner until the object goes or unlock(). Waits for patience, as another command
    /// may be about to end. Fails with InUse, naming who owns it; also where that is, if it is another
    /// machine.
    Result<> lock(std::chrono::milliseconds patience);
    void unlock() { m_lock.reset(); }

    /// Who the lock file names; nullopt when there is none. Only looks: the process may have ended.
    std::optional<DataDirOwner> owner() const;

    /// Whether the process that owns the folder runs on another machine, which shares its file system.
    bool isOwnedElsewhere() const;

    const QString &path() const { return m_path; }
    QString storeFile() const { return m_path + QStringLiteral("/taskrunner.sqlite"); }
    QString trustFile() const { return m_path + QStringLiteral("/trust.json"); }
    QString keysFolder() const { return m_path + QStringLiteral("/keys"); }
    QString evidenceFile(const QString &runId) const
    {
        return m_path + QStringLiteral("/evidence/%1.evidence.tar").arg(runId);
    }

private:
    QString m_path;
    std::unique_ptr<QLockFile> m_lock;
};

} // namespace engine
