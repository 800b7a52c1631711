#pragma once

#include "engine/base/secret_bytes.h"
#include "engine/local/trust_file.h"

#include <QLockFile>

namespace engine {

/// The name by which people call the engine's own key.
inline constexpr QStringView engineKeyName = u"engine";
/// Its name in the trust file.
inline constexpr QStringView engineTrustName = u"this engine";

/// The keys of one data directory: the engine's, made at first start, and one for each person who decides
/// here.
///
/// A key made here is trusted here (an entry in trust.json); a key that exists is never trusted anew, so a
/// person's entry that was revoked or removed stays so.
///
/// A key that is missing when it is needed is made without a passphrase, since nobody need be there then;
/// KeyAdmin makes them with one, or in a token.
///
/// Thread: any; the files are read at each call.
class KeyRing
{
public:
    explicit KeyRing(const DataDir &dir);

    /// @param source  asked when the key is protected with a passphrase; without one that is PassphraseNeeded
    /// Fails with Io, Crypto, Unsupported, InUse, WrongPassphrase, and as source does.
    Result<std::shared_ptr<const Signer>> engineKey(const PassphraseSource &source = {}) const;
    /// Fails also with InvalidInput for a name other than letters, digits and ". _ @ -", at most 64 of them.
    Result<std::shared_ptr<const Signer>> operatorKey(const QString &name,
                                                      const PassphraseSource &source = {}) const;
    Result<TrustStore> trust() const { return m_trustFile.read(); }
    const TrustFile &trustFile() const { return m_trustFile; }

    QString engineFile() const { return m_folder + QStringLiteral("/engine.pem"); }
    QString operatorsFolder() const { return m_folder + QStringLiteral("/operators"); }
    /// Where this person's key is, or would be. Fails with InvalidInput for the name.
    Result<QString> operatorFile(const QString &name) const;
    /// Where it is said in which token their key is, if it is in one; see TokenKey.
    Result<QString> tokenFile(const QString &name) const;
    /// Whether a passphrase or PIN is needed to sign as this person; not so when there is no key yet. Fails
    /// like operatorKey().
    Result<bool> isProtected(const QString &name) const;

    /// Keeps others from making or replacing keys here. Fails with InUse and Io.
    Result<std::unique_ptr<QLockFile>> lock() const;

private:
    Result<std::shared_ptr<const Signer>> keyOf(const QString &file, const QString &keyName,
                                                const QString &trustName, const QString &role,
                                                const PassphraseSource &source) const;

    const QString m_folder;
    const TrustFile m_trustFile;
};

} // namespace engine
