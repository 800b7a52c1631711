#include "engine/pack/files/formats/zip_index.h"

#include <QtEndian>

#include <algorithm>
#include <sys/stat.h>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr quint32 localMark = 0x04034b50;
constexpr quint32 entryMark = 0x02014b50;
constexpr quint32 endMark = 0x06054b50;
constexpr quint32 end64Mark = 0x06064b50;
constexpr quint32 locator64Mark = 0x07064b50;
constexpr qsizetype localSize = 30;
constexpr qsizetype entrySize = 46;
constexpr qsizetype endSize = 22;
constexpr qsizetype end64Size = 56;
constexpr qsizetype locator64Size = 20;
constexpr quint16 encryptedFlags = 0x2041; ///< Encrypted, strongly encrypted, encrypted directory.
constexpr quint16 descriptorFlag = 0x0008; ///< Sizes follow the data.

/// Unsigned little-endian numbers at offsets of a record that is long enough.
struct Record
{
    QByteArray bytes;

    quint16 u16(qsizetype at) const { return qFromLittleEndian<quint16>(bytes.constData() + at); }
    quint32 u32(qsizetype at) const { return qFromLittleEndian<quint32>(bytes.constData() + at); }
    quint64 u64(qsizetype at) const { return qFromLittleEndian<quint64>(bytes.constData() + at); }
};

Error damaged(const QString &why)
{
    return invalid(u"the zip archive is damaged: %1"_s.arg(why));
}

class ZipIndexReader
{
public:
    ZipIndexReader(QFile &file, const ArchiveLimits &limits)
        : m_file(file)
        , m_limits(limits)
    {
    }

    Result<QList<ZipEntry>> read();

private:
    /// An entry's header and data.
    struct Part
    {
        qint64 end = 0;
        bool hasDescriptor = false; ///< A record of 12 to 24 bytes follows.
    };

    Result<Record> recordAt(qint64 offset, qsizetype size);
    Result<> findEnd();
    Result<> readEnd64(qint64 end);
    Result<ZipEntry> readEntry(qint64 &offset);
    Result<> readExtra64(const QByteArray &extra, const Record &header, ZipEntry &entry) const;
    Result<Part> checkLocal(const ZipEntry &entry);
    Result<> checkLayout(const QList<ZipEntry> &entries);

    QFile &m_file;
    const ArchiveLimits m_limits;
    qint64 m_count = 0;  ///< Entries in the directory,
    qint64 m_offset = 0; ///< where it begins
    qint64 m_end = 0;    ///< and ends.
};

Result<Record> ZipIndexReader::recordAt(qint64 offset, qsizetype size)
{
    if (offset < 0 || offset > m_file.size() - size)
        return damaged(u"it says that something stands outside of it"_s);
    if (!m_file.seek(offset))
        return Error{
            ErrorCode::Io, u"cannot read \"%1\": %2"_s.arg(m_file.fileName(), m_file.errorString()), {}, {}};
    const QByteArray bytes = m_file.read(size);
    if (bytes.size() != size)
        return Error{
            ErrorCode::Io, u"cannot read \"%1\": %2"_s.arg(m_file.fileName(), m_file.errorString()), {}, {}};
    return Record{bytes};
}

/// The record that ends the archive; behind it only its comment.
Result<> ZipIndexReader::findEnd()
{
    constexpr qint64 maxComment = 0xffff;
    const qint64 size = m_file.size();
    const qint64 from = std::max<qint64>(0, size - endSize - maxComment);
    const auto tail = recordAt(from, qsizetype(size - from));
    if (!tail)
        return tail.error();
    const qsizetype at = tail->bytes.lastIndexOf("PK\x05\x06");
    if (at < 0 || tail->bytes.size() - at < endSize)
        return invalid(u"this is not a zip archive, or its end is missing"_s);
    const Record end{tail->bytes.mid(at)};
    if (end.bytes.size() != endSize + end.u16(20))
        return invalid(u"data follows the end of the archive"_s);
    if (end.u16(4) != 0 || end.u16(6) != 0 || end.u16(8) != end.u16(10))
        return invalid(u"the archive is one part of several"_s);
    m_count = end.u16(10);
    m_offset = end.u32(16);
    m_end = m_offset + end.u32(12);
    const qint64 place = from + at;
    const bool is64 = end.u16(10) == 0xffff || end.u32(12) == 0xffffffff || end.u32(16) == 0xffffffff;
    if (is64 && place >= locator64Size)
        return readEnd64(place);
    return m_end == place ? Result<>() : damaged(u"its directory does not stand at its end"_s);
}

