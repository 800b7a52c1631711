#pragma once

#include <QFile>
#include <QString>

namespace engine {

/// Makes what was written to an open file last through a power loss. Where the system has no way to say so,
/// it decides.
bool syncFile(QFile &file);

/// The same for the names in a folder: what was made, renamed or removed there.
bool syncFolder(const QString &folder);

} // namespace engine
