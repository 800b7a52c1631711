#pragma once

#include "engine/evidence/token/token_signer.h"

namespace engine {

/// What is kept of a key that is in a token: where it is, and its public half. Nothing of it is secret.
///
/// In a file: {"schema": "stellaops.token-key/v1", "uri": "pkcs11:...", "module": "/path/of/module.so",
/// "pem": "..."}. The module is code that is loaded to sign, so the file is as private as a key file.
struct TokenKey
{
    TokenUri uri{};
    QString module{}; ///< Absolute path.
    PublicKey publicKey;

    /// Strict. Fails with InvalidInput at the JSON Pointer of the first problem.
    static Result<TokenKey> parse(const QByteArray &json, const QString &fileName);
    QByteArray toJson() const;

    /// Reads such a file, which only its owner may read or write. Fails with NotFound, Io and like parse().
    static Result<TokenKey> load(const QString &path);
    /// Mode 0600, atomically; an existing file is not replaced (Conflict).
    Result<> save(const QString &path) const;

    /// Loads the module. Fails like Pkcs11Module::load(). The PIN is asked for at each signature.
    Result<std::shared_ptr<const Signer>> signer(const PassphraseSource &pin, const QString &keyName) const;
};

} // namespace engine
