#pragma once

#include "engine/base/secret_bytes.h"

namespace engine {

/// Passphrases of keys in the keyring of the person's session: the Secret Service (GNOME Keyring, KeePassXC)
/// or KWallet, by QtKeychain. A passphrase stands there under the data directory and the name of its key.
///
/// QtKeychain's copies of a passphrase are not wiped.
///
/// Thread: any, while the application object lives. A call blocks until the keyring has answered, which may
/// be when a person has unlocked it; the work is done on a thread of its own.
class Keyring
{
public:
    explicit Keyring(const QString &dataDir);

    /// Fails with NotFound when none is kept for this key, with Cancelled when the person did not unlock the
    /// keyring, and with Unsupported when there is no keyring to ask or it does not answer.
    Result<SecretBytes> passphrase(const QString &keyName) const;
    /// In the place of an earlier one. Fails with Cancelled and Unsupported.
    Result<> remember(const QString &keyName, const SecretBytes &passphrase) const;
    /// Fails like passphrase().
    Result<> forget(const QString &keyName) const;

private:
    QString entryOf(const QString &keyName) const;

    QString m_folder;
};

/// Asks the keyring first, and otherwise when that has no passphrase, not the right one, or is not there. For
/// a new passphrase and for the PIN of a token, only otherwise is asked: a token that is given a wrong PIN
/// too often locks itself.
PassphraseSource keyringFirst(const Keyring &keyring, PassphraseSource otherwise);

} // namespace engine
