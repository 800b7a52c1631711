#pragma once

#include "engine/base/result.h"

#include <QByteArray>
#include <QHash>

#include <optional>

namespace engine {

/// What bounds a pack in any form.
inline constexpr qsizetype maxPackEntries = 100'000; ///< Files and folders.
inline constexpr qint64 maxPackBytes = 1024LL * 1024 * 1024;

/// What is wrong with something in a pack that is neither file nor folder.
QString linkProblem();
QString notRegularProblem();

/// The names of one pack: which are allowed, and which get in each other's way. The one place of these rules,
/// for folders and archives.
class PackNames
{
public:
    enum class Kind { File, Folder };

    /// A path as it is stored, from the root of the pack, "/" between parts. It is at most 4096 bytes long
    /// and 100 parts deep, each of at most 255 bytes; UTF-8 in Unicode NFC; neither absolute nor with an
    /// empty,
    /// "." or ".." part, a backslash or a NUL byte.
    /// Fails with InvalidInput whose where.file is the path as far as it can be shown.
    static Result<QString> parse(QByteArrayView stored);

    /// Adds a path and the folders that lead to it. Says what is wrong when it stands there already, as
    /// something else, or in another case. It counts as added all the same.
    std::optional<Error> add(const QString &path, Kind kind);

    qsizetype size() const { return m_names.size(); }  ///< Files and folders, also those only led through.
    qint64 characters() const { return m_characters; } ///< Of all names.

private:
    struct Name
    {
        Kind kind = Kind::File;
        bool isAdded = false; ///< By itself, not only as a folder on the way.
    };

    std::optional<Error> enter(const QString &path, Name name);

    QHash<QString, Name> m_names;
    QHash<QString, QString> m_folded; ///< Case-folded path to the first path of that kind.
    qint64 m_characters = 0;
};

} // namespace engine
