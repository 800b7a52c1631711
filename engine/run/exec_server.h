#pragma once

#include "engine/base/descriptor.h"
#include "engine/base/result.h"

#include <QList>

#include <sys/types.h>

namespace engine {

/// taskrunner-exec, started once, making a copy of itself for each process of a step; see
/// app/exec/fork_server.h. It is started when it is first needed, and again when it was killed; what it
/// copied lives on without it.
///
/// Thread: used on one thread at a time. Linux only.
class ExecServer
{
public:
    /// @param program  path of taskrunner-exec
    explicit ExecServer(QByteArray program);
    ~ExecServer(); ///< Ends it and waits for its end.
    Q_DISABLE_COPY_MOVE(ExecServer)

    /// Makes a copy, a child of this process. Fails with Io, with what the system says; with Disconnected
    /// when the program ends instead: it was killed, or is another program.
    ///
    /// @param arguments    without the program's name
    /// @param environment  "NAME=VALUE" each; all that it gets
    /// @param folder       where it works
    /// @param descriptors  what become its descriptors 0, 1, 2 and so on; it has no others
    Result<pid_t> makeCopy(const QList<QByteArray> &arguments, const QList<QByteArray> &environment,
                           const Descriptor &folder, const QList<int> &descriptors);

private:
    Result<> start();
    void end();
    bool send(const QByteArray &text, const QList<int> &descriptors);

    const QByteArray m_program;
    Descriptor m_socket;
    pid_t m_pid = 0;
};

} // namespace engine
