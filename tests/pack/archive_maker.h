#pragma once

#include <QByteArray>
#include <QFile>
#include <QList>
#include <QTest>

#include <archive.h>
#include <archive_entry.h>
#include <memory>

/// One entry of an archive that a test makes.
struct MadeEntry
{
    QByteArray name{};
    QByteArray content{};
    unsigned mode = 0644;
    unsigned type = AE_IFREG;
    QByteArray link{}; ///< Target of a symbolic link, or of a hard link where type is AE_IFREG.
};

inline la_ssize_t appendTo(archive *, void *target, const void *bytes, size_t size)
{
    static_cast<QByteArray *>(target)->append(static_cast<const char *>(bytes), qsizetype(size));
    return la_ssize_t(size);
}

inline void addTo(archive *writer, const MadeEntry &made)
{
    archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, made.name.constData());
    archive_entry_set_filetype(entry, made.type);
    archive_entry_set_perm(entry, made.mode);
    archive_entry_set_mtime(entry, 1'700'000'000, 0);
    archive_entry_set_uid(entry, 1234);
    archive_entry_set_uname(entry, "j\xc3\xb6rg");
    if (made.type == AE_IFLNK)
        archive_entry_set_symlink(entry, made.link.constData());
    else if (!made.link.isEmpty())
        archive_entry_set_hardlink(entry, made.link.constData());
    archive_entry_set_size(entry, made.content.size());
    QVERIFY2(archive_write_header(writer, entry) == ARCHIVE_OK, archive_error_string(writer));
    QCOMPARE(archive_write_data(writer, made.content.constData(), size_t(made.content.size())),
             la_ssize_t(made.content.size()));
    archive_entry_free(entry);
}

/// An archive of entries whose names are written byte by byte. format: "tar" (GNU), "pax", "tar.zst" or
/// "zip".
inline QByteArray makeArchive(const QByteArray &format, const QList<MadeEntry> &entries)
{
    QByteArray bytes;
    archive *writer = archive_write_new();
    if (format == "zip")
        archive_write_set_format_zip(writer);
    else if (format == "pax")
        archive_write_set_format_pax(writer);
    else
        archive_write_set_format_gnutar(writer);
    if (format == "tar.zst")
        archive_write_add_filter_zstd(writer);
    archive_write_set_bytes_in_last_block(writer, 1);
    archive_write_open(writer, &bytes, nullptr, appendTo, nullptr);
    for (const MadeEntry &entry : entries)
        addTo(writer, entry);
    archive_write_close(writer);
    archive_write_free(writer);
    return bytes;
}

inline void writeFile(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(path));
    QCOMPARE(file.write(bytes), bytes.size());
}
