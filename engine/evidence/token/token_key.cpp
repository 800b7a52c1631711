#include "engine/evidence/token/token_key.h"

#include "engine/base/json.h"
#include "engine/evidence/key_file.h"

using namespace Qt::StringLiterals;

namespace engine {

static const QString tokenKeySchema = u"stellaops.token-key/v1"_s;

static Error badTokenKey(const QString &fileName, const QString &member, const QString &message)
{
    const QString path = member.isEmpty() ? QString() : u'/' + pointerToken(member);
    return {ErrorCode::InvalidInput, message, {fileName, 0, 0, path}, {}};
}

Result<TokenKey> TokenKey::parse(const QByteArray &json, const QString &fileName)
{
    static const QStringList names{u"schema"_s, u"uri"_s, u"module"_s, u"pem"_s};
    const auto object = parseJsonObject(json, fileName);
    if (!object)
        return object.error();
    for (const QString &name : object->keys()) {
        if (!names.contains(name))
            return badTokenKey(fileName, name, u"unknown member \"%1\""_s.arg(name));
    }
    for (const QString &name : names) {
        if (!object->value(name).isString())
            return badTokenKey(fileName, {}, u"a token's key needs \"%1\", as text"_s.arg(name));
    }
    if (object->value(u"schema"_s) != tokenKeySchema)
        return badTokenKey(fileName, u"schema"_s,
                           u"\"%1\" is not known; expected \"%2\""_s.arg(
                               object->value(u"schema"_s).toString(), tokenKeySchema));
    auto uri = TokenUri::parse(object->value(u"uri"_s).toString());
    if (!uri)
        return badTokenKey(fileName, u"uri"_s, uri.error().message);
    auto key = PublicKey::fromPem(object->value(u"pem"_s).toString().toUtf8());
    if (!key)
        return badTokenKey(fileName, u"pem"_s, key.error().message);
    if (key->algorithm() != u"ecdsa-p256"_s)
        return badTokenKey(fileName, u"pem"_s,
                           u"keys in tokens are ecdsa-p256, not %1"_s.arg(key->algorithm()));
    return TokenKey{*std::move(uri), object->value(u"module"_s).toString(), *std::move(key)};
}

QByteArray TokenKey::toJson() const
{
    return prettyJson(QJsonObject{{u"schema"_s, tokenKeySchema},
                                  {u"uri"_s, uri.toString()},
                                  {u"module"_s, module},
                                  {u"pem"_s, QString::fromLatin1(publicKey.pem())}});
}

Result<TokenKey> TokenKey::load(const QString &path)
{
    const auto bytes = readKeyFile(path);
    return bytes ? parse(bytes->view().toByteArray(), path) : bytes.error();
}

Result<> TokenKey::save(const QString &path) const
{
    return writeKeyFile(path, toJson());
}

Result<std::shared_ptr<const Signer>> TokenKey::signer(const PassphraseSource &pin,
                                                       const QString &keyName) const
{
    auto loaded = Pkcs11Module::load(module);
    if (!loaded)
        return loaded.error();
    return std::shared_ptr<const Signer>(
        std::make_shared<const TokenSigner>(*std::move(loaded), uri, publicKey, pin, keyName));
}

} // namespace engine
