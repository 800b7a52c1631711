#include "engine/evidence/checks/archive_reader.h"

#include "engine/base/digest.h"
#include "engine/evidence/bundle_layout.h"
#include "engine/evidence/checks/byte_comparer.h"
#include "engine/evidence/packed_bundle.h"
#include "engine/evidence/tar_writer.h"
#include "engine/pack/files/formats/byte_source.h"

#include <QFile>
#include <QFileInfo>
#include <QSet>

#include <archive.h>
#include <archive_entry.h>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// Hands the archive to libarchive block by block, unpacked where it is compressed, and each block also to
/// the hash and to the comparison.
class Source
{
public:
    Source(QFile &file, const VerifyOptions &options, ByteComparer &comparer)
        : m_file(file)
        , m_options(options)
        , m_comparer(comparer)
        , m_isPacked(isPackedBundle(file))
    {
    }

    la_ssize_t read(const void **bytes)
    {
        const auto block = m_isPacked ? m_unpacked.next() : m_plain.next();
        if (!block && block.error().code != ErrorCode::Io) {
            m_damage = block.error().message;
            m_atEnd = true;
            return -1;
        }
        if (!block) {
            m_error = block.error();
            return -1;
        }
        m_unpackedBytes += block->size();
        if (m_isPacked && m_unpackedBytes > m_options.limits.maxUnpackedBytes(m_file.pos())) {
            m_damage = u"the bundle grows to more than %1 times its size"_s.arg(m_options.limits.maxRatio);
            m_atEnd = true;
            return -1;
        }
        if (m_options.progress && !m_options.progress(m_file.pos(), std::max(m_file.pos(), m_file.size()))) {
            m_error = Error{ErrorCode::Cancelled,
                            u"the verification of \"%1\" was cancelled"_s.arg(m_file.fileName()),
                            {},
                            {}};
            return -1;
        }
        m_atEnd = block->isEmpty();
        m_hash.add(*block);
        m_comparer.expect(*block);
        *bytes = block->data();
        return la_ssize_t(block->size());
    }

    bool atEnd() const { return m_atEnd; } ///< More was asked for than there is.
    const std::optional<Error> &error() const { return m_error; }
    const QString &damage() const { return m_damage; } ///< Of the compression; empty: none was found.
    QString sha256() { return m_hash.hex(); }          ///< Once, at the end.

private:
    QFile &m_file;
    const VerifyOptions &m_options;
    ByteComparer &m_comparer;
    Sha256 m_hash;
    const bool m_isPacked;
    FileSource m_plain{m_file};
    ZstdSource m_unpacked{m_plain};
    qint64 m_unpackedBytes = 0;
    bool m_atEnd = false;
    QString m_damage;
    std::optional<Error> m_error;
};

/// A name that somebody else chose, without what a terminal would obey.
QString forPeople(const QString &name)
{
    QString shown = name.left(200);
    for (QChar &c : shown) {
        if (c.unicode() < 0x20 || c.unicode() > 0x7e)
            c = u'?';
    }
    return shown;
}

la_ssize_t readFrom(archive *, void *source, const void **bytes)
{
    return static_cast<Source *>(source)->read(bytes);
}

/// One pass over an archive. The first problem ends it.
class Pass
{
public:
    Pass(QFile &file, const VerifyOptions &options, ArchiveSink &sink)
        : m_limits(options.limits)
        , m_sink(sink)
        , m_source(file, options, m_comparer)
    {
    }

    Result<ArchiveEnd> run()
    {
        archive_read_support_format_tar(m_reader.get());
        const int opened = archive_read_open(m_reader.get(), &m_source, nullptr, readFrom, nullptr);
        if (opened == ARCHIVE_OK)
            readEntries();
        else
            fail(Headline::NotCheckable, u"this is not a tar archive"_s);
        if (m_end.problem.isEmpty())
            readRest();
        if (m_source.error())
            return *m_source.error();
        if (!m_source.damage().isEmpty()) {
            m_end.headline = Headline::NotCheckable;
            m_end.problem = m_source.damage();
            m_end.sha256.clear();
        }
        return m_end;
    }

private:
    void fail(Headline headline, const QString &problem)
    {
        if (!m_end.problem.isEmpty())
            return;
        m_end.headline = headline;
        m_end.problem = problem;
    }

    /// What a broken structure means depends on how far it was readable.
    void failStructure()
    {
        if (m_end.files == 0 && !m_isInside)
            fail(Headline::NotCheckable, u"this is not a tar archive"_s);
        else if (m_source.atEnd())
            fail(Headline::Incomplete,
                 u"the archive ends in the middle, after %1 whole files"_s.arg(m_end.files));
        else
            fail(Headline::Tampered, u"the archive is damaged after its file %1"_s.arg(m_end.files));
    }

