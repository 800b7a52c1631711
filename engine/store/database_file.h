#pragma once

#include "engine/store/connection.h"

namespace engine {

/// Opens a store's file: makes a missing one, refuses what is not ours, damaged or too new, and brings an
/// older one up to date. See Store::open().
///
/// A file that is refused is not changed, not even by the recovery that SQLite does on opening: what it is
/// gets read from its header first, and is then looked at through a connection that cannot write.
Result<std::unique_ptr<Connection>> openDatabaseFile(const QString &path, Connection::Access access);

} // namespace engine
