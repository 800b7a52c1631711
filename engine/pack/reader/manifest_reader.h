#pragma once

#include "engine/base/digest.h"
#include "engine/pack/manifest.h"
#include "engine/pack/pack.h"

#include <QByteArray>
#include <QMap>

#include <functional>

namespace engine {

/// Gives the bytes of a file of the pack, named by its path in it.
using PackFileReader = std::function<Result<QByteArray>(const QString &path)>;

/// A manifest, and what the documents that make it say, whatever their form.
struct ManifestReading
{
    Manifest manifest{};
    /// "pack.yaml" and each "modules/NAME/module.yaml": digest of the document as canonical JSON. Comments,
    /// white space and the order of keys take no part.
    QMap<QString, FileDigest> meanings{};
};

/// parseManifest() with the pack's files behind a function.
///
/// @param files  of the pack; modules are looked for there. Empty when the manifest stands alone
Result<ManifestReading> readManifest(const QByteArray &yaml, const QString &fileName,
                                     const PackFileReader &readFile, const QList<PackFile> &files);

} // namespace engine
