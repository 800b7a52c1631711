#pragma once

#include "engine/base/descriptor.h"
#include "engine/base/result.h"

namespace engine {

/// Who is at the other end of a socket, as the kernel says.
struct Peer
{
    qint64 userId = -1;
    qint64 processId = -1; ///< -1 where the system does not tell.

    bool operator==(const Peer &) const = default;
};

/// The UNIX socket "link" in a folder, through which the process that owns the folder is spoken to. The
/// folder's path may be longer than the address of a socket (108 bytes).
///
/// Listens there, for this user alone (mode 0600). Whatever stood there is replaced: only the owner of the
/// folder may call it, so it is what a dead owner left. Fails with Io.
Result<Descriptor> listenIn(const QString &folder);

/// Takes the socket away. Only the owner of the folder may call it.
void removeEndpoint(const QString &folder);

/// Does not wait. Fails with Disconnected when nobody listens there or too many wait already, with Io
/// otherwise.
Result<Descriptor> connectTo(const QString &folder);

/// Fails with Io.
Result<Peer> peerOf(int socket);

/// The user of this process, to compare with.
qint64 ownUserId();

} // namespace engine
