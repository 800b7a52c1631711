#pragma once

#include "app/cli/commands.h"
#include "engine/api/run_service.h"

#include <memory>

namespace cli {

/// How a command works with the data directory.
enum class Mode {
    Read,  ///< Reads the store, also beside a process that owns the directory, whatever state that is in.
    Ask,   ///< Asks the process that owns the directory, else reads; see openObservingService().
    Hold,  ///< Like Write, but an engine of this process carries no run on.
    Write, ///< Owns the directory, or asks the process that does; see openRunService().
};

engine::Result<std::unique_ptr<engine::RunService>> openService(const Options &options, Mode mode);

/// fail(), and how to look what became of the run when that is not known.
ExitCode failOfRun(const engine::Error &error, const engine::RunId &run, const Options &options);

/// After a command that may own the directory: other commands that use this process are waited for, since
/// their runs would be interrupted with it. Ctrl+C ends the wait. Returns code.
ExitCode stayForGuests(engine::RunService &service, ExitCode code);

/// Reads --input and --inputs into values by the pack's declarations. Fails with InvalidInput, or NotFound
/// for the inputs file.
engine::Result<QJsonObject> inputsFor(const QList<engine::InputSpec> &specs, const QString &packName,
                                      const Options &options);

/// The run that --run names; "last" is the newest one. Fails with NotFound or InvalidInput.
engine::Result<engine::RunId> runId(engine::RunService &service, const QString &name);

/// The gate that is meant: the named one, or the only one that waits. Fails with NotFound, Conflict when none
/// waits, InvalidInput when several do.
engine::Result<engine::GateRequest> findGate(engine::RunService &service, const engine::RunId &id,
                                             const QString &name);

} // namespace cli
