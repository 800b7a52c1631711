#pragma once

#include "engine/pack/manifest.h"

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

/// A pack that was read from a folder and checked.
struct Pack
{
    QString root{}; ///< The folder, as the user named it; never part of a plan.
    Manifest manifest{};
    QList<PackFile> files{}; ///< Sorted by path, by UTF-16 code units (as RFC 8785 sorts names).
    /// "sha256:" and hex over the canonical JSON list of {path, mode, size, sha256} of the files. pack.yaml
    /// and each module.yaml count by what they say: size and sha256 are those of their canonical JSON, so
    /// comments and layout take no part.
    QString digest{};

    bool operator==(const Pack &) const = default;
};

/// Reads and checks the pack in a folder, or the folder of a file named pack.yaml.
///
/// Reads every regular file of the folder for the digest, at most 100 000 files and 1 GiB. Links, devices,
/// names that are not UTF-8 NFC are errors. Hidden version-control folders (.git, .hg, .svn) at the root are
/// not part of a pack.
///
/// Fails with NotFound, Io, or InvalidInput that carries every problem as a cause, in document order.
///
/// Thread: any; touches only the folder.
Result<Pack> readPack(const QString &path);

/// Reads and checks a manifest alone: YAML 1.2 core schema, one document, at most 16 MiB, depth 64 and 1 000
/// 000 nodes after aliases; duplicate and unknown keys, tags and merge keys are errors.
///
/// @param root  where schema files named by inputs are looked for; empty: such a reference is an error.
///              Modules of the pack's own are known to readPack() only
/// Fails with InvalidInput that carries every problem as a cause: "pack.yaml:12:9: /spec/steps/0/run: ...".
Result<Manifest> parseManifest(const QByteArray &yaml, const QString &fileName, const QString &root = {});

/// The source line of a position with a caret under its column, two lines; empty when there is no such line.
/// Control characters are shown as "?", tabs as one space.
QString sourceExcerpt(const QByteArray &text, const SourcePos &where);

} // namespace engine
