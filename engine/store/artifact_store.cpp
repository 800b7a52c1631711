#include "engine/store/artifact_store.h"

#include "engine/store/durable.h"

#include <QBuffer>
#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>
#include <QTemporaryFile>

#include <filesystem>

#ifdef Q_OS_UNIX
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

using namespace Qt::StringLiterals;

namespace engine {

static const QString rootFolder = u"artifacts/sha256"_s;

static Error ioError(const QString &message)
{
    return {ErrorCode::Io, message, {}, {}};
}

/// Opens a regular file to read. Neither follows a link at its end nor waits for the other end of a pipe.
static Result<> openRegular(QFile &file)
{
    const QString path = file.fileName();
    const QFileInfo info(path);
    if (info.isSymLink())
        return invalid(u"\"%1\" is a link; links are not followed"_s.arg(path));
    if (!info.exists())
        return Error{ErrorCode::NotFound, u"there is no file \"%1\""_s.arg(path), {}, {}};
    if (!info.isFile())
        return invalid(u"\"%1\" is not a regular file"_s.arg(path));
#ifdef Q_OS_UNIX
    // The checks above give the clear message; these hold even when somebody swaps the file in between.
    const int descriptor =
        ::open(QFile::encodeName(path).constData(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0)
        return ioError(u"cannot open \"%1\": %2"_s.arg(path, qt_error_string(errno)));
    struct stat status
    {
    };
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(descriptor);
        return invalid(u"\"%1\" is not a regular file"_s.arg(path));
    }
    if (!file.open(descriptor, QIODevice::ReadOnly, QFile::AutoCloseHandle)) {
        ::close(descriptor);
        return ioError(u"cannot open \"%1\": %2"_s.arg(path, file.errorString()));
    }
#else
    if (!file.open(QIODevice::ReadOnly))
        return ioError(u"cannot open \"%1\": %2"_s.arg(path, file.errorString()));
#endif
    return {};
}

/// Copies source to its end; reads what was copied only once, so that digest and copy cannot differ.
static Result<FileDigest> copy(QIODevice &source, const QString &name, QFile &target, qint64 maxBytes)
{
    Sha256 hash;
    QByteArray buffer(1 << 18, Qt::Uninitialized);
    qint64 total = 0;
    while (true) {
        const qint64 count = source.read(buffer.data(), buffer.size());
        if (count < 0)
            return ioError(u"cannot read \"%1\": %2"_s.arg(name, source.errorString()));
        if (count == 0)
            return FileDigest{hash.hex(), total};
        total += count;
        if (total > maxBytes)
            return invalid(u"\"%1\" is larger than %2 bytes"_s.arg(name).arg(maxBytes));
        hash.add(QByteArrayView(buffer.constData(), count));
        if (target.write(buffer.constData(), count) != count)
            return ioError(u"cannot store \"%1\": %2"_s.arg(name, target.errorString()));
    }
}

/// Puts a finished copy under the name of its content. Replaces a file that is there, which has the same
/// bytes or was damaged.
static Result<> moveIntoPlace(QTemporaryFile &file, const QString &path)
{
    const QString folder = QFileInfo(path).path();
    const bool isNewFolder = !QFileInfo::exists(folder);
    if (!QDir().mkpath(folder))
        return ioError(u"cannot make folder \"%1\""_s.arg(folder));
    const auto failed = [&path](const QString &why) {
        return ioError(u"cannot store \"%1\": %2"_s.arg(path, why));
    };
    if (!syncFile(file) || !file.setPermissions(QFile::ReadOwner | QFile::ReadGroup | QFile::ReadOther))
        return failed(file.errorString());
    file.close();
    std::error_code error;
    std::filesystem::rename(file.fileName().toStdU16String(), path.toStdU16String(), error);
    if (error)
        return failed(QString::fromStdString(error.message()));
    file.setAutoRemove(false);
    if (!syncFolder(folder) || (isNewFolder && !syncFolder(QFileInfo(folder).path())))
        return failed(u"the folder cannot be synced"_s);
    return {};
}

ArtifactStore::ArtifactStore(QString dataDir)
    : m_dataDir(std::move(dataDir))
{
}

Result<ArtifactStore::Stored> ArtifactStore::add(const QString &file, qint64 maxBytes) const
{
    QFile source(file);
    if (auto opened = openRegular(source); !opened)
        return opened.error();
    if (source.size() > maxBytes) // Said before the work is done; copying stops there too if the file grows.
        return invalid(u"\"%1\" is larger than %2 bytes"_s.arg(file).arg(maxBytes));
    return addFrom(source, file, maxBytes);
}

Result<ArtifactStore::Stored> ArtifactStore::addBytes(const QByteArray &bytes) const
{
    QBuffer source;
    source.setData(bytes);
    source.open(QIODevice::ReadOnly);
    return addFrom(source, u"%1 bytes"_s.arg(bytes.size()), bytes.size());
}

Result<ArtifactStore::Stored> ArtifactStore::addFrom(QIODevice &source, const QString &name,
                                                     qint64 maxBytes) const
{
    const QString root = absolutePath(rootFolder);
    if (!QDir().mkpath(root))
        return ioError(u"cannot make folder \"%1\""_s.arg(root));
    QTemporaryFile target(root + u"/incoming-XXXXXX"_s);
    if (!target.open())
        return ioError(u"cannot store \"%1\" in \"%2\": %3"_s.arg(name, root, target.errorString()));
    const auto digest = copy(source, name, target, maxBytes);
    if (!digest)
        return digest.error();
    const QString path = pathOf(digest->sha256);
    if (auto moved = moveIntoPlace(target, absolutePath(path)); !moved)
        return moved.error();
    return Stored{*digest, path};
}

QString ArtifactStore::pathOf(const QString &sha256)
{
    static const QRegularExpression hex(u"\\A[0-9a-f]{64}\\z"_s);
    if (!hex.match(sha256).hasMatch())
        return {};
    return rootFolder + u'/' + sha256.first(2) + u'/' + sha256.sliced(2);
}

QString ArtifactStore::absolutePath(const QString &storedPath) const
{
    return QDir(m_dataDir).filePath(storedPath);
}

} // namespace engine
