#pragma once

#include "engine/base/digest.h"

namespace engine {

/// Files by their content under DATA/artifacts/sha256/ab/cdef...: hashed while copied to a temporary name,
/// synced, made read-only, renamed. The same content is kept once.
///
/// Thread: any; two processes may add the same content at once.
class ArtifactStore
{
public:
    explicit ArtifactStore(QString dataDir);

    struct Stored
    {
        FileDigest digest{};
        QString path{}; ///< Relative to the data directory.

        bool operator==(const Stored &) const = default;
    };

    /// Copies a regular file in. A link as the file itself is refused; links in the path before it are the
    /// caller's. Fails with NotFound, Io, or InvalidInput: over maxBytes, a link, not a regular file.
    Result<Stored> add(const QString &file, qint64 maxBytes = defaultMaxBytes) const;
    Result<Stored> addBytes(const QByteArray &bytes) const;

    QString absolutePath(const QString &storedPath) const;
    /// Where content with this digest is kept, relative to the data directory; empty for what is no SHA-256.
    static QString pathOf(const QString &sha256);

    static constexpr qint64 defaultMaxBytes = 4LL * 1024 * 1024 * 1024;

private:
    Result<Stored> addFrom(QIODevice &source, const QString &name, qint64 maxBytes) const;

    QString m_dataDir;
};

} // namespace engine
