#include "engine/local/key_admin.h"

#include <QDir>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// Where a new key waits for its turn. No key has this name: a person's ends with ".pem".
QString waitingPlaceOf(const QString &file)
{
    return file + u".new"_s;
}

/// Nothing when the key is to have none.
Result<std::optional<SecretBytes>> newPassphrase(const QString &name, const NewKey &how)
{
    if (!how.passphrase)
        return std::optional<SecretBytes>();
    auto passphrase = how.passphrase({name, true, false, 0});
    if (!passphrase)
        return passphrase.error();
    return std::optional<SecretBytes>(*std::move(passphrase));
}

Result<> saveWith(const SigningKey &key, const QString &file, const std::optional<SecretBytes> &passphrase)
{
    if (!QDir().mkpath(QFileInfo(file).path()))
        return Error{ErrorCode::Io, u"cannot make the folder of \"%1\""_s.arg(file), {}, {}};
    return passphrase ? key.save(file, *passphrase) : key.save(file);
}

SigningKey::Algorithm algorithmOf(const PublicKey &key)
{
    return key.algorithm() == u"ed25519"_s ? SigningKey::Algorithm::Ed25519
                                           : SigningKey::Algorithm::EcdsaP256;
}

/// The entry ends now, unless it ended before.
Result<> endEntry(const TrustFile &file, const QString &keyId, Timestamp now)
{
    return file.change([&](TrustStore &store) -> Result<> {
        const TrustedKey *known = store.find(keyId);
        if (!known || known->revokedAt || (known->notAfter && *known->notAfter <= now))
            return {};
        TrustedKey ended = *known;
        ended.notAfter = std::max(now, ended.notBefore.value_or(now));
        store.add(ended);
        return {};
    });
}

/// Of a key file or of a note about a key in a token; nothing when it does not tell.
std::optional<PublicKey> publicHalfIn(const QString &file)
{
    if (const auto token = TokenKey::load(file))
        return token->publicKey;
    const auto facts = readKeyFacts(file);
    return facts ? facts->publicKey : std::nullopt;
}

} // namespace

KeyAdmin::KeyAdmin(const DataDir &dir)
    : m_ring(dir)
{
}

Result<QString> KeyAdmin::fileOf(const QString &name) const
{
    return name == engineKeyName ? Result<QString>(m_ring.engineFile()) : m_ring.operatorFile(name);
}

Result<QList<KeyListing>> KeyAdmin::list() const
{
    const auto trust = m_ring.trust();
    if (!trust)
        return trust.error();
    QList<KeyListing> keys;
    const auto add = [&](KeyListing key) {
        if (key.token) {
            key.facts.publicKey = key.token->publicKey;
        } else if (key.problem.isEmpty()) {
            auto facts = readKeyFacts(key.file);
            if (facts)
                key.facts = *std::move(facts);
            else
                key.problem = facts.error().message;
        }
        if (key.facts.publicKey) {
            if (const TrustedKey *entry = trust->find(key.facts.publicKey->keyId()))
                key.trusted = *entry;
        }
        keys += key;
    };
    if (QFileInfo::exists(m_ring.engineFile()))
        add({engineKeyName.toString(), m_ring.engineFile(), {}, {}, {}, {}});
    const QDir operators(m_ring.operatorsFolder());
    const QStringList files =
        operators.entryList({u"*.pem"_s, u"*.token.json"_s}, QDir::Files | QDir::Hidden, QDir::Name);
    for (const QString &file : files) {
        const QString path = operators.filePath(file);
        if (file.endsWith(u".pem"_s)) {
            add({file.chopped(4), path, {}, {}, {}, {}});
            continue;
        }
        auto token = TokenKey::load(path);
        KeyListing key{file.chopped(11), path, {}, {}, {}, {}};
        if (token)
            key.token = *std::move(token);
        else
            key.problem = token.error().toString();
        add(key);
    }
    return keys;
}

/// A name that has no key yet.
Result<> KeyAdmin::checkNewName(const QString &name) const
{
    if (name == engineKeyName)
        return invalid(u"\"engine\" is the engine's own key, which its first start makes"_s);
    const auto file = m_ring.operatorFile(name);
    if (!file)
        return file.error();
    if (QFileInfo::exists(*file))
        return Error{
            ErrorCode::Conflict,
            u"\"%1\" has a key already; a new one in its place: taskrunner keys rotate %1"_s.arg(name),
            {},
            {}};
    if (QFileInfo::exists(*m_ring.tokenFile(name)))
        return Error{ErrorCode::Conflict, u"\"%1\" has a key in a token already"_s.arg(name), {}, {}};
    return {};
}

