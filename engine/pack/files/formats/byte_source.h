#pragma once

#include "engine/base/result.h"

#include <QByteArray>
#include <QFile>

#include <memory>
#include <optional>

struct archive;

namespace engine {

/// Bytes in their order, block by block.
class ByteSource
{
public:
    ByteSource() = default;
    virtual ~ByteSource() = default;
    Q_DISABLE_COPY_MOVE(ByteSource)

    /// The next block; empty at the end. It stays until the next call.
    virtual Result<QByteArrayView> next() = 0;
};

/// A file from where it stands, in blocks of 64 KiB. Fails with Io.
class FileSource : public ByteSource
{
public:
    explicit FileSource(QFile &file)
        : m_file(file)
    {
    }

    Result<QByteArrayView> next() override;

private:
    QFile &m_file;
    QByteArray m_buffer = QByteArray(1 << 16, Qt::Uninitialized);
};

struct ArchiveReaderDeleter
{
    void operator()(archive *reader) const;
};
using ArchiveReader = std::unique_ptr<archive, ArchiveReaderDeleter>;

/// What archive_read_next_header() answered is good enough. In the locale "C" a name that is not ASCII comes
/// with a warning: from tar as it is stored, which is what we want; from zip not at all, the index has it.
bool isHeaderGood(archive *reader, int status);

/// What Zstandard data begins with (RFC 8878, section 3.1.1).
inline constexpr QByteArrayView zstdMagic{"\x28\xb5\x2f\xfd", 4};

/// Feeds a reader of libarchive from a source, and keeps the error that libarchive cannot carry.
class ArchiveFeed
{
public:
    explicit ArchiveFeed(ByteSource &source)
        : m_source(source)
    {
    }
    Q_DISABLE_COPY_MOVE(ArchiveFeed)

    int open(archive *reader); ///< What libarchive answers. The reader must not outlive the feed.

    bool atEnd() const { return m_atEnd; }             ///< More was asked for than there is.
    bool isZstandard() const { return m_isZstandard; } ///< By its first bytes.
    const std::optional<Error> &error() const { return m_error; }

private:
    static std::ptrdiff_t read(archive *reader, void *feed, const void **bytes);

    ByteSource &m_source;
    bool m_isFirst = true;
    bool m_isZstandard = false;
    bool m_atEnd = false;
    std::optional<Error> m_error;
};

/// Unpacks a Zstandard stream (RFC 8878) of one frame or several. Fails like its source, and with
/// InvalidInput.
class ZstdSource : public ByteSource
{
public:
    explicit ZstdSource(ByteSource &packed);

    Result<QByteArrayView> next() override;

private:
    Result<> start();
    Error damage() const;

    ArchiveFeed m_feed;
    const ArchiveReader m_reader;
    bool m_isStarted = false;
};

} // namespace engine
