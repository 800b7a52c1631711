#include "engine/local/key_ring.h"

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
    , m_trustFile(dir.trustFile())
{
}

Result<TrustStore> KeyRing::trust() const
{
    return TrustStore::load(m_trustFile);
}

Result<SignerPtr> KeyRing::keyOf(const QString &file, const QString &name, const QString &role) const
{
    if (QFileInfo::exists(file))
        return shared(SigningKey::load(file));
    if (!QDir().mkpath(QFileInfo(file).path()))
        return Error{ErrorCode::Io, u"cannot make the folder of \"%1\""_s.arg(file), {}, {}};
    auto key = SigningKey::generate();
    if (!key)
        return key.error();
    auto known = trust();
    if (!known)
        return known.error();
    // Trusted first: a key without its entry would never be trusted, an entry without its key harms nobody.
    known->add({key->publicKey(), name, {role}, {}, {}, {}, {}});
    if (const auto saved = known->save(m_trustFile); !saved)
        return saved.error();
    if (const auto saved = key->save(file); !saved)
        return saved.error();
    return shared(std::move(key));
}

Result<SignerPtr> KeyRing::engineKey() const
{
    return keyOf(m_folder + u"/engine.pem"_s, u"this engine"_s, u"engine"_s);
}

QString KeyRing::operatorFile(const QString &name) const
{
    return m_folder + u"/operators/%1.pem"_s.arg(name);
}

bool KeyRing::hasOperatorKey(const QString &name) const
{
    return !name.contains(u'/') && QFileInfo::exists(operatorFile(name));
}

Result<SignerPtr> KeyRing::operatorKey(const QString &name) const
{
    static const QRegularExpression plain(u"\\A[A-Za-z0-9_@-][A-Za-z0-9._@-]{0,63}\\z"_s);
    if (!plain.match(name).hasMatch())
        return invalid(u"\"%1\" is not a name for an operator; use letters, digits and . _ @ -"_s.arg(name));
    return keyOf(operatorFile(name), name, u"approver"_s);
}

} // namespace engine
