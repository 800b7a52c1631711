#include "engine/local/key_ring.h"

#include "engine/evidence/key_file.h"
#include "engine/evidence/token/token_key.h"
#include "engine/local/file_lock.h"

#include <QDir>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace engine {

using SignerPtr = std::shared_ptr<const Signer>;

static Result<SignerPtr> shared(Result<SigningKey> key)
{
    if (!key)
        return key.error();
    return SignerPtr(std::make_shared<const SigningKey>(*std::move(key)));
}

KeyRing::KeyRing(const DataDir &dir)
    : m_folder(dir.keysFolder())
    , m_trustFile(dir)
{
}

Result<std::unique_ptr<QLockFile>> KeyRing::lock() const
{
    if (const auto dir = DataDir::open(QFileInfo(m_folder).path()); !dir)
        return dir.error();
    return lockForWriting(m_folder, u"the folder of keys \"%1\""_s.arg(m_folder));
}

Result<SignerPtr> KeyRing::keyOf(const QString &file, const QString &keyName, const QString &trustName,
                                 const QString &role, const PassphraseSource &source) const
{
    if (QFileInfo::exists(file))
        return shared(SigningKey::load(file, source, keyName));
    if (!QDir().mkpath(QFileInfo(file).path()))
        return Error{ErrorCode::Io, u"cannot make the folder of \"%1\""_s.arg(file), {}, {}};
    const auto locked = lock();
    if (!locked)
        return locked.error();
    if (QFileInfo::exists(file)) // Made by another process meanwhile.
        return shared(SigningKey::load(file, source, keyName));
    auto key = SigningKey::generate();
    if (!key)
        return key.error();
    // Trusted first: a key without its entry would never be trusted, an entry without its key harms nobody.
    const auto trusted = m_trustFile.add({key->publicKey(), trustName, {role}, {}, {}, {}, {}});
    if (!trusted)
        return trusted.error();
    if (const auto saved = key->save(file); !saved)
        return saved.error();
    return shared(std::move(key));
}

Result<SignerPtr> KeyRing::engineKey(const PassphraseSource &source) const
{
    return keyOf(engineFile(), engineKeyName.toString(), engineTrustName.toString(), u"engine"_s, source);
}

Result<QString> KeyRing::operatorFile(const QString &name) const
{
    static const QRegularExpression plain(u"\\A[A-Za-z0-9_@-][A-Za-z0-9._@-]{0,63}\\z"_s);
    if (!plain.match(name).hasMatch())
        return invalid(u"\"%1\" is not a name for an operator; use letters, digits and . _ @ -"_s.arg(name));
    return operatorsFolder() + u"/%1.pem"_s.arg(name);
}

Result<QString> KeyRing::tokenFile(const QString &name) const
{
    const auto file = operatorFile(name);
    return file ? Result<QString>(file->chopped(4) + u".token.json"_s) : file.error();
}

Result<SignerPtr> KeyRing::operatorKey(const QString &name, const PassphraseSource &source) const
{
    const auto file = operatorFile(name);
    if (!file)
        return file.error();
    const QString token = *tokenFile(name);
    if (!QFileInfo::exists(token))
        return keyOf(*file, name, name, u"approver"_s, source);
    const auto key = TokenKey::load(token);
    return key ? key->signer(source, name) : key.error();
}

Result<bool> KeyRing::isProtected(const QString &name) const
{
    const auto file = operatorFile(name);
    if (!file)
        return file.error();
    if (QFileInfo::exists(*tokenFile(name)))
        return true;
    if (!QFileInfo::exists(*file))
        return false;
    const auto facts = readKeyFacts(*file);
    return facts ? Result<bool>(facts->isEncrypted) : facts.error();
}

} // namespace engine
