#pragma once

#include "engine/pack/manifest.h"

#include <memory>

class QTemporaryDir;

namespace engine {

/// One file of a pack, as it counts for the pack digest.
struct PackFile
{
    QString path{}; ///< Relative, "/" between parts, Unicode NFC.
    bool executable = false;
    qint64 sizeBytes = 0;
    QString sha256{};

    bool operator==(const PackFile &) const = default;
};

/// The folder that an archive was unpacked into; removed with the last copy. Packs compare without it: where
/// their files stand is no part of them.
struct UnpackedFolder
{
    std::shared_ptr<const QTemporaryDir> folder{}; ///< Shared with every copy of a Pack, on any thread.
    QString path{};                                ///< Where pack.yaml stands.

    bool operator==(const UnpackedFolder &) const { return true; }
};

/// A pack that was read from a folder or an archive and checked.
struct Pack
{
    QString root{}; ///< The folder or archive, as the user named it; never part of a plan.
    Manifest manifest{};
    QList<PackFile> files{}; ///< Sorted by path, by UTF-16 code units (as RFC 8785 sorts names).
    /// "sha256:" and hex over the canonical JSON list of {path, mode, size, sha256} of the files. pack.yaml
    /// and each module.yaml count by what they say: size and sha256 are those of their canonical JSON, so
    /// comments and layout take no part.
    QString digest{};

    UnpackedFolder unpacked{}; ///< Of an archive.

    /// Where the files stand on disk while any copy of this pack lives; pack.yaml is in it.
    QString folder() const { return unpacked.folder ? unpacked.path : root; }

    bool operator==(const Pack &) const = default;
};

/// Reads and checks the pack in a folder, in the folder of a file named pack.yaml, or in an archive: a .tar,
/// .tar.zst or .zip of a folder with pack.yaml at its root, or of one such folder. The same files have the
/// same digest in each form.
///
/// Reads every regular file for the digest, at most 100 000 files and 1 GiB. Links, devices and names that
/// are not UTF-8 NFC are errors, and in an archive what unpackArchive() refuses besides. Hidden
/// version-control folders (.git, .hg, .svn) at the root are not part of a pack.
///
/// Fails with NotFound, Io, or InvalidInput that carries every problem as a cause, in document order.
/// Positions in an archive are named like "x.tar.zst/pack.yaml:3:1".
///
/// Thread: any; touches only the folder, or for an archive a temporary folder of its own.
Result<Pack> readPack(const QString &path);

/// Reads and checks a manifest alone: YAML 1.2 core schema, one document, at most 16 MiB, depth 64 and
/// 1 000 000 nodes after aliases, which are its values: a key belongs to its mapping. Duplicate and unknown
/// keys, tags and merge keys are errors.
///
/// @param root  where schema files named by inputs are looked for; empty: such a reference is an error.
///              Modules of the pack's own are known to readPack() only
/// Fails with InvalidInput that carries every problem as a cause: "pack.yaml:12:9: /spec/steps/0/run: ...".
Result<Manifest> parseManifest(const QByteArray &yaml, const QString &fileName, const QString &root = {});

/// The source line of a position with a caret under its column, two lines; empty when there is no such line.
/// Control characters are shown as "?", tabs as one space.
QString sourceExcerpt(const QByteArray &text, const SourcePos &where);

} // namespace engine
