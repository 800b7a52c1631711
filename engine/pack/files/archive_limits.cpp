#include "engine/pack/files/archive_limits.h"

using namespace Qt::StringLiterals;

namespace engine {

static QString sizeText(qint64 bytes)
{
    constexpr qint64 mebi = 1 << 20;
    if (bytes % (1024 * mebi) == 0)
        return u"%1 GiB"_s.arg(bytes / 1024 / mebi);
    return bytes % mebi == 0 ? u"%1 MiB"_s.arg(bytes / mebi) : u"%1 bytes"_s.arg(bytes);
}

ByteBudget::ByteBudget(const ArchiveLimits &limits, qint64 packedBytes, qint64 extraBytes)
    : m_limits(limits)
    , m_packedBytes(packedBytes)
    , m_maxBytes(limits.maxBytes + extraBytes)
{
}

Error ByteBudget::overspent() const
{
    return invalid(u"the archive unpacks to more than %1"_s.arg(sizeText(m_limits.maxBytes)));
}

Result<> ByteBudget::spend(qint64 bytes)
{
    if (!holds(bytes))
        return overspent();
    m_bytes += bytes;
    if (m_bytes > m_limits.freeBytes && m_bytes / m_limits.maxRatio > m_packedBytes)
        return invalid(u"the archive unpacks to more than %1 times its size"_s.arg(m_limits.maxRatio));
    return {};
}

} // namespace engine
