#pragma once

#include "engine/pack/manifest.h"

#include <QByteArray>

#include <functional>

namespace engine {

/// Gives the bytes of a file of the pack, named by its path in it.
using PackFileReader = std::function<Result<QByteArray>(const QString &path)>;

/// parseManifest() with the pack's files behind a function.
Result<Manifest> readManifest(const QByteArray &yaml, const QString &fileName,
                              const PackFileReader &readFile);

} // namespace engine
