#include "engine/pack/files/formats/byte_source.h"

#include <archive.h>
#include <archive_entry.h>
#include <utility>

using namespace Qt::StringLiterals;

namespace engine {

void ArchiveReaderDeleter::operator()(archive *reader) const
{
    archive_read_free(reader);
}

bool isHeaderGood(archive *reader, int status)
{
    if (status != ARCHIVE_WARN)
        return status == ARCHIVE_OK;
    return QByteArrayView(archive_error_string(reader)).endsWith("to current locale.");
}

Result<QByteArrayView> FileSource::next()
{
    const qint64 count = m_file.read(m_buffer.data(), m_buffer.size());
    if (count < 0)
        return Error{
            ErrorCode::Io, u"cannot read \"%1\": %2"_s.arg(m_file.fileName(), m_file.errorString()), {}, {}};
    return QByteArrayView(m_buffer.constData(), count);
}

int ArchiveFeed::open(archive *reader)
{
    return archive_read_open(reader, this, nullptr, read, nullptr);
}

std::ptrdiff_t ArchiveFeed::read(archive *, void *feed, const void **bytes)
{
    auto *self = static_cast<ArchiveFeed *>(feed);
    const auto block = self->m_source.next();
    if (!block) {
        self->m_error = block.error();
        return -1;
    }
    if (std::exchange(self->m_isFirst, false))
        self->m_isZstandard = block->startsWith(zstdMagic);
    self->m_atEnd = block->isEmpty();
    *bytes = block->data();
    return block->size();
}

ZstdSource::ZstdSource(ByteSource &packed)
    : m_feed(packed)
    , m_reader(archive_read_new())
{
}

Error ZstdSource::damage() const
{
    if (m_feed.error())
        return *m_feed.error();
    return invalid(m_feed.atEnd() ? u"the Zstandard data is cut off"_s : u"the Zstandard data is damaged"_s);
}

Result<> ZstdSource::start()
{
    archive *reader = m_reader.get();
    archive_entry *entry = nullptr;
    archive_read_support_filter_zstd(reader);
    archive_read_support_format_raw(reader);
    const bool isOpen = m_feed.open(reader) == ARCHIVE_OK;
    if (!isOpen && m_feed.isZstandard())
        return damage(); // So broken at its beginning that libarchive does not know it.
    // One filter and the file itself: Zstandard within Zstandard is not what the name says.
    if (!m_feed.error()
        && (!isOpen || archive_filter_count(reader) != 2
            || archive_filter_code(reader, 0) != ARCHIVE_FILTER_ZSTD))
        return invalid(u"this is not Zstandard data"_s);
    if (!isOpen || archive_read_next_header(reader, &entry) != ARCHIVE_OK)
        return damage();
    return {};
}

Result<QByteArrayView> ZstdSource::next()
{
    if (!m_isStarted) {
        if (const auto started = start(); !started)
            return started.error();
        m_isStarted = true;
    }
    const void *bytes = nullptr;
    size_t count = 0;
    la_int64_t offset = 0;
    while (true) {
        const int status = archive_read_data_block(m_reader.get(), &bytes, &count, &offset);
        if (status == ARCHIVE_EOF)
            return QByteArrayView();
        if (status != ARCHIVE_OK)
            return damage();
        if (count > 0)
            return QByteArrayView(static_cast<const char *>(bytes), qsizetype(count));
    }
}

} // namespace engine
