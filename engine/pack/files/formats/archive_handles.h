#pragma once

#include <QIODevice>

#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <memory>

namespace engine {

struct ArchiveWriterDeleter
{
    void operator()(archive *writer) const
    {
        // Without it, an archive that is given up would first be filled to the sizes that were announced.
        archive_write_fail(writer);
        archive_write_free(writer);
    }
};
using ArchiveWriter = std::unique_ptr<archive, ArchiveWriterDeleter>;

struct ArchiveHeaderDeleter
{
    void operator()(archive_entry *entry) const { archive_entry_free(entry); }
};
using ArchiveHeader = std::unique_ptr<archive_entry, ArchiveHeaderDeleter>;

/// For archive_write_open(), with a QIODevice as its data.
inline la_ssize_t writeToDevice(archive *writer, void *device, const void *bytes, size_t size)
{
    auto *out = static_cast<QIODevice *>(device);
    const qint64 written = out->write(static_cast<const char *>(bytes), qint64(size));
    if (written < 0)
        archive_set_error(writer, EIO, "%s", out->errorString().toUtf8().constData());
    return la_ssize_t(written);
}

} // namespace engine
