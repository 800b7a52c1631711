#pragma once

#include "engine/base/result.h"
#include "engine/pack/files/pack_names.h"

namespace engine {

/// What an archive may ask of us.
struct ArchiveLimits
{
    qsizetype maxEntries = maxPackEntries;
    qint64 maxBytes = maxPackBytes;      ///< Of all files.
    qint64 maxNameCharacters = 16 << 20; ///< Of all names: they are what is kept in memory.
    int maxRatio = 200;                  ///< How many times its own size an archive may unpack to,
    qint64 freeBytes = 16 << 20;         ///< once it is more than this.
};

/// Counts what comes out of an archive.
class ByteBudget
{
public:
    ByteBudget(const ArchiveLimits &limits, qint64 packedBytes, qint64 extraBytes = 0);

    bool holds(qint64 bytes) const { return bytes <= m_maxBytes - m_bytes; } ///< Whether they may be spent.

    /// Fails with InvalidInput beyond a limit.
    Result<> spend(qint64 bytes);
    Error overspent() const;

private:
    const ArchiveLimits m_limits;
    const qint64 m_packedBytes;
    const qint64 m_maxBytes;
    qint64 m_bytes = 0;
};

} // namespace engine
