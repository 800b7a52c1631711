#pragma once

#include "engine/base/result.h"

#include <QByteArray>
#include <QIODevice>

#include <memory>

namespace engine {

/// SHA-256 (FIPS 180-4) of bytes that come piece by piece.
class Sha256
{
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256 &&) noexcept;
    Sha256 &operator=(Sha256 &&) noexcept;

    void add(QByteArrayView bytes);
    QString hex(); ///< Of all bytes, in lower case, 64 characters; nothing can be added after it.

private:
    struct Context;
    std::unique_ptr<Context> m_context;
};

/// Lower-case hex SHA-256 (FIPS 180-4), 64 characters.
QString sha256Hex(QByteArrayView bytes);

struct FileDigest
{
    QString sha256{}; ///< Lower-case hex.
    qint64 sizeBytes = 0;

    bool operator==(const FileDigest &) const = default;
};

/// Reads a device from where it stands to its end, in constant memory. Fails with Io.
Result<FileDigest> digestOf(QIODevice &device);

/// Opens and digests a regular file. Fails with NotFound or Io, naming the path.
Result<FileDigest> digestOfFile(const QString &path);

} // namespace engine
