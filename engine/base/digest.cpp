#include "engine/base/digest.h"

#include <QCryptographicHash>
#include <QFile>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace engine {

QString sha256Hex(QByteArrayView bytes)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(bytes);
    return QString::fromLatin1(hash.result().toHex());
}

Result<FileDigest> digestOf(QIODevice &device)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    QByteArray buffer(1 << 16, Qt::Uninitialized);
    qint64 total = 0;
    while (true) {
        const qint64 count = device.read(buffer.data(), buffer.size());
        if (count < 0)
            return Error{ErrorCode::Io, u"cannot read: %1"_s.arg(device.errorString()), {}, {}};
        if (count == 0)
            break;
        hash.addData(QByteArrayView(buffer.constData(), count));
        total += count;
    }
    return FileDigest{QString::fromLatin1(hash.result().toHex()), total};
}

Result<FileDigest> digestOfFile(const QString &path)
{
    QFile file(path);
    if (!file.exists())
        return Error{ErrorCode::NotFound, u"there is no file \"%1\""_s.arg(path), {}, {}};
    if (!QFileInfo(path).isFile()) // A pipe would have us wait for ever.
        return Error{ErrorCode::Io, u"\"%1\" is not a regular file"_s.arg(path), {}, {}};
    if (!file.open(QIODevice::ReadOnly))
        return Error{ErrorCode::Io, u"cannot open \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
    auto digest = digestOf(file);
    if (!digest)
        return Error{ErrorCode::Io, u"cannot read \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
    return digest;
}

} // namespace engine
