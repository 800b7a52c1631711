#pragma once

#include "engine/base/secret_bytes.h"
#include "engine/evidence/token/token_uri.h"

#include <memory>

struct _CK_FUNCTION_LIST;

namespace engine {

/// A PKCS #11 module (Cryptoki, OASIS PKCS #11 2.40): the library of a token's maker, loaded into this
/// process. It stays loaded and initialised until the process ends, for such libraries keep state of the
/// process.
///
/// Thread: any; calls are made one after another, since a login counts for the whole process.
class Pkcs11Module
{
public:
    /// Loads and initialises it; an absolute path only, so that nobody's search path chooses it. Fails with
    /// InvalidInput, and with Crypto, in words.
    static Result<std::shared_ptr<const Pkcs11Module>> load(const QString &path);

    /// Signs with the ECDSA P-256 key that uri names: the SHA-256 digest of a message; r and s of 32 bytes
    /// each. Logs in before and out after. Fails with NotFound when there is no such token or key, or
    /// several; with WrongPassphrase for a wrong PIN; with Crypto.
    Result<QByteArray> sign(const TokenUri &uri, const SecretBytes &pin, const QByteArray &digest) const;

    /// Makes such a key, which can never leave the token, and returns its public point: 0x04, X and Y. Fails
    /// likewise, and with Conflict when there is a key of this label or id.
    Result<QByteArray> generate(const TokenUri &uri, const SecretBytes &pin) const;

private:
    Pkcs11Module() = default;

    _CK_FUNCTION_LIST *m_functions = nullptr; ///< Of the library, which stays loaded.
};

} // namespace engine
