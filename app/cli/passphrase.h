#pragma once

#include "app/cli/commands.h"
#include "engine/base/secret_bytes.h"

namespace cli {

/// Where this command takes passphrases from: with --passphrase-keyring the keyring of the session first;
/// then the file of --passphrase-file, else a person at the terminal, who types without echo. Never from
/// arguments or the environment, which others can see.
///
/// A file is one line of at most maxPassphraseBytes bytes that only its owner may read; a pipe (such as
/// /dev/fd/3) is read once. At the terminal, a new passphrase is typed twice, and Ctrl+C is Cancelled.
engine::PassphraseSource passphraseSource(const Options &options);

} // namespace cli
