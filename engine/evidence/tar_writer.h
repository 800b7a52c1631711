#pragma once

#include "engine/base/digest.h"

#include <memory>

namespace engine {

/// Writes a restricted pax archive: the same bytes for the same members, whoever writes it, wherever and
/// whenever. Every member is a regular file with mode 0644, owner 0 and time 0.
class TarWriter
{
public:
    /// out must outlive the writer.
    explicit TarWriter(QIODevice &out);
    ~TarWriter();
    Q_DISABLE_COPY_MOVE(TarWriter)

    /// Copies size bytes of content, from where it stands, and says what went in.
    /// Fails with Io; with Conflict when content ends before size.
    Result<FileDigest> add(const QString &path, qint64 size, QIODevice &content);

    // The same in parts: a member's header, then its bytes, as many as were announced. Each fails with Io.
    Result<> begin(const QString &path, qint64 size);
    Result<> write(QByteArrayView bytes);

    Result<> finish(); ///< Ends the archive.

private:
    struct Impl;
    const std::unique_ptr<Impl> m_impl;
};

} // namespace engine
