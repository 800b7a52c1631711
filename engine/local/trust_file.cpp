#include "engine/local/trust_file.h"

#include "engine/local/file_lock.h"

#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace engine {

TrustFile::TrustFile(const DataDir &dir)
    : m_path(dir.trustFile())
{
}

Result<TrustStore> TrustFile::read() const
{
    return TrustStore::load(m_path);
}

Result<> TrustFile::change(const std::function<Result<>(TrustStore &)> &change) const
{
    if (const auto folder = DataDir::open(QFileInfo(m_path).absolutePath()); !folder)
        return folder.error();
    const auto lock = lockForWriting(m_path, u"the trust file \"%1\""_s.arg(m_path));
    if (!lock)
        return lock.error();
    auto store = read();
    if (!store)
        return store.error();
    if (auto changed = change(*store); !changed)
        return changed;
    return store->save(m_path);
}

Result<> TrustFile::add(const TrustedKey &key) const
{
    return change([&key](TrustStore &store) -> Result<> {
        const TrustedKey *known = store.find(key.key.keyId());
        if (known)
            return Error{ErrorCode::Conflict,
                         known->revokedAt
                             ? u"the key %1 (%2) was revoked at %3; it is never trusted again"_s.arg(
                                 known->key.keyId(), known->name, toIso(*known->revokedAt))
                             : u"the key %1 is in the trust file already, as \"%2\""_s.arg(known->key.keyId(),
                                                                                           known->name),
                         {},
                         {}};
        store.add(key);
        return {};
    });
}

Result<TrustedKey> TrustFile::revoke(const QString &keyId, const QString &reason, Timestamp at) const
{
    if (reason.trimmed().isEmpty())
        return Error{ErrorCode::ReasonRequired, u"revoking a key needs a reason"_s, {}, {}};
    std::optional<TrustedKey> revoked;
    const auto changed = change([&](TrustStore &store) -> Result<> {
        const TrustedKey *known = store.find(keyId);
        if (!known)
            return Error{
                ErrorCode::NotFound, u"there is no key \"%1\" in the trust file"_s.arg(keyId), {}, {}};
        if (known->revokedAt)
            return Error{ErrorCode::Conflict,
                         u"the key %1 (%2) was revoked at %3 already"_s.arg(keyId, known->name,
                                                                            toIso(*known->revokedAt)),
                         {},
                         {}};
        revoked = *known;
        revoked->revokedAt = at;
        revoked->reason = reason.trimmed();
        store.add(*revoked);
        return {};
    });
    return changed ? Result<TrustedKey>(*std::move(revoked)) : changed.error();
}

} // namespace engine
