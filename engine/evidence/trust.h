#pragma once

#include "engine/base/clock.h"
#include "engine/evidence/keys.h"

#include <QJsonObject>
#include <QStringList>

#include <optional>

namespace engine {

/// A key that the reader trusts, for what and when.
struct TrustedKey
{
    PublicKey key;
    QString name{}; ///< Of the engine or the person; a decision by this key must name this person as its
                    ///< approver.
    /// "engine" (signs evidence), "approver" (signs decisions), "transparency-log" (its name is that in the
    /// log's signed notes) and "timestamp-authority"; other names are groups of approvers as packs name them:
    /// "security" satisfies "role:security".
    QStringList roles{};
    std::optional<Timestamp> notBefore{}; ///< What it signed before is not good, nor is it trusted yet.
    std::optional<Timestamp> notAfter{};  ///< What it signed after is not good; what it signed until then is.
    std::optional<Timestamp> revokedAt{}; ///< From then on nothing that it ever signed is good.
    QString reason{};
};

/// The entry of the key in a trust file.
QJsonObject toJson(const TrustedKey &key);

/// Whether a trust file could have this entry: a name, at least one well-formed role, none twice, an end that
/// is not before its beginning. Fails with InvalidInput that carries every problem.
Result<> checkTrustedKey(const TrustedKey &key);

/// The trust file: a JSON list of {keyid, pem, name, roles, notBefore, notAfter, revokedAt, reason}.
class TrustStore
{
public:
    /// Strict: unknown members, a key id that is not that of its PEM, or the same key twice are errors. Fails
    /// with InvalidInput that carries every problem with its JSON Pointer.
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
