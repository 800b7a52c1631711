#include "engine/pack/files/pack_names.h"

#include <QStringDecoder>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

QString linkProblem()
{
    return u"is a link; a pack holds regular files only"_s;
}

QString notRegularProblem()
{
    return u"is not a regular file; a pack holds regular files only"_s;
}

static Error problemAt(const QString &path, const QString &message)
{
    constexpr qsizetype maxShown = 200;
    const QString shown = path.size() > maxShown ? path.left(maxShown) + u'\u2026' : path;
    return {ErrorCode::InvalidInput, message, {shown, 0, 0, {}}, {}};
}

/// What is wrong with the parts of a path; empty for nothing.
static QString problemOfParts(const QString &path)
{
    constexpr qsizetype maxPartBytes = 255;
    constexpr qsizetype maxDepth = 100;
    const QStringList parts = path.split(u'/');
    if (parts.size() > maxDepth)
        return u"the path is more than 100 parts deep"_s;
    for (const QString &part : parts) {
        if (part.isEmpty())
            return u"the path has an empty part"_s;
        if (part == "."_L1 || part == ".."_L1)
            return u"the path has a part \"%1\""_s.arg(part);
        if (part.toUtf8().size() > maxPartBytes)
            return u"a part of the path is longer than 255 bytes"_s;
    }
    return {};
}

Result<QString> PackNames::parse(QByteArrayView stored)
{
    constexpr qsizetype maxPathBytes = 4096;
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString path = decoder(stored.first(std::min(stored.size(), maxPathBytes)));
    if (stored.isEmpty())
        return problemAt(path, u"an entry has no name"_s);
    if (stored.size() > maxPathBytes)
        return problemAt(path, u"the path is longer than 4096 bytes"_s);
    if (decoder.hasError())
        return problemAt(path, u"the name is not valid UTF-8"_s);
    if (path.normalized(QString::NormalizationForm_C) != path)
        return problemAt(path, u"the name is not in Unicode normal form NFC"_s);
    if (path.contains(QChar::Null))
        return problemAt(path, u"the name holds a NUL character"_s);
    if (path.contains(u'\\'))
        return problemAt(path, u"the name holds a backslash"_s);
    if (path.startsWith(u'/'))
        return problemAt(path, u"the path is absolute"_s);
    if (const QString problem = problemOfParts(path); !problem.isEmpty())
        return problemAt(path, problem);
    return path;
}

std::optional<Error> PackNames::add(const QString &path, Kind kind)
{
    if (auto clash = enter(path, {kind, true}))
        return clash;
    for (qsizetype end = path.lastIndexOf(u'/'); end > 0; end = path.lastIndexOf(u'/', end - 1)) {
        const QString folder = path.left(end);
        const auto known = m_names.constFind(folder);
        if (known != m_names.cend() && known->kind == Kind::Folder)
            break; // And so are the folders above it.
        if (auto clash = enter(folder, {Kind::Folder, false}))
            return clash;
    }
    return {};
}

std::optional<Error> PackNames::enter(const QString &path, Name name)
{
    if (const auto known = m_names.find(path); known != m_names.end()) {
        if (known->kind != name.kind)
            return problemAt(path, u"stands there as a file and as a folder"_s);
        if (known->isAdded && name.isAdded)
            return problemAt(path, u"the name stands there twice"_s);
        known->isAdded = known->isAdded || name.isAdded;
        return {};
    }
    m_names.insert(path, name);
    m_characters += path.size();
    const QString folded = path.toCaseFolded();
    const auto other = m_folded.constFind(folded);
    if (other == m_folded.cend()) {
        m_folded.insert(folded, path);
        return {};
    }
    return problemAt(std::max(*other, path),
                     u"the name differs from \"%1\" only in case"_s.arg(std::min(*other, path)));
}

} // namespace engine
