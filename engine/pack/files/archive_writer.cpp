#include "engine/pack/files/formats/archive_handles.h"
#include "engine/pack/files/pack_archive.h"
#include "engine/pack/files/thread_locale.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFileInfo>
#include <QSaveFile>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

class PackArchiveWriter
{
public:
    PackArchiveWriter(QString folder, ArchiveFormat format)
        : m_folder(std::move(folder))
        , m_format(format)
    {
    }

    Result<> write(const QList<PackFile> &files, QIODevice &out);

private:
    bool open(QIODevice &out);
    bool setFormat();
    Result<> add(const PackFile &file);
    Result<> copy(const PackFile &file);
    Error error() const;

    const ThreadLocale m_names{"C.UTF-8"};
    const QString m_folder;
    const ArchiveFormat m_format;
    const ArchiveWriter m_writer{archive_write_new()};
    QByteArray m_buffer = QByteArray(1 << 16, Qt::Uninitialized);
};

Error PackArchiveWriter::error() const
{
    const char *reason = m_writer ? archive_error_string(m_writer.get()) : nullptr;
    return {
        ErrorCode::Io,
        u"the archive cannot be written: %1"_s.arg(reason ? QString::fromUtf8(reason) : u"out of memory"_s),
        {},
        {}};
}

bool PackArchiveWriter::setFormat()
{
    archive *writer = m_writer.get();
    switch (m_format) {
    case ArchiveFormat::Tar:
        return archive_write_set_format_pax_restricted(writer) == ARCHIVE_OK
               && archive_write_add_filter_none(writer) == ARCHIVE_OK;
    case ArchiveFormat::TarZstd: // One level and one thread, for the same bytes everywhere.
        return archive_write_set_format_pax_restricted(writer) == ARCHIVE_OK
               && archive_write_add_filter_zstd(writer) == ARCHIVE_OK
               && archive_write_set_filter_option(writer, "zstd", "compression-level", "12") == ARCHIVE_OK;
    case ArchiveFormat::Zip:
        return archive_write_set_format_zip(writer) == ARCHIVE_OK
               && archive_write_set_format_option(writer, "zip", "compression", "deflate") == ARCHIVE_OK
               && archive_write_set_format_option(writer, "zip", "compression-level", "9") == ARCHIVE_OK
               && archive_write_add_filter_none(writer) == ARCHIVE_OK;
    }
    Q_UNREACHABLE();
}

bool PackArchiveWriter::open(QIODevice &out)
{
    return m_writer
           && setFormat()
           // No padding beyond the two empty blocks that end an archive.
           && archive_write_set_bytes_in_last_block(m_writer.get(), 1) == ARCHIVE_OK
           && archive_write_open(m_writer.get(), &out, nullptr, writeToDevice, nullptr) == ARCHIVE_OK;
}

Result<> PackArchiveWriter::write(const QList<PackFile> &files, QIODevice &out)
{
    if (!open(out))
        return error();
    for (const PackFile &file : files) {
        if (const auto added = add(file); !added)
            return added.error();
    }
    return archive_write_close(m_writer.get()) == ARCHIVE_OK ? Result<>() : error();
}

Result<> PackArchiveWriter::add(const PackFile &file)
{
    const ArchiveHeader entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), file.path.toUtf8().constData());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), file.executable ? 0755 : 0644);
    archive_entry_set_size(entry.get(), file.sizeBytes);
    if (m_format != ArchiveFormat::Zip) // Which begins in 1980, and has that without any time.
        archive_entry_set_mtime(entry.get(), 0, 0);
    if (archive_write_header(m_writer.get(), entry.get()) != ARCHIVE_OK)
        return error();
    return copy(file);
}

Result<> PackArchiveWriter::copy(const PackFile &file)
{
    QFile content(m_folder + u'/' + file.path);
    if (!content.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return Error{
            ErrorCode::Io, u"cannot open \"%1\": %2"_s.arg(file.path, content.errorString()), {}, {}};
    QCryptographicHash hash(QCryptographicHash::Sha256);
    qint64 done = 0;
    while (true) {
        const qint64 count = content.read(m_buffer.data(), m_buffer.size());
        if (count < 0)
            return Error{
                ErrorCode::Io, u"cannot read \"%1\": %2"_s.arg(file.path, content.errorString()), {}, {}};
        done += count;
        if (count == 0 || done > file.sizeBytes)
            break;
        hash.addData(QByteArrayView(m_buffer.constData(), count));
        if (archive_write_data(m_writer.get(), m_buffer.constData(), size_t(count)) != la_ssize_t(count))
            return error();
    }
    if (done != file.sizeBytes || QString::fromLatin1(hash.result().toHex()) != file.sha256)
        return Error{ErrorCode::Io, u"\"%1\" changed while the pack was written"_s.arg(file.path), {}, {}};
    return {};
}

/// Whether a file that is to be written would stand in a folder.
bool isInside(const QString &path, const QString &folder)
{
    const QString parent = QFileInfo(QFileInfo(path).absolutePath()).canonicalFilePath();
    const QString root = QFileInfo(folder).canonicalFilePath();
    return parent == root || parent.startsWith(root + u'/');
}

} // namespace

Result<> writeArchive(const QString &folder, const QList<PackFile> &files, ArchiveFormat format,
                      QIODevice &out)
{
    return PackArchiveWriter(folder, format).write(files, out);
}

Result<WrittenArchive> writePackArchive(const QString &packPath, const QString &out)
{
    const auto format = out.isEmpty() ? ArchiveFormat::TarZstd : archiveFormatOf(out);
    if (!format)
        return invalid(u"\"%1\" names no format of archives; expected .tar, .tar.zst or .zip"_s.arg(out));
    auto pack = readPack(packPath);
    if (!pack)
        return pack.error();
    const QString path =
        out.isEmpty() ? u"%1-%2.tar.zst"_s.arg(pack->manifest.name, pack->manifest.version) : out;
    if (isInside(path, pack->folder()))
        return invalid(
            u"\"%1\" would lie inside the pack \"%2\" and become a part of it"_s.arg(path, pack->root));
    const auto failed = [&path](const QString &why) {
        return Error{ErrorCode::Io, u"cannot write \"%1\": %2"_s.arg(path, why), {}, {}};
    };
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return failed(file.errorString());
    if (const auto written = writeArchive(pack->folder(), pack->files, *format, file); !written)
        return written.error();
    const qint64 size = file.size();
    if (!file.commit())
        return failed(file.errorString());
    return WrittenArchive{path, *std::move(pack), size};
}

} // namespace engine
