#include "engine/pack/files/formats/tar_reader.h"

#include <archive.h>
#include <archive_entry.h>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// Passes a stream on and remembers where its last byte was that is not zero.
class ZeroWatch : public ByteSource
{
public:
    explicit ZeroWatch(ByteSource &source)
        : m_source(source)
    {
    }

    Result<QByteArrayView> next() override
    {
        const auto block = m_source.next();
        if (!block)
            return block.error();
        qsizetype used = block->size();
        while (used > 0 && block->at(used - 1) == 0)
            --used;
        if (used > 0)
            m_lastUsed = m_size + used;
        m_size += block->size();
        return *block;
    }

    qint64 size() const { return m_size; }
    qint64 lastUsed() const { return m_lastUsed; } ///< Up to here something else than zeros was read.

private:
    ByteSource &m_source;
    qint64 m_size = 0;
    qint64 m_lastUsed = 0;
};

class TarPass
{
public:
    TarPass(ByteSource &stream, FolderFiller &filler)
        : m_stream(stream)
        , m_filler(filler)
    {
    }

    Result<> run();

private:
    Error damage(const QString &what) const;
    Result<bool> readEntry();
    Result<> readData(const ArchiveEntry &entry);
    Result<> readRest();

    ZeroWatch m_stream;
    FolderFiller &m_filler;
    ArchiveFeed m_feed{m_stream};
    const ArchiveReader m_reader{archive_read_new()};
};

Error TarPass::damage(const QString &what) const
{
    if (m_feed.error())
        return *m_feed.error();
    return invalid(what.arg(m_feed.atEnd() ? u"is cut off"_s : u"is damaged"_s));
}

ArchiveEntry describe(archive_entry *entry)
{
    using Kind = ArchiveEntry::Kind;
    ArchiveEntry described;
    described.name = archive_entry_pathname(entry);
    described.executable = (archive_entry_perm(entry) & 0100) != 0;
    described.sizeBytes = archive_entry_size(entry);
    const auto type = archive_entry_filetype(entry);
    if (type == AE_IFLNK || archive_entry_hardlink(entry) || archive_entry_symlink(entry))
        described.kind = Kind::Link;
    else if (type == AE_IFDIR)
        described.kind = Kind::Folder;
    else
        described.kind = type == AE_IFREG ? Kind::File : Kind::Other;
    return described;
}

Result<> TarPass::run()
{
    archive_read_support_format_tar(m_reader.get());
    if (m_feed.open(m_reader.get()) != ARCHIVE_OK)
        return m_feed.error() ? *m_feed.error() : invalid(u"this is not a tar archive"_s);
    while (!m_filler.isFull()) {
        const auto more = readEntry();
        if (!more)
            return more.error();
        if (!*more)
            return readRest();
    }
    return {};
}

/// False at the end.
Result<bool> TarPass::readEntry()
{
    archive_entry *header = nullptr;
    const int status = archive_read_next_header(m_reader.get(), &header);
    if (status == ARCHIVE_EOF)
        return false;
    if (!isHeaderGood(m_reader.get(), status)) {
        if (m_filler.entries() == 0 && !m_feed.error())
            return invalid(u"this is not a tar archive"_s);
        return damage(u"the archive %2 after its entry %1"_s.arg(m_filler.entries()));
    }
    const ArchiveEntry entry = describe(header);
    if (archive_entry_sparse_count(header) > 0) {
        m_filler.refuse(entry.name, u"is stored with holes (sparse), which no pack holds"_s);
        return true;
    }
    const auto wanted = m_filler.begin(entry);
    if (!wanted)
        return wanted.error();
    if (*wanted) {
        if (const auto read = readData(entry); !read)
            return read.error();
    }
    return true;
}

Result<> TarPass::readData(const ArchiveEntry &entry)
{
    const QString path = QString::fromUtf8(entry.name);
    qint64 done = 0;
    while (true) {
        const void *bytes = nullptr;
        size_t count = 0;
        la_int64_t offset = 0;
        const int status = archive_read_data_block(m_reader.get(), &bytes, &count, &offset);
        if (status == ARCHIVE_EOF)
            break;
        if (status != ARCHIVE_OK || offset != done)
            return damage(u"the archive %2 within \"%1\""_s.arg(path));
        done += qint64(count);
        const auto written =
            m_filler.write(QByteArrayView(static_cast<const char *>(bytes), qsizetype(count)));
        if (!written)
            return written.error();
    }
    return m_filler.end();
}

/// The end mark, two blocks of zeros, and the zeros that writers pad with.
Result<> TarPass::readRest()
{
    constexpr qint64 endMarkBytes = 1024;
    const qint64 end = archive_read_header_position(m_reader.get());
    while (true) {
        const auto block = m_stream.next();
        if (!block)
            return block.error();
        if (block->isEmpty())
            break;
    }
    if (m_stream.lastUsed() > end)
        return invalid(u"data follows the end of the archive"_s);
    if (m_stream.size() - end < endMarkBytes)
        return invalid(u"the archive is cut off after its entry %1"_s.arg(m_filler.entries()));
    return {};
}

} // namespace

Result<> readTar(ByteSource &stream, FolderFiller &filler)
{
    return TarPass(stream, filler).run();
}

} // namespace engine
