#pragma once

#include "engine/base/digest.h"
#include "engine/evidence/bundle_layout.h"

#include <QIODevice>
#include <QJsonObject>

#include <functional>
#include <map>
#include <memory>

class QTemporaryFile;

namespace engine {

/// A file of the bundle that is to be written: what it is called and where its bytes are now.
struct BundleMember
{
    FileDigest digest{};
    QString mediaType{};
    QJsonObject about{}; ///< More that the manifest says of it.
    // Where the bytes are: in a file, from spoolOffset on in the spool, or here.
    QString file{};
    qint64 spoolOffset = -1;
    QByteArray bytes{};
};

/// The files of the bundle that is being written, by path in the archive's order. Long texts wait in one
/// temporary file, so that memory does not grow with them.
class BundleMembers
{
public:
    /// @param folder  for the temporary file: where the bundle will be, which has room for it
    explicit BundleMembers(const QString &folder);
    ~BundleMembers();
    Q_DISABLE_COPY_MOVE(BundleMembers)

    void addBytes(const QString &path, const QByteArray &bytes, const QString &mediaType);
    void addJson(const QString &path, const QJsonObject &json); ///< In canonical form.
    /// Calls write with a device to write to. Fails with Io or as write does.
    Result<> addSpooled(const QString &path, const QString &mediaType,
                        const std::function<Result<>(QIODevice &)> &write, const QJsonObject &about = {});
    /// A file that stays where it is. Fails with NotFound, Io, or Conflict when it is not the one that is
    /// expected.
    Result<> addFile(const QString &path, const QString &file, const FileDigest &expected,
                     const QJsonObject &about);

    const std::map<QString, BundleMember> &all() const { return m_members; }

    /// Writes all as an archive; fails with Conflict when a file has changed since it was added.
    Result<> writeTo(QIODevice &out);

private:
    Result<FileDigest> copy(class TarWriter &tar, const QString &path, const BundleMember &member);

    std::map<QString, BundleMember> m_members; // QString orders ASCII by bytes, as the archive does.
    std::unique_ptr<QTemporaryFile> m_spool;
};

} // namespace engine