Result<TrustedKey> KeyAdmin::create(const QString &name, const NewKey &how) const
{
    if (auto checked = checkNewName(name); !checked) // Before anybody types a passphrase for nothing.
        return checked.error();
    const auto passphrase = newPassphrase(name, how);
    if (!passphrase)
        return passphrase.error();
    const auto key = SigningKey::generate(how.algorithm.value_or(SigningKey::Algorithm::EcdsaP256));
    if (!key)
        return key.error();
    const TrustedKey entry{key->publicKey(), name, {u"approver"_s}, {}, {}, {}, {}};
    const auto lock = m_ring.lock();
    if (!lock)
        return lock.error();
    if (auto checked = checkNewName(name); !checked)
        return checked.error();
    // Trusted first, as KeyRing does.
    if (const auto trusted = m_ring.trustFile().add(entry); !trusted)
        return trusted.error();
    if (const auto saved = saveWith(*key, *m_ring.operatorFile(name), *passphrase); !saved)
        return saved.error();
    return entry;
}

Result<TrustedKey> KeyAdmin::createInToken(const QString &name, const QString &module, const QString &token,
                                           const PassphraseSource &pin) const
{
    if (auto checked = checkNewName(name); !checked)
        return checked.error();
    const auto loaded = Pkcs11Module::load(module);
    if (!loaded)
        return loaded.error();
    const TokenUri uri{token, name, {}};
    const QString file = *m_ring.tokenFile(name);
    if (!QDir().mkpath(QFileInfo(file).path()))
        return Error{ErrorCode::Io, u"cannot make the folder of \"%1\""_s.arg(file), {}, {}};
    const auto lock = m_ring.lock();
    if (!lock)
        return lock.error();
    if (auto checked = checkNewName(name); !checked)
        return checked.error();
    auto key = TokenSigner::generate(**loaded, uri, pin, name);
    if (!key)
        return key.error();
    const TrustedKey entry{*key, name, {u"approver"_s}, {}, {}, {}, {}};
    if (const auto trusted = m_ring.trustFile().add(entry); !trusted)
        return trusted.error();
    if (const auto saved = TokenKey{uri, module, *key}.save(file); !saved)
        return saved.error();
    return entry;
}

Result<PublicKey> KeyAdmin::publicKey(const QString &name, const PassphraseSource &source) const
{
    const auto file = fileOf(name);
    if (!file)
        return file.error();
    if (const QString token = *m_ring.tokenFile(name); QFileInfo::exists(token)) {
        const auto key = TokenKey::load(token);
        return key ? Result<PublicKey>(key->publicKey) : key.error();
    }
    if (!QFileInfo::exists(*file))
        return Error{ErrorCode::NotFound, u"there is no key \"%1\" here"_s.arg(name), {}, {}};
    const auto facts = readKeyFacts(*file);
    if (!facts)
        return facts.error();
    if (facts->publicKey)
        return *facts->publicKey;
    const auto key = SigningKey::load(*file, source, name);
    return key ? Result<PublicKey>(key->publicKey()) : key.error();
}

Result<SecretBytes> KeyAdmin::checkedPassphrase(const QString &name, const PassphraseSource &source) const
{
    const auto file = fileOf(name);
    if (!file)
        return file.error();
    if (QFileInfo::exists(*m_ring.tokenFile(name)))
        return Error{ErrorCode::Conflict, u"the key \"%1\" is in a token"_s.arg(name), {}, {}};
    if (!QFileInfo::exists(*file))
        return Error{ErrorCode::NotFound, u"there is no key \"%1\" here"_s.arg(name), {}, {}};
    SecretBytes last;
    const auto key = SigningKey::load(
        *file,
        [&](const PassphraseQuestion &question) {
            auto given = source(question);
            if (given)
                last = SecretBytes::copyOf(given->view());
            return given;
        },
        name);
    if (!key)
        return key.error();
    if (last.isEmpty())
        return Error{ErrorCode::Conflict, u"the key \"%1\" has no passphrase"_s.arg(name), {}, {}};
    return last;
}

