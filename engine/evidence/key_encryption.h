#pragma once

#include "engine/base/secret_bytes.h"
#include "engine/evidence/evp.h"

#include <openssl/x509.h>

/// The encrypted form of private keys: PKCS#8 EncryptedPrivateKeyInfo (RFC 5958 section 3) with PBES2 (RFC
/// 8018 section 6.2) of PBKDF2 with HMAC-SHA-256 and AES-256-CBC. For the sources of keys only.
namespace engine::evp {

using EncryptedKey = std::unique_ptr<X509_SIG, Deleter<X509_SIG_free>>;

/// Encrypts with a new salt and goodKeyIterations iterations. Fails with Crypto.
Result<EncryptedKey> encryptKey(EVP_PKEY *key, const SecretBytes &passphrase);

/// How often PBKDF2 is to be repeated. Fails with Unsupported for other algorithms than the above and for
/// more than maxKeyIterations: what a file asks for is looked at before any of it is done.
Result<int> iterationsOf(const X509_SIG *encrypted);

/// nullptr when the passphrase is wrong. To be called only for what iterationsOf() has accepted.
Key decryptKey(const X509_SIG *encrypted, const SecretBytes &passphrase);

} // namespace engine::evp