/// @param end  where the record that ends the archive begins
Result<> ZipIndexReader::readEnd64(qint64 end)
{
    const auto locator = recordAt(end - locator64Size, locator64Size);
    if (!locator)
        return locator.error();
    if (locator->u32(0) != locator64Mark) // Exactly 65 535 entries, without ZIP64.
        return m_end == end ? Result<>() : damaged(u"its directory does not stand at its end"_s);
    const qint64 place = end - locator64Size - end64Size;
    const auto record = recordAt(place, end64Size);
    if (!record)
        return record.error();
    if (record->u32(0) != end64Mark || locator->u64(8) != quint64(place)
        || record->u64(4) != quint64(end64Size - 12))
        return damaged(u"its directory does not stand at its end"_s);
    const quint64 limit = quint64(m_file.size());
    if (record->u64(24) != record->u64(32) || record->u64(32) > limit || record->u64(40) > limit
        || record->u64(48) > limit || record->u64(48) + record->u64(40) != quint64(place))
        return damaged(u"its directory does not stand at its end"_s);
    m_count = qint64(record->u64(32));
    m_offset = qint64(record->u64(48));
    m_end = place;
    return {};
}

/// The 64-bit sizes and offset, for the fields that have no room for them.
Result<> ZipIndexReader::readExtra64(const QByteArray &extra, const Record &header, ZipEntry &entry) const
{
    constexpr quint32 elsewhere = 0xffffffff;
    entry.packedBytes = header.u32(20);
    entry.entry.sizeBytes = header.u32(24);
    entry.offset = header.u32(42);
    if (header.u32(20) != elsewhere && header.u32(24) != elsewhere && header.u32(42) != elsewhere)
        return {};
    const Record fields{extra};
    for (qsizetype at = 0; at + 4 <= extra.size(); at += 4 + fields.u16(at + 2)) {
        if (fields.u16(at) != 0x0001)
            continue;
        qsizetype place = at + 4;
        const qsizetype end = std::min<qsizetype>(place + fields.u16(at + 2), extra.size());
        for (const auto &[field, target] :
             {std::pair{24, &entry.entry.sizeBytes}, {20, &entry.packedBytes}, {42, &entry.offset}}) {
            if (header.u32(field) != elsewhere)
                continue;
            if (place + 8 > end || fields.u64(place) > quint64(m_file.size()) + quint64(m_limits.maxBytes))
                return damaged(u"its directory names impossible sizes"_s);
            *target = qint64(fields.u64(place));
            place += 8;
        }
        return {};
    }
    return damaged(u"its directory names impossible sizes"_s);
}

void describe(const Record &header, ZipEntry &entry)
{
    using Kind = ArchiveEntry::Kind;
    constexpr int madeOnUnix = 3;
    const quint32 mode = header.u16(4) >> 8 == madeOnUnix ? header.u32(38) >> 16 : 0;
    const quint32 type = mode & S_IFMT;
    entry.encrypted = (header.u16(8) & encryptedFlags) != 0;
    entry.method = header.u16(10);
    entry.entry.executable = (mode & S_IXUSR) != 0;
    if (type == S_IFLNK)
        entry.entry.kind = Kind::Link;
    else if (type != 0 && type != S_IFREG && type != S_IFDIR)
        entry.entry.kind = Kind::Other;
    else
        entry.entry.kind = type == S_IFDIR || entry.entry.name.endsWith('/') ? Kind::Folder : Kind::File;
}

