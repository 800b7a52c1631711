#pragma once

#include "app/cli/commands.h"
#include "engine/api/run_service.h"

#include <memory>

namespace cli {

/// The service that a command works on: the embedded engine over the data directory.
///
/// Mode::Read works beside another process that owns the directory.
enum class Mode { Read, Write };
engine::Result<std::unique_ptr<engine::RunService>> openService(const Options &options, Mode mode);

/// Reads --input and --inputs into values by the pack's declarations. Fails with InvalidInput, or NotFound
/// for the inputs file.
engine::Result<QJsonObject> inputsFor(const QList<engine::InputSpec> &specs, const QString &packName,
                                      const Options &options);

/// The run that --run names; "last" is the newest one. Fails with NotFound or InvalidInput.
engine::Result<engine::RunId> runId(engine::RunService &service, const QString &name);

} // namespace cli
