#pragma once

#include "engine/evidence/trust.h"
#include "engine/local/data_dir.h"

namespace engine {

/// The keys of one data directory: the engine's, made at first start, and one for each person who decides
/// here.
///
/// A key made here is trusted here (an entry in trust.json); a key that exists is never trusted anew, so a
/// person's entry that was revoked or removed stays so.
///
/// Thread: any; the files are read at each call. Only the owner of the data directory makes keys.
class KeyRing
{
public:
    explicit KeyRing(const DataDir &dir);

    /// Fails with Io or Crypto.
    Result<std::shared_ptr<const Signer>> engineKey() const;
    /// Fails also with InvalidInput for a name other than letters, digits and ". _ @ -", at most 64 of them.
    Result<std::shared_ptr<const Signer>> operatorKey(const QString &name) const;
    bool hasOperatorKey(const QString &name) const; ///< Whether it was made already.
    Result<TrustStore> trust() const;

private:
    QString operatorFile(const QString &name) const;
    Result<std::shared_ptr<const Signer>> keyOf(const QString &file, const QString &name,
                                                const QString &role) const;

    const QString m_folder;
    const QString m_trustFile;
};

} // namespace engine