    void readEntries()
    {
        while (m_end.problem.isEmpty()) {
            archive_entry *entry = nullptr;
            const int status = archive_read_next_header(m_reader.get(), &entry);
            if (status == ARCHIVE_EOF && m_end.files > 0)
                return;
            if (status != ARCHIVE_OK)
                return failStructure();
            if (m_end.files >= m_limits.maxFiles)
                return fail(Headline::NotCheckable,
                            u"the archive holds more than %1 files"_s.arg(m_limits.maxFiles));
            readEntry(entry);
        }
    }

    void readEntry(archive_entry *entry)
    {
        const char *rawName = archive_entry_pathname(entry);
        const QString path = QString::fromUtf8(rawName ? rawName : "");
        checkEntry(entry, path);
        if (!m_end.problem.isEmpty())
            return;
        const qint64 size = archive_entry_size(entry);
        m_sink.begin(path, size);
        m_isInside = true;
        compare(m_copy.begin(path, size));
        readData(size);
        m_isInside = false;
        if (!m_end.problem.isEmpty())
            return;
        m_sink.end();
        ++m_end.files;
        if (const QString refusal = m_sink.refusal(); !refusal.isEmpty())
            fail(Headline::NotCheckable, refusal);
    }

    void checkEntry(archive_entry *entry, const QString &path)
    {
        const QString shown = forPeople(path);
        if (!layout::isSafePath(path))
            return fail(Headline::Tampered, u"\"%1\" is not a name that a bundle may contain"_s.arg(shown));
        if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry)
            || archive_entry_symlink(entry) || archive_entry_sparse_count(entry) > 0)
            return fail(Headline::Tampered, u"\"%1\" is not a regular file"_s.arg(shown));
        const QString folded = path.toLower();
        if (m_folded.contains(folded))
            return fail(Headline::Tampered,
                        u"\"%1\" is there twice, or differs from another name only in case"_s.arg(shown));
        m_folded += folded;
        if (path < m_last)
            return fail(Headline::Tampered, u"\"%1\" is out of order"_s.arg(shown));
        m_last = path;
    }

    void readData(qint64 size)
    {
        qint64 done = 0;
        while (true) {
            const void *bytes = nullptr;
            size_t count = 0;
            la_int64_t offset = 0;
            const int status = archive_read_data_block(m_reader.get(), &bytes, &count, &offset);
            if (status == ARCHIVE_EOF)
                break;
            if (status != ARCHIVE_OK || offset != done)
                return failStructure();
            const QByteArrayView block(static_cast<const char *>(bytes), qsizetype(count));
            m_sink.data(block);
            compare(m_copy.write(block));
            done += qint64(count);
            if (const QString refusal = m_sink.refusal(); !refusal.isEmpty())
                return fail(Headline::NotCheckable, refusal);
        }
        if (done != size)
            failStructure();
    }

    /// The end of the archive, and whatever somebody may have put behind it.
    void readRest()
    {
        compare(m_copy.finish());
        m_comparer.endOfWriting();
        const void *bytes = nullptr;
        while (!m_source.error() && !m_source.atEnd())
            (void)m_source.read(&bytes);
        m_end.sha256 = m_source.sha256();
        if (m_comparer.differsAt() >= 0)
            return failComparison();
        if (m_comparer.missing() > 0)
            fail(Headline::Incomplete, u"the end of the archive is missing"_s);
        else if (m_comparer.left() > 0)
            fail(Headline::Tampered, u"%1 bytes follow the end of the archive"_s.arg(m_comparer.left()));
    }

    void compare(const Result<> &written)
    {
        if (m_comparer.differsAt() >= 0)
            failComparison();
        else if (!written)
            fail(Headline::NotCheckable, written.error().message);
    }

    void failComparison()
    {
        fail(Headline::Tampered, u"byte %1 of the archive is not as a bundle of these files has it"_s.arg(
                                     m_comparer.differsAt()));
    }

    const BundleLimits m_limits;
    ArchiveSink &m_sink;
    ByteComparer m_comparer;
    TarWriter m_copy{m_comparer};
    Source m_source;
    const ArchiveReader m_reader{archive_read_new()};
    ArchiveEnd m_end;
    QSet<QString> m_folded;
    QString m_last;
    bool m_isInside = false;
};

} // namespace

Result<ArchiveEnd> readArchive(const QString &path, const VerifyOptions &options, ArchiveSink &sink)
{
    QFile file(path);
    if (!file.exists())
        return Error{ErrorCode::NotFound, u"there is no file \"%1\""_s.arg(path), {}, {}};
    if (QFileInfo(path).isDir())
        return Error{ErrorCode::Io, u"\"%1\" is a folder"_s.arg(path), {}, {}};
    if (!file.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return Error{ErrorCode::Io, u"cannot open \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
    return Pass(file, options, sink).run();
}

} // namespace engine
