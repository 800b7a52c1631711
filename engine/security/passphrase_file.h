#pragma once

#include "engine/base/secret_bytes.h"

namespace engine {

/// Reads a passphrase: one line of at most maxPassphraseBytes bytes, of a file that only its owner may read
/// (0600 or stricter), or of a pipe such as /dev/fd/3, which gives it once. Fails with Io, and with
/// InvalidInput for no line, several and a longer one.
Result<SecretBytes> readPassphraseFile(const QString &path);

} // namespace engine
