#pragma once

#include "engine/evidence/key_file.h"
#include "engine/evidence/token/token_key.h"
#include "engine/local/key_ring.h"

namespace engine {

/// A key of the data directory as a list shows it; made without asking anybody for a passphrase.
struct KeyListing
{
    QString name{}; ///< "engine", or the person's.
    QString file{};
    KeyFileFacts facts{};
    std::optional<TokenKey> token{}; ///< Where it is, when it is in a token; the facts have its public half.
    std::optional<TrustedKey> trusted{}; ///< Its entry in the trust file, if it has one.
    QString problem{};                   ///< Why the file cannot be read; empty when it can.
};

/// How a key is to be made.
struct NewKey
{
    /// Nothing: ECDSA P-256, and that of the old key in a rotation.
    std::optional<SigningKey::Algorithm> algorithm{};
    /// Asked for the new passphrase; without it the key is kept by the modes of its file alone.
    PassphraseSource passphrase{};
};

/// What a rotation came to.
struct KeyRotation
{
    QString name{};
    QString oldKeyId{};
    TrustedKey now;          ///< The entry of the new key.
    bool wasRevoked = false; ///< The old one; it stays so.
};

/// Makes, lists and replaces the keys of a data directory, for people who ask for it.
///
/// Works beside the process that owns the directory: that one reads the files at each use.
///
/// Thread: any; blocks while people are asked and while PBKDF2 runs.
class KeyAdmin
{
public:
    explicit KeyAdmin(const DataDir &dir);

    /// The engine's first, then people's by name. Fails like TrustStore::load().
    Result<QList<KeyListing>> list() const;

    /// Makes the key of a person and trusts it as an approver's. Fails with Conflict when they have one; with
    /// InvalidInput for the name; with Io, Crypto, InUse, and as the passphrase's source does.
    Result<TrustedKey> create(const QString &name, const NewKey &how) const;

    /// The same of a key in a token, ECDSA P-256, which never leaves it. The object in the token has the
    /// person's name as its label. Fails also like TokenSigner::generate().
    Result<TrustedKey> createInToken(const QString &name, const QString &module, const QString &token,
                                     const PassphraseSource &pin) const;

    /// The public half of a key, by name. Asks for the passphrase only where the file does not have it.
    /// Fails with NotFound and like KeyRing::operatorKey().
    Result<PublicKey> publicKey(const QString &name, const PassphraseSource &source) const;

    /// Asks for the passphrase of a key until it is the right one, and gives it. Fails with NotFound; with
    /// Conflict when the key has no passphrase or is in a token; and like KeyRing::operatorKey().
    Result<SecretBytes> checkedPassphrase(const QString &name, const PassphraseSource &source) const;

    /// Puts a new key in the place of an old one: made, trusted with name and roles of the old one, the files
    /// swapped, the old one's entry ended at now. Whatever is interrupted leaves a key that is trusted; what
    /// an interrupted rotation left is cleared away by the next. What the old key signed stays good, its
    /// private half is gone. Fails also with NotFound when there is no such key; with Conflict when the old
    /// one is not in the trust file, for then nobody says what it was good for.
    ///
    /// A key in a token is replaced by one in the same token, of another label; how is not asked. The private
    /// half of the old one stays in the token, for that is not ours to clear.
    ///
    /// @param source  for an old key whose public half is not known without its passphrase; the PIN of a
    /// token
    Result<KeyRotation> rotate(const QString &name, const NewKey &how, const PassphraseSource &source,
                               Timestamp now) const;

private:
    Result<QString> fileOf(const QString &name) const;
    Result<> checkNewName(const QString &name) const;
    Result<> clearLeftover(const QString &file, Timestamp now) const;
    Result<TrustedKey> beginRotation(const QString &name, const QString &file, const PublicKey &old,
                                     Timestamp now) const;
    Result<KeyRotation> finishRotation(const QString &name, const QString &file, const PublicKey &key,
                                       const TrustedKey &old, Timestamp now) const;
    Result<KeyRotation> rotateInToken(const QString &name, const QString &file, const PassphraseSource &pin,
                                      Timestamp now) const;

    const KeyRing m_ring;
};

} // namespace engine
