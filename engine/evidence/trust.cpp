#include "engine/evidence/trust.h"

#include "engine/base/json.h"
#include "engine/base/nearest_name.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QRegularExpression>
#include <QSaveFile>
#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

const QStringList &memberNames()
{
    static const QStringList names{u"keyid"_s,     u"pem"_s,      u"name"_s,      u"roles"_s,
                                   u"notBefore"_s, u"notAfter"_s, u"revokedAt"_s, u"reason"_s};
    return names;
}

/// Reads one entry of the list; every problem in it goes to the errors.
class EntryReader
{
public:
    EntryReader(QJsonObject entry, QString pointer, QString fileName, QList<Error> &errors)
        : m_entry(std::move(entry))
        , m_pointer(std::move(pointer))
        , m_fileName(std::move(fileName))
        , m_errors(errors)
    {
    }

    /// Nothing when the entry is wrong in any way.
    std::optional<TrustedKey> read()
    {
        const qsizetype before = m_errors.size();
        checkNames();
        auto key = readKey();
        const QString name = text(u"name"_s, true);
        const QStringList roles = readRoles();
        if (key && key->isForAuthoritiesOnly() && roles != QStringList{u"timestamp-authority"_s})
            fail(u"pem"_s,
                 u"a key of %1 can only have the role \"timestamp-authority\""_s.arg(key->algorithm()));
        const auto notBefore = time(u"notBefore"_s);
        const auto notAfter = time(u"notAfter"_s);
        const auto revokedAt = time(u"revokedAt"_s);
        const QString reason = text(u"reason"_s, false);
        if (notBefore && notAfter && *notAfter < *notBefore)
            fail(u"notAfter"_s, u"\"%1\" is before notBefore"_s.arg(toIso(*notAfter)));
        if (!key || m_errors.size() != before)
            return {};
        return TrustedKey{std::move(*key), name, roles, notBefore, notAfter, revokedAt, reason};
    }

private:
    void fail(const QString &member, const QString &message)
    {
        const QString path = member.isEmpty() ? m_pointer : m_pointer + u'/' + pointerToken(member);
        m_errors += Error{ErrorCode::InvalidInput, message, {m_fileName, 0, 0, path}, {}};
    }

    void checkNames()
    {
        for (const QString &name : m_entry.keys()) {
            if (!memberNames().contains(name))
                fail(name, u"unknown member \"%1\"%2"_s.arg(name, didYouMean(name, memberNames())));
        }
    }

    QString text(const QString &member, bool required)
    {
        const QJsonValue value = m_entry.value(member);
        if (value.isUndefined() && required)
            fail({}, u"an entry needs \"%1\""_s.arg(member));
        else if (!value.isUndefined() && !value.isString())
            fail(member, u"\"%1\" must be text"_s.arg(member));
        else if (required && value.toString().isEmpty())
            fail(member, u"\"%1\" must not be empty"_s.arg(member));
        return value.toString();
    }

    std::optional<PublicKey> readKey()
    {
        const QString keyId = text(u"keyid"_s, true);
        const QString pem = text(u"pem"_s, true);
        if (keyId.isEmpty() || pem.isEmpty())
            return {};
        auto key = PublicKey::fromAuthorityPem(pem.toUtf8());
        if (!key) {
            fail(u"pem"_s, key.error().message);
            return {};
        }
        if (key->keyId() != keyId) {
            fail(u"keyid"_s,
                 u"\"%1\" is not the id of the key in \"pem\", which is %2"_s.arg(keyId, key->keyId()));
            return {};
        }
        return std::move(*key);
    }

    QStringList readRoles()
    {
        static const QRegularExpression wellFormed(u"\\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\z"_s);
        QStringList roles;
        const QJsonValue value = m_entry.value(u"roles"_s);
        if (!value.isArray() || value.toArray().isEmpty()) {
            fail(value.isUndefined() ? QString() : u"roles"_s,
                 u"an entry needs \"roles\", a list of at least one name"_s);
            return roles;
        }
        const QJsonArray list = value.toArray();
        for (qsizetype i = 0; i < list.size(); ++i) {
            const QString role = list.at(i).toString();
            if (!wellFormed.match(role).hasMatch() || roles.contains(role)) {
                const QString what = roles.contains(role) ? u"the role \"%1\" is listed twice"_s
                                                          : u"\"%1\" is not a role's name"_s;
                m_errors += Error{
                    ErrorCode::InvalidInput,
                    what.arg(list.at(i).isString() ? role : QString::fromUtf8(canonicalJsonOf(list.at(i)))),
                    {m_fileName, 0, 0, m_pointer + u"/roles/%1"_s.arg(i)},
                    {}};
            }
            roles += role;
        }
        return roles;
    }

