#pragma once

#include "engine/base/secret_bytes.h"
#include "engine/evidence/keys.h"

#include <optional>

namespace engine {

/// How often PBKDF2 is repeated for a key file that is made here, and the fewest that count as enough.
inline constexpr int goodKeyIterations = 600'000;
/// A file that asks for more is refused: it would keep the processor busy for minutes.
inline constexpr int maxKeyIterations = 10'000'000;

/// What the file of a private key tells without its passphrase.
struct KeyFileFacts
{
    bool isEncrypted = false;
    int iterations = 0; ///< Of PBKDF2; 0 without a passphrase.
    /// Of an encrypted file only said, not proved, until it is opened; nothing when another program made it.
    std::optional<PublicKey> publicKey{};
};

/// The forms of a key file, in PEM (RFC 7468):
/// - PRIVATE KEY: PKCS#8 (RFC 5958), to be kept by file modes alone;
/// - ENCRYPTED PRIVATE KEY: the same encrypted with PBES2 (RFC 8018) of PBKDF2 with HMAC-SHA-256 and
///   AES-256-CBC, and behind it, where this program made it, the PUBLIC KEY, so that the key can be listed
///   and its public half given away without the passphrase.
///
/// @param fileName  for the messages
/// Fails with Crypto, or with Unsupported for another encryption or too many iterations.
///
/// Pure.
Result<KeyFileFacts> parseKeyFile(const SecretBytes &pem, const QString &fileName);

/// Reads such a file, which only its owner may read (0600 or stricter). Asks nobody. Fails also with NotFound
/// and Io.
Result<KeyFileFacts> readKeyFacts(const QString &path);

/// The content of a file that only its owner may read, at most 16 KiB. Fails with NotFound, Io and Crypto.
Result<SecretBytes> readKeyFile(const QString &path);

/// Writes a file that was not there: mode 0600, whole or not at all. Fails with Conflict and Io.
Result<> writeKeyFile(const QString &path, QByteArrayView content);

/// Puts one key file in the place of another, at once and for good. Fails with Io; then nothing was moved.
Result<> replaceKeyFile(const QString &newer, const QString &path);

} // namespace engine
