#include "engine/evidence/log/signed_note.h"

#include "engine/evidence/log/strict_base64.h"

#include <QCryptographicHash>
#include <QStringDecoder>

#include <algorithm>
#include <limits>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

const QByteArray dash = QByteArrayLiteral("\xe2\x80\x94 "); // U+2014 and a space
constexpr qsizetype hashBytes = 4;

Error invalidAt(qsizetype line, const QString &message)
{
    return {ErrorCode::InvalidInput, message, {{}, int(line), 0, {}}, {}};
}

bool isUtf8(QByteArrayView bytes)
{
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString text = decoder(bytes);
    return !decoder.hasError();
}

bool isName(const QString &name)
{
    return !name.isEmpty()
           && std::none_of(name.begin(), name.end(), [](QChar c) { return c.isSpace() || c == u'+'; });
}

Result<SignedNote::Signature> readSignature(const QByteArray &line, qsizetype number)
{
    if (!line.startsWith(dash))
        return invalidAt(number, u"a signature begins with a dash (U+2014) and a space"_s);
    const qsizetype space = line.indexOf(' ', dash.size());
    const QString name = QString::fromUtf8(line.mid(dash.size(), space < 0 ? -1 : space - dash.size()));
    if (space < 0 || !isName(name))
        return invalidAt(number, u"a signature is a key's name, a space and base64"_s);
    const auto bytes = strictBase64(line.mid(space + 1));
    if (!bytes)
        return invalidAt(number, u"the signature of \"%1\" is not strict base64"_s.arg(name));
    if (bytes->size() <= hashBytes)
        return invalidAt(number, u"the signature of \"%1\" has %2 bytes, which is too short"_s.arg(name).arg(
                                     bytes->size()));
    return SignedNote::Signature{name, bytes->left(hashBytes), bytes->mid(hashBytes)};
}

Result<quint64> readSize(const QByteArray &line)
{
    const bool isDecimal = !line.isEmpty() && std::all_of(line.begin(), line.end(), [](char c) {
        return c >= '0' && c <= '9';
    }) && (line == "0" || line.front() != '0');
    bool ok = false;
    const quint64 size = line.toULongLong(&ok);
    if (!isDecimal || !ok || size > quint64(std::numeric_limits<qint64>::max()))
        return invalidAt(2, u"the size of the tree is not a decimal number below 2^63"_s);
    return size;
}

} // namespace

Result<SignedNote> SignedNote::parse(QByteArrayView bytes)
{
    if (bytes.size() > maxBytes)
        return invalid(u"the note has %1 bytes, at most %2 are read"_s.arg(bytes.size()).arg(maxBytes));
    const QByteArray note = bytes.toByteArray();
    const auto control = std::find_if(note.begin(), note.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f;
    });
    if (control != note.end())
        return invalidAt(std::count(note.begin(), control, '\n') + 1,
                         u"a note has no control characters but line feeds"_s);
    if (!isUtf8(note))
        return invalid(u"the note is not UTF-8"_s);
    const qsizetype gap = note.lastIndexOf("\n\n");
    if (gap < 1)
        return invalid(u"a note is text, an empty line and signatures"_s);
    if (!note.endsWith('\n') || note.size() == gap + 2)
        return invalid(u"the note ends before its signatures do"_s);

    SignedNote result{note.left(gap + 1), {}};
    const QByteArrayList lines = note.mid(gap + 2).chopped(1).split('\n');
    if (lines.size() > maxSignatures)
        return invalid(
            u"there are %1 signatures, at most %2 are read"_s.arg(lines.size()).arg(maxSignatures));
    qsizetype number = result.text.count('\n') + 2;
    for (const QByteArray &line : lines) {
        const auto signature = readSignature(line, number++);
        if (!signature)
            return signature.error();
        result.signatures += *signature;
    }
    return result;
}

QByteArray SignedNote::toBytes() const
{
    QByteArray bytes = text + '\n';
    for (const Signature &one : signatures)
        bytes += dash + one.name.toUtf8() + ' ' + (one.keyHash + one.signature).toBase64() + '\n';
    return bytes;
}

QList<QByteArray> noteKeyHashes(const QString &name, const PublicKey &key)
{
    const auto hashOf = [](const QByteArray &bytes) {
        return QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).left(hashBytes);
    };
    QList<QByteArray> hashes{hashOf(key.der())};
    if (key.algorithm() == u"ed25519"_s)
        hashes.prepend(hashOf(name.toUtf8() + "\n\x01" + key.der().right(32)));
    return hashes;
}

bool namesKey(const SignedNote &note, const QString &name, const PublicKey &key)
{
    const QList<QByteArray> hashes = noteKeyHashes(name, key);
    return std::any_of(note.signatures.begin(), note.signatures.end(),
                       [&](const auto &one) { return one.name == name && hashes.contains(one.keyHash); });
}

bool isSignedBy(const SignedNote &note, const QString &name, const PublicKey &key)
{
    const QList<QByteArray> hashes = noteKeyHashes(name, key);
    return std::any_of(note.signatures.begin(), note.signatures.end(), [&](const auto &one) {
        return one.name == name && hashes.contains(one.keyHash) && key.verify(note.text, one.signature);
    });
}

Result<Checkpoint> Checkpoint::parse(const QByteArray &text)
{
    const QByteArrayList lines = text.split('\n');
    if (lines.size() < 4 || !lines.last().isEmpty())
        return invalid(u"a checkpoint has three lines or more: origin, size and root"_s);
    for (qsizetype i = 0; i < lines.size() - 1; ++i) {
        if (lines.at(i).isEmpty())
            return invalidAt(i + 1, u"a checkpoint has no empty lines"_s);
    }
    const auto size = readSize(lines.at(1));
    if (!size)
        return size.error();
    const auto root = strictBase64(lines.at(2));
    if (!root || root->size() != merkle::hashBytes)
        return invalidAt(3, u"the root is not %1 bytes in strict base64"_s.arg(merkle::hashBytes));
    return Checkpoint{QString::fromUtf8(lines.at(0)), {*size, *root}};
}

} // namespace engine