    std::optional<Timestamp> time(const QString &member)
    {
        const QJsonValue value = m_entry.value(member);
        if (value.isUndefined())
            return {};
        const auto time = parseIso(value.toString());
        if (time)
            return *time;
        fail(member, value.isString() ? time.error().message : u"\"%1\" must be text"_s.arg(member));
        return {};
    }

    const QJsonObject m_entry;
    const QString m_pointer;
    const QString m_fileName;
    QList<Error> &m_errors;
};

} // namespace

QJsonObject toJson(const TrustedKey &trusted)
{
    QJsonObject entry{{u"keyid"_s, trusted.key.keyId()},
                      {u"pem"_s, QString::fromLatin1(trusted.key.pem())},
                      {u"name"_s, trusted.name},
                      {u"roles"_s, QJsonArray::fromStringList(trusted.roles)}};
    if (trusted.notBefore)
        entry[u"notBefore"_s] = toIso(*trusted.notBefore);
    if (trusted.notAfter)
        entry[u"notAfter"_s] = toIso(*trusted.notAfter);
    if (trusted.revokedAt)
        entry[u"revokedAt"_s] = toIso(*trusted.revokedAt);
    if (!trusted.reason.isEmpty())
        entry[u"reason"_s] = trusted.reason;
    return entry;
}

Result<> checkTrustedKey(const TrustedKey &key)
{
    TrustStore store;
    store.add(key);
    const auto read = TrustStore::parse(store.toJson(), {});
    if (read)
        return {};
    QList<Error> errors = partsOf(read.error());
    for (Error &error : errors)
        error.where = {};
    return combined(std::move(errors));
}

Result<TrustStore> TrustStore::parse(const QByteArray &json, const QString &fileName)
{
    const auto value = parseJson(json, fileName);
    if (!value)
        return value.error();
    if (!value->isArray())
        return Error{ErrorCode::InvalidInput, u"a trust file is a list of keys"_s, {fileName, 0, 0, {}}, {}};

    const QJsonArray list = value->toArray();
    TrustStore store;
    QList<Error> errors;
    QSet<QString> seen;
    for (qsizetype i = 0; i < list.size(); ++i) {
        const QString pointer = u"/%1"_s.arg(i);
        if (!list.at(i).isObject()) {
            errors += Error{
                ErrorCode::InvalidInput, u"an entry must be an object"_s, {fileName, 0, 0, pointer}, {}};
            continue;
        }
        auto entry = EntryReader(list.at(i).toObject(), pointer, fileName, errors).read();
        if (!entry)
            continue;
        if (seen.contains(entry->key.keyId())) {
            errors += Error{ErrorCode::InvalidInput,
                            u"the key %1 is listed twice"_s.arg(entry->key.keyId()),
                            {fileName, 0, 0, pointer + u"/keyid"_s},
                            {}};
            continue;
        }
        seen += entry->key.keyId();
        store.m_keys += std::move(*entry);
    }
    if (!errors.isEmpty())
        return combined(std::move(errors));
    return store;
}

Result<TrustStore> TrustStore::load(const QString &path)
{
    QFile file(path);
    if (!file.exists())
        return TrustStore();
    const JsonLimits limits;
    if (!file.open(QIODevice::ReadOnly))
        return Error{
            ErrorCode::Io, u"cannot open the trust file \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
    // One byte more than the limit, so that a longer file is refused and not cut.
    const QByteArray json = file.read(limits.maxBytes + 1);
    if (file.error() != QFileDevice::NoError)
        return Error{
            ErrorCode::Io, u"cannot read the trust file \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
    return parse(json, path);
}

Result<> TrustStore::save(const QString &path) const
{
    const QString folder = QFileInfo(path).absolutePath();
    QSaveFile file(path);
    const QByteArray json = toJson();
    if (!QDir().mkpath(folder) || !file.open(QIODevice::WriteOnly) || file.write(json) != json.size()
        || !file.commit())
        return Error{
            ErrorCode::Io, u"cannot write the trust file \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
    return {};
}

const TrustedKey *TrustStore::find(const QString &keyId) const
{
    const auto found = std::find_if(m_keys.begin(), m_keys.end(),
                                    [&](const TrustedKey &trusted) { return trusted.key.keyId() == keyId; });
    return found == m_keys.end() ? nullptr : &*found;
}

void TrustStore::add(TrustedKey key)
{
    const auto same = std::find_if(m_keys.begin(), m_keys.end(), [&](const TrustedKey &trusted) {
        return trusted.key.keyId() == key.key.keyId();
    });
    if (same == m_keys.end())
        m_keys += std::move(key);
    else
        *same = std::move(key);
}

QByteArray TrustStore::toJson() const
{
    QJsonArray list;
    for (const TrustedKey &trusted : m_keys)
        list += engine::toJson(trusted);
    return prettyJson(list);
}

} // namespace engine
