#include "engine/evidence/bundle_members.h"

#include "engine/base/json.h"
#include "engine/evidence/tar_writer.h"

#include <QBuffer>
#include <QFile>
#include <QTemporaryFile>

using namespace Qt::StringLiterals;

namespace engine {

BundleMembers::BundleMembers(const QString &folder)
    : m_spool(std::make_unique<QTemporaryFile>(folder + u"/.evidence-XXXXXX"_s))
{
}

BundleMembers::~BundleMembers() = default;

void BundleMembers::addBytes(const QString &path, const QByteArray &bytes, const QString &mediaType)
{
    BundleMember member{{sha256Hex(bytes), bytes.size()}, mediaType, {}, {}, -1, bytes};
    m_members.insert_or_assign(path, std::move(member));
}

void BundleMembers::addJson(const QString &path, const QJsonObject &json)
{
    addBytes(path, canonicalJsonOf(json), u"application/json"_s);
}

Result<> BundleMembers::addSpooled(const QString &path, const QString &mediaType,
                                   const std::function<Result<>(QIODevice &)> &write,
                                   const QJsonObject &about)
{
    const auto spoolError = [this] {
        return Error{
            ErrorCode::Io, u"cannot write a temporary file: %1"_s.arg(m_spool->errorString()), {}, {}};
    };
    if (!m_spool->isOpen() && !m_spool->open())
        return spoolError();
    const qint64 offset = m_spool->size();
    if (!m_spool->seek(offset))
        return spoolError();
    if (const auto written = write(*m_spool); !written)
        return written.error();
    if (m_spool->error() != QFileDevice::NoError || !m_spool->flush() || !m_spool->seek(offset))
        return spoolError();
    const auto digest = digestOf(*m_spool);
    if (!digest)
        return digest.error();
    m_members.insert_or_assign(path, BundleMember{*digest, mediaType, about, {}, offset, {}});
    return {};
}

Result<> BundleMembers::addFile(const QString &path, const QString &file, const FileDigest &expected,
                                const QJsonObject &about)
{
    const auto digest = digestOfFile(file);
    if (!digest)
        return digest.error();
    if (*digest != expected)
        return Error{ErrorCode::Conflict,
                     u"\"%1\" is not what was recorded: its SHA-256 is %2, not %3"_s.arg(file, digest->sha256,
                                                                                         expected.sha256),
                     {},
                     {}};
    m_members.insert_or_assign(path,
                               BundleMember{*digest, u"application/octet-stream"_s, about, file, -1, {}});
    return {};
}

Result<> BundleMembers::writeTo(QIODevice &out)
{
    TarWriter tar(out);
    for (const auto &[path, member] : m_members) {
        const auto digest = copy(tar, path, member);
        if (!digest)
            return digest.error();
        if (*digest != member.digest)
            return Error{
                ErrorCode::Conflict, u"what becomes \"%1\" changed while it was read"_s.arg(path), {}, {}};
    }
    return tar.finish();
}

Result<FileDigest> BundleMembers::copy(TarWriter &tar, const QString &path, const BundleMember &member)
{
    if (!member.file.isEmpty()) {
        QFile file(member.file);
        if (!file.open(QIODevice::ReadOnly))
            return Error{
                ErrorCode::Io, u"cannot open \"%1\": %2"_s.arg(member.file, file.errorString()), {}, {}};
        return tar.add(path, member.digest.sizeBytes, file);
    }
    if (member.spoolOffset >= 0) {
        if (!m_spool->seek(member.spoolOffset))
            return Error{
                ErrorCode::Io, u"cannot read a temporary file: %1"_s.arg(m_spool->errorString()), {}, {}};
        return tar.add(path, member.digest.sizeBytes, *m_spool);
    }
    QBuffer buffer;
    buffer.setData(member.bytes);
    buffer.open(QIODevice::ReadOnly);
    return tar.add(path, member.digest.sizeBytes, buffer);
}

} // namespace engine
