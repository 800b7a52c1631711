#include "engine/pack/files/formats/zip_reader.h"

#include "engine/pack/files/formats/byte_source.h"
#include "engine/pack/files/formats/zip_index.h"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

Error damageOf(const ZipEntry &entry)
{
    return invalid(u"the archive is damaged within \"%1\""_s.arg(QString::fromUtf8(entry.entry.name)));
}

Result<> readData(archive *reader, const ZipEntry &entry, FolderFiller &filler)
{
    qint64 done = 0;
    while (true) {
        const void *bytes = nullptr;
        size_t count = 0;
        la_int64_t offset = 0;
        const int status = archive_read_data_block(reader, &bytes, &count, &offset);
        if (status == ARCHIVE_EOF)
            return filler.end();
        if (status != ARCHIVE_OK || offset != done)
            return damageOf(entry);
        done += qint64(count);
        const QByteArrayView block(static_cast<const char *>(bytes), qsizetype(count));
        if (const auto written = filler.write(block); !written)
            return written.error();
    }
}

Result<> readEntry(archive *reader, const ZipEntry &entry, FolderFiller &filler)
{
    if (!entry.isReadable()) {
        filler.refuse(entry.entry.name,
                      entry.encrypted ? u"is encrypted"_s
                                      : u"is packed by method %1; expected stored (0) or deflated (8)"_s.arg(
                                          entry.method));
        return {};
    }
    const auto wanted = filler.begin(entry.entry);
    if (!wanted)
        return wanted.error();
    return *wanted ? readData(reader, entry, filler) : Result<>();
}

} // namespace

Result<> readZip(QFile &file, const ArchiveLimits &limits, FolderFiller &filler)
{
    constexpr size_t blockBytes = 1 << 16;
    const auto index = readZipIndex(file, limits);
    if (!index)
        return index.error();
    const ArchiveReader reader(archive_read_new());
    archive_read_support_format_zip_seekable(reader.get());
    ::lseek(file.handle(), 0, SEEK_SET);
    if (archive_read_open_fd(reader.get(), file.handle(), blockBytes) != ARCHIVE_OK)
        return invalid(u"this is not a zip archive"_s);
    for (const ZipEntry &entry : *index) {
        if (filler.isFull())
            return {};
        archive_entry *header = nullptr;
        if (!isHeaderGood(reader.get(), archive_read_next_header(reader.get(), &header)))
            return damageOf(entry);
        if (const auto read = readEntry(reader.get(), entry, filler); !read)
            return read.error();
    }
    archive_entry *header = nullptr;
    if (archive_read_next_header(reader.get(), &header) != ARCHIVE_EOF)
        return invalid(u"the zip archive is damaged: its directory is not what it should be"_s);
    return {};
}

} // namespace engine
