#pragma once

#include "engine/evidence/trust.h"
#include "engine/local/data_dir.h"

#include <functional>

namespace engine {

/// The trust file of a data directory, as the engine and people change it: read whole, changed, written whole
/// and atomically, by one writer at a time, whichever process that is. Who reads never waits and sees the
/// file as it was before a change or after it.
///
/// Thread: any; the file is read at each call.
class TrustFile
{
public:
    explicit TrustFile(const DataDir &dir);

    const QString &path() const { return m_path; }

    /// An absent file trusts nobody. Fails like TrustStore::load().
    Result<TrustStore> read() const;

    /// Reads, calls change, and writes what that made of it, while the lock file beside it keeps other
    /// writers out. When change fails, nothing is written and its error comes back. Fails with InUse when
    /// another process does not let go of the lock, with Io, and like read().
    Result<> change(const std::function<Result<>(TrustStore &)> &change) const;

    /// Trusts a key that is not in the file yet. Fails with Conflict when it is, also when it is revoked:
    /// what was revoked is never trusted again.
    Result<> add(const TrustedKey &key) const;

    /// Marks a key as revoked from a time on; its entry stays. Returns the entry. Fails with NotFound; with
    /// Conflict when it is revoked already; with ReasonRequired.
    Result<TrustedKey> revoke(const QString &keyId, const QString &reason, Timestamp at) const;

private:
    const QString m_path;
};

} // namespace engine
