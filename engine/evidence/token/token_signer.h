#pragma once

#include "engine/evidence/keys.h"
#include "engine/evidence/token/pkcs11_module.h"

namespace engine {

/// Signs with an ECDSA P-256 key that stays in a token.
///
/// The PIN is asked for at each signature, and wiped after it; a wrong one is never tried again by itself,
/// since a token locks itself after some of them.
class TokenSigner final : public Signer
{
public:
    /// @param publicKey  of the key that uri names; every signature is checked with it
    /// @param keyName    how the key is called when its PIN is asked for
    TokenSigner(std::shared_ptr<const Pkcs11Module> module, TokenUri uri, PublicKey publicKey,
                PassphraseSource pin, QString keyName);

    /// Makes such a key in the token. Fails like Pkcs11Module::generate() and as the PIN's source does.
    static Result<PublicKey> generate(const Pkcs11Module &module, const TokenUri &uri,
                                      const PassphraseSource &pin, const QString &keyName);

    const PublicKey &publicKey() const override { return m_publicKey; }
    /// Fails like Pkcs11Module::sign(), as the PIN's source does, and with Crypto when what the token gave is
    /// not a signature by the key.
    Result<QByteArray> sign(const QByteArray &message) const override;

private:
    const std::shared_ptr<const Pkcs11Module> m_module;
    const TokenUri m_uri;
    const PublicKey m_publicKey;
    const PassphraseSource m_pin;
    const QString m_keyName;
};

} // namespace engine
