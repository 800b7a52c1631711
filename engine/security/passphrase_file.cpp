#include "engine/security/passphrase_file.h"

#include <QFile>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace engine {

static Error passphraseIoError(const QString &path)
{
    return {ErrorCode::Io,
            u"cannot read the passphrase file \"%1\": %2"_s.arg(path, qt_error_string(errno)),
            {},
            {}};
}

/// Reads to the end, but not more than there is room for. False when it cannot be read.
static bool readSecret(int fd, SecretBytes &bytes)
{
    qsizetype size = 0;
    while (size < bytes.size()) {
        const ssize_t count = ::read(fd, bytes.data() + size, size_t(bytes.size() - size));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        if (count == 0)
            break;
        size += count;
    }
    bytes.truncate(size);
    return true;
}

/// Takes "\n" or "\r\n" off the end.
static void cutLineEnd(SecretBytes &line)
{
    if (line.view().endsWith('\n'))
        line.truncate(line.size() - 1);
    if (line.view().endsWith('\r'))
        line.truncate(line.size() - 1);
}

Result<SecretBytes> readPassphraseFile(const QString &path)
{
    const int fd = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return passphraseIoError(path);
    QFile file; // Closes it; read past its buffer, which would not be wiped.
    struct stat status = {};
    if (!file.open(fd, QIODevice::ReadOnly | QIODevice::Unbuffered, QFile::AutoCloseHandle)
        || ::fstat(fd, &status) != 0)
        return passphraseIoError(path);
    if (S_ISREG(status.st_mode) && (status.st_mode & 077) != 0)
        return Error{
            ErrorCode::Io,
            u"the passphrase file \"%1\" is open to others than its owner; its mode must be 0600"_s.arg(path),
            {},
            {}};
    SecretBytes line(maxPassphraseBytes + 3); // And "\r\n", and one too many.
    if (!readSecret(fd, line))
        return passphraseIoError(path);
    cutLineEnd(line);
    if (line.isEmpty())
        return invalid(u"the passphrase file \"%1\" is empty"_s.arg(path));
    if (line.view().contains('\n'))
        return invalid(u"the passphrase file \"%1\" has more than one line"_s.arg(path));
    if (line.size() > maxPassphraseBytes)
        return invalid(u"the passphrase file \"%1\" has more than %2 bytes"_s.arg(
            path, QString::number(maxPassphraseBytes)));
    return line;
}

} // namespace engine
