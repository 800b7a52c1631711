#include "engine/evidence/bundle_layout.h"

#include "engine/base/digest.h"

#include <QStringList>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace engine::layout {

namespace {

constexpr qsizetype maxPathLength = 255;
constexpr qsizetype maxPartLength = 80;
constexpr qsizetype maxAllocatedLength =
    140; // With a number and a suffix it still fits an old (ustar) header.

bool isSafe(QChar c)
{
    const char16_t u = c.unicode();
    return (u >= 'A' && u <= 'Z') || (u >= 'a' && u <= 'z') || (u >= '0' && u <= '9') || u == '.' || u == '_'
           || u == '-';
}

bool isDots(const QString &part)
{
    return part == u"."_s || part == u".."_s;
}

QStringList parentsOf(const QString &path)
{
    QStringList parents;
    for (qsizetype slash = path.indexOf(u'/'); slash > 0; slash = path.indexOf(u'/', slash + 1))
        parents += path.left(slash);
    return parents;
}

} // namespace

bool isSafePath(const QString &path)
{
    if (path.isEmpty() || path.size() > maxPathLength)
        return false;
    const QStringList parts = path.split(u'/');
    return std::all_of(parts.begin(), parts.end(), [](const QString &part) {
        return !part.isEmpty() && !isDots(part) && std::all_of(part.begin(), part.end(), isSafe);
    });
}

bool isAddition(const QString &path, qint64 sizeBytes)
{
    struct Kind
    {
        QString folder;
        QString suffix;
        qint64 maxBytes;
    };
    static const std::array kinds{Kind{anchors, u".json"_s, 256 * 1024},
                                  Kind{timestamps, u".tsr"_s, 64 * 1024}};
    return isSafePath(path) && path.count(u'/') == 1
           && std::any_of(kinds.begin(), kinds.end(), [&](const Kind &kind) {
                  return path.startsWith(kind.folder) && path.endsWith(kind.suffix)
                         && path.size() > kind.folder.size() + kind.suffix.size()
                         && sizeBytes <= kind.maxBytes;
              });
}

bool isAboveManifest(const QString &path)
{
    return path == manifest || path == provenance || path == sigstoreProvenance || path == sums
           || path == sumsSignature;
}

QString safeName(const QString &name)
{
    QString safe;
    for (const QChar c : name) {
        if (isSafe(c))
            safe += c;
        else if (!safe.endsWith(u'_'))
            safe += u'_';
    }
    safe.truncate(maxPartLength);
    if (safe == name && !safe.isEmpty() && !isDots(safe))
        return safe;
    return safe + u'-' + sha256Hex(name.toUtf8()).left(8);
}

QString PathAllocator::allocate(const QString &folder, const QString &name, const QString &suffix)
{
    QStringList parts = name.split(u'/');
    std::transform(parts.begin(), parts.end(), parts.begin(), safeName);
    QString stem = folder + parts.join(u'/');
    const QStringList parents = parentsOf(stem.toLower());
    const bool insideAFile = std::any_of(parents.begin(), parents.end(),
                                         [this](const QString &parent) { return m_files.contains(parent); });
    if (insideAFile || stem.size() > maxAllocatedLength)
        stem = folder + sha256Hex(name.toUtf8());
    QString path = stem + suffix;
    for (int n = 2; m_files.contains(path.toLower()) || m_folders.contains(path.toLower()); ++n)
        path = stem + u'-' + QString::number(n) + suffix;
    m_files += path.toLower();
    for (const QString &parent : parentsOf(path.toLower()))
        m_folders += parent;
    return path;
}

} // namespace engine::layout
