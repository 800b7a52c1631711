#pragma once

#include "engine/base/result.h"

#include <QFile>

namespace engine {

/// Compresses a bundle with Zstandard (RFC 8878) for sending and storing: RUNID.evidence.tar.zst. What is
/// signed, pinned and compared is always the bundle inside, never the compressed bytes: they differ from one
/// version of the compressor to the next.
///
/// The file appears whole or not at all, in the place of an earlier one. Fails with NotFound and Io.
///
/// Thread: any.
Result<> packBundle(const QString &bundle, const QString &path);

/// Whether a file begins like one that packBundle() wrote. Where it stands does not change.
bool isPackedBundle(QFile &file);

} // namespace engine
