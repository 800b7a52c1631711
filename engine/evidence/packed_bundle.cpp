#include "engine/evidence/packed_bundle.h"

#include "engine/pack/files/formats/archive_handles.h"
#include "engine/pack/files/formats/byte_source.h"

#include <QFileInfo>
#include <QSaveFile>

#include <archive.h>
#include <archive_entry.h>
#include <memory>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

Error cannotWrite(const QString &path, const QString &why)
{
    return {ErrorCode::Io, u"cannot write \"%1\": %2"_s.arg(path, why), {}, {}};
}

} // namespace

bool isPackedBundle(QFile &file)
{
    return file.peek(zstdMagic.size()) == zstdMagic;
}

Result<> packBundle(const QString &bundle, const QString &path)
{
    QFile in(bundle);
    if (!in.exists())
        return Error{ErrorCode::NotFound, u"there is no file \"%1\""_s.arg(bundle), {}, {}};
    if (!in.open(QIODevice::ReadOnly))
        return Error{ErrorCode::Io, u"cannot open \"%1\": %2"_s.arg(bundle, in.errorString()), {}, {}};
    if (const QFileInfo place(path); place.exists() && !place.isFile())
        return cannotWrite(path, u"this is not a regular file"_s); // A device would be replaced.
    QSaveFile out(path);
    if (!out.open(QIODevice::WriteOnly))
        return cannotWrite(path, out.errorString());

    const ArchiveWriter writer(archive_write_new());
    const ArchiveHeader entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), "bundle"); // Asked for; the raw form does not write it.
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    const auto failed = [&] {
        const QString why = out.error() == QFileDevice::NoError
                                ? QString::fromUtf8(archive_error_string(writer.get()))
                                : out.errorString();
        return cannotWrite(path, why);
    };
    if (archive_write_set_format_raw(writer.get()) != ARCHIVE_OK
        || archive_write_add_filter_zstd(writer.get()) != ARCHIVE_OK
        || archive_write_set_bytes_in_last_block(writer.get(), 1) != ARCHIVE_OK // No padding.
        || archive_write_open(writer.get(), &out, nullptr, writeToDevice, nullptr) != ARCHIVE_OK
        || archive_write_header(writer.get(), entry.get()) != ARCHIVE_OK)
        return failed();
    QByteArray block(1 << 16, Qt::Uninitialized);
    while (true) {
        const qint64 count = in.read(block.data(), block.size());
        if (count < 0)
            return Error{ErrorCode::Io, u"cannot read \"%1\": %2"_s.arg(bundle, in.errorString()), {}, {}};
        if (count == 0)
            break;
        if (archive_write_data(writer.get(), block.constData(), size_t(count)) != la_ssize_t(count))
            return failed();
    }
    if (archive_write_close(writer.get()) != ARCHIVE_OK || !out.commit())
        return failed();
    return {};
}

} // namespace engine
