#pragma once

#include "engine/base/ids.h"
#include "engine/pack/inputs.h"

namespace engine {

/// Where one run's files are: DATA/runs/RUNID with its workspace and one folder for each attempt.
class RunFolder
{
public:
    RunFolder(QString dataDir, const RunId &run);

    const QString &dataDir() const { return m_dataDir; }
    const QString &root() const { return m_root; }
    QString workspace() const { return m_root + QStringLiteral("/workspace"); }
    QString inputsFile() const { return m_root + QStringLiteral("/inputs.json"); }
    QString module(const QString &name) const; ///< Where a module of the pack stands for this run.
    QString attempt(int number) const;         ///< number counts the attempts of the whole run.

    /// Makes the folders, writes the inputs file and copies file inputs to where BoundInputs says they stand.
    /// Fails with Io, or with Conflict when a file is no longer the one that was bound; leaves nothing behind
    /// then.
    ///
    /// Thread: any.
    Result<> create(const BoundInputs &inputs) const;
    void remove() const; ///< All of it; for a run that could not be started.

private:
    Result<> fill(const BoundInputs &inputs) const;

    QString m_dataDir;
    QString m_root;
};

} // namespace engine
