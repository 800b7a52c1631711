#pragma once

#include "engine/run/exec_server.h"
#include "engine/run/process.h"

namespace engine {

/// Starts each command through taskrunner-exec (see app/exec/main.cpp for its protocol). With its ExecServer
/// what is Linux-only in the engine.
class ExecLauncher : public ProcessLauncher
{
public:
    explicit ExecLauncher(QString helperPath);
    Result<std::unique_ptr<Process>> launch(const LaunchSpec &spec) override;
    void endLeftover(const AttemptRecord &attempt) override;

private:
    ExecServer m_server;
};

/// Names this boot of this machine; with a pid and its start time it names a process for ever. Empty when
/// unknown.
QString bootId();

} // namespace engine