/// A rotation that was interrupted before the files were swapped left a key that nobody uses and that may be
/// trusted already.
Result<> KeyAdmin::clearLeftover(const QString &file, Timestamp now) const
{
    const QString waiting = waitingPlaceOf(file);
    if (!QFileInfo::exists(waiting))
        return {};
    if (const auto key = publicHalfIn(waiting)) {
        if (const auto ended = endEntry(m_ring.trustFile(), key->keyId(), now); !ended)
            return ended;
    }
    if (!QFile::remove(waiting))
        return Error{ErrorCode::Io, u"cannot remove \"%1\""_s.arg(waiting), {}, {}};
    return {};
}

/// Under the lock: that the key is still the one it was, what it is trusted for, and nothing half done.
Result<TrustedKey> KeyAdmin::beginRotation(const QString &name, const QString &file, const PublicKey &old,
                                           Timestamp now) const
{
    const auto still = publicHalfIn(file);
    if (still && still->keyId() != old.keyId())
        return Error{ErrorCode::Conflict,
                     u"the key \"%1\" was replaced by somebody else meanwhile"_s.arg(name),
                     {},
                     {}};
    if (auto cleared = clearLeftover(file, now); !cleared)
        return cleared.error();
    const auto trust = m_ring.trust();
    if (!trust)
        return trust.error();
    if (const TrustedKey *entry = trust->find(old.keyId()))
        return *entry;
    return Error{ErrorCode::Conflict,
                 u"the key %1 of \"%2\" is not in the trust file, so it is not known what a new one would be "
                 "good for"_s.arg(old.keyId(), name),
                 {},
                 {}};
}

/// The new key waits beside the old one.
Result<KeyRotation> KeyAdmin::finishRotation(const QString &name, const QString &file, const PublicKey &key,
                                             const TrustedKey &old, Timestamp now) const
{
    // Without a first moment: evidence of a run that ended before may still have to be signed.
    const TrustedKey next{key, old.name, old.roles, {}, {}, {}, {}};
    if (auto trusted = m_ring.trustFile().add(next); !trusted)
        return trusted.error();
    if (auto replaced = replaceKeyFile(waitingPlaceOf(file), file); !replaced)
        return replaced.error();
    if (auto ended = endEntry(m_ring.trustFile(), old.key.keyId(), now); !ended)
        return ended.error();
    return KeyRotation{name, old.key.keyId(), next, old.revokedAt.has_value()};
}

Result<KeyRotation> KeyAdmin::rotateInToken(const QString &name, const QString &file,
                                            const PassphraseSource &pin, Timestamp now) const
{
    const auto old = TokenKey::load(file);
    if (!old)
        return old.error();
    const auto module = Pkcs11Module::load(old->module);
    if (!module)
        return module.error();
    const auto lock = m_ring.lock();
    if (!lock)
        return lock.error();
    const auto entry = beginRotation(name, file, old->publicKey, now);
    if (!entry)
        return entry.error();
    // Beside the old one, which the program does not take out of the token.
    const QString label = u"%1 %2"_s.arg(name, toIso(now));
    const TokenUri uri{old->uri.token, label, {}};
    const auto key = TokenSigner::generate(**module, uri, pin, name);
    if (!key)
        return key.error();
    if (auto saved = TokenKey{uri, old->module, *key}.save(waitingPlaceOf(file)); !saved)
        return saved.error();
    return finishRotation(name, file, *key, *entry, now);
}

Result<KeyRotation> KeyAdmin::rotate(const QString &name, const NewKey &how, const PassphraseSource &source,
                                     Timestamp now) const
{
    if (const auto token = m_ring.tokenFile(name); token && QFileInfo::exists(*token)) {
        if (how.algorithm == SigningKey::Algorithm::Ed25519)
            return invalid(
                u"the key \"%1\" is in a token, and a key in a token is of ecdsa-p256"_s.arg(name));
        return rotateInToken(name, *token, source, now);
    }
    const auto old = publicKey(name, source);
    if (!old)
        return old.error();
    const auto passphrase = newPassphrase(name, how);
    if (!passphrase)
        return passphrase.error();
    const auto lock = m_ring.lock();
    if (!lock)
        return lock.error();
    const QString file = *fileOf(name);
    const auto entry = beginRotation(name, file, *old, now);
    if (!entry)
        return entry.error();
    const auto key = SigningKey::generate(how.algorithm.value_or(algorithmOf(*old)));
    if (!key)
        return key.error();
    if (auto saved = saveWith(*key, waitingPlaceOf(file), *passphrase); !saved)
        return saved.error();
    return finishRotation(name, file, key->publicKey(), *entry, now);
}

} // namespace engine
