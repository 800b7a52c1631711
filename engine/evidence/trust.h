#pragma once

#include "engine/base/clock.h"
#include "engine/evidence/keys.h"

#include <QStringList>
#include <optional>

namespace engine {

/// A key that the reader trusts, for what and when.
struct TrustedKey
{
    PublicKey key;
    QString name{};
    QStringList roles{}; ///< "engine" (signs evidence) | "approver" (signs decisions)
    std::optional<Timestamp> notBefore{};
    std::optional<Timestamp> notAfter{};
    std::optional<Timestamp> revokedAt{};
    QString reason{};
};

/// The trust file: a JSON list of {keyid, pem, name, roles, notBefore, notAfter, revokedAt, reason}.
class TrustStore
{
public:
    static Result<TrustStore> parse(const QByteArray &json, const QString &fileName);
    /// An absent file is an empty store. Fails with Io or InvalidInput.
    static Result<TrustStore> load(const QString &path);
    Result<> save(const QString &path) const; ///< Atomically.

    const QList<TrustedKey> &keys() const { return m_keys; }
    const TrustedKey *find(const QString &keyId) const; ///< nullptr when unknown.
    void add(TrustedKey key);                           ///< Replaces the entry of the same key id.
    QByteArray toJson() const;

private:
    QList<TrustedKey> m_keys;
};

} // namespace engine