/// Reads the entry of the directory at offset, and moves offset behind it.
Result<ZipEntry> ZipIndexReader::readEntry(qint64 &offset)
{
    const auto header = recordAt(offset, entrySize);
    if (!header)
        return header.error();
    if (header->u32(0) != entryMark)
        return damaged(u"its directory is not what it should be"_s);
    const qsizetype nameSize = header->u16(28);
    const auto names = recordAt(offset + entrySize, nameSize + header->u16(30));
    if (!names)
        return names.error();
    ZipEntry entry;
    entry.entry.name = names->bytes.left(nameSize);
    describe(*header, entry);
    if (const auto sizes = readExtra64(names->bytes.mid(nameSize), *header, entry); !sizes)
        return sizes.error();
    offset += entrySize + nameSize + header->u16(30) + header->u16(32);
    return entry;
}

/// Checks the header before the data of an entry, and says where the data ends.
Result<ZipIndexReader::Part> ZipIndexReader::checkLocal(const ZipEntry &entry)
{
    const auto header = recordAt(entry.offset, localSize);
    if (!header)
        return header.error();
    const auto name = recordAt(entry.offset + localSize, header->u16(26));
    if (!name)
        return name.error();
    const bool isEncrypted = (header->u16(6) & encryptedFlags) != 0;
    if (header->u32(0) != localMark || name->bytes != entry.entry.name || header->u16(8) != entry.method
        || isEncrypted != entry.encrypted)
        return damaged(u"its directory and its entries do not agree"_s);
    return Part{entry.offset + localSize + header->u16(26) + header->u16(28) + entry.packedBytes,
                (header->u16(6) & descriptorFlag) != 0};
}

/// Each part begins where the one before it ends, the directory after the last.
Result<> ZipIndexReader::checkLayout(const QList<ZipEntry> &entries)
{
    Part last;
    const auto isNext = [&last](qint64 offset) {
        const qint64 gap = offset - last.end;
        return last.hasDescriptor ? gap == 12 || gap == 16 || gap == 20 || gap == 24 : gap == 0;
    };
    for (const ZipEntry &entry : entries) {
        if (!isNext(entry.offset))
            return damaged(u"its parts overlap or leave gaps"_s);
        const auto part = checkLocal(entry);
        if (!part)
            return part.error();
        last = *part;
    }
    return isNext(m_offset) ? Result<>() : damaged(u"its parts overlap or leave gaps"_s);
}

Result<QList<ZipEntry>> ZipIndexReader::read()
{
    if (const auto found = findEnd(); !found)
        return found.error();
    if (m_count > m_limits.maxEntries)
        return invalid(u"the archive holds more than %1 files and folders"_s.arg(m_limits.maxEntries));
    QList<ZipEntry> entries;
    qint64 offset = m_offset;
    qint64 nameBytes = 0;
    for (qint64 i = 0; i < m_count; ++i) {
        auto entry = readEntry(offset);
        if (!entry)
            return entry.error();
        nameBytes += entry->entry.name.size();
        if (nameBytes > 4 * m_limits.maxNameCharacters || offset > m_end)
            return damaged(u"its directory is not what it should be"_s);
        entries += *std::move(entry);
    }
    if (offset != m_end)
        return damaged(u"its directory is not what it should be"_s);
    std::sort(entries.begin(), entries.end(),
              [](const ZipEntry &a, const ZipEntry &b) { return a.offset < b.offset; });
    if (const auto checked = checkLayout(entries); !checked)
        return checked.error();
    return entries;
}

} // namespace

Result<QList<ZipEntry>> readZipIndex(QFile &file, const ArchiveLimits &limits)
{
    return ZipIndexReader(file, limits).read();
}

} // namespace engine
