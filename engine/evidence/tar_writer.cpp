#include "engine/evidence/tar_writer.h"

#include "engine/pack/files/formats/archive_handles.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

struct TarWriter::Impl
{
    ArchiveWriter writer{archive_write_new()};
    bool isOpen = false;

    Error error() const
    {
        const char *reason = writer ? archive_error_string(writer.get()) : nullptr;
        return {ErrorCode::Io,
                u"the archive cannot be written: %1"_s.arg(reason ? QString::fromUtf8(reason)
                                                                  : u"out of memory"_s),
                {},
                {}};
    }
};

TarWriter::TarWriter(QIODevice &out)
    : m_impl(std::make_unique<Impl>())
{
    archive *writer = m_impl->writer.get();
    m_impl->isOpen = writer && archive_write_set_format_pax_restricted(writer) == ARCHIVE_OK
                     && archive_write_add_filter_none(writer) == ARCHIVE_OK
                     // No padding beyond the two empty blocks that end an archive.
                     && archive_write_set_bytes_in_last_block(writer, 1) == ARCHIVE_OK
                     && archive_write_open(writer, &out, nullptr, writeToDevice, nullptr) == ARCHIVE_OK;
}

TarWriter::~TarWriter() = default;

Result<> TarWriter::begin(const QString &path, qint64 size)
{
    if (!m_impl->isOpen)
        return m_impl->error();
    const ArchiveHeader entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), path.toLatin1().constData());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_mtime(entry.get(), 0, 0);
    archive_entry_set_size(entry.get(), size);
    if (archive_write_header(m_impl->writer.get(), entry.get()) != ARCHIVE_OK)
        return m_impl->error();
    return {};
}

Result<> TarWriter::write(QByteArrayView bytes)
{
    if (archive_write_data(m_impl->writer.get(), bytes.data(), size_t(bytes.size()))
        != la_ssize_t(bytes.size()))
        return m_impl->error();
    return {};
}

Result<FileDigest> TarWriter::add(const QString &path, qint64 size, QIODevice &content)
{
    if (const auto begun = begin(path, size); !begun)
        return begun.error();
    Sha256 hash;
    QByteArray buffer(1 << 16, Qt::Uninitialized);
    qint64 left = size;
    while (left > 0) {
        const qint64 count = content.read(buffer.data(), std::min(left, qint64(buffer.size())));
        if (count < 0)
            return Error{ErrorCode::Io,
                         u"cannot read what becomes \"%1\": %2"_s.arg(path, content.errorString()),
                         {},
                         {}};
        if (count == 0)
            return Error{ErrorCode::Conflict,
                         u"what becomes \"%1\" is %2 bytes shorter than it was"_s.arg(path).arg(left),
                         {},
                         {}};
        const QByteArrayView bytes(buffer.constData(), count);
        hash.add(bytes);
        if (const auto written = write(bytes); !written)
            return written.error();
        left -= count;
    }
    return FileDigest{hash.hex(), size};
}

Result<> TarWriter::finish()
{
    if (!m_impl->isOpen || archive_write_close(m_impl->writer.get()) != ARCHIVE_OK)
        return m_impl->error();
    return {};
}

} // namespace engine
