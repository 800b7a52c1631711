#include "app/cli/commands.h"
#include "app/cli/key_text.h"
#include "app/cli/passphrase.h"
#include "app/cli/terminal.h"
#include "engine/local/key_admin.h"
#include "engine/local/local_run_service.h"
#include "engine/security/keyring.h"

using namespace Qt::StringLiterals;

namespace cli {

using engine::DataDir;
using engine::KeyAdmin;
using engine::KeyListing;
using engine::NewKey;
using engine::PassphraseQuestion;
using engine::Result;
using engine::SecretBytes;
using engine::SigningKey;
using engine::Timestamp;

namespace {

KeyAdmin keyAdmin(const Options &options)
{
    return KeyAdmin(DataDir(engine::dataDirFor(options.dataDir)));
}

bool isWeak(const KeyListing &key)
{
    return key.facts.isEncrypted && key.facts.iterations < engine::goodKeyIterations;
}

QString protectionOf(const KeyListing &key)
{
    if (!key.problem.isEmpty())
        return u"cannot be read"_s;
    if (key.token)
        return u"token"_s;
    return key.facts.isEncrypted ? u"passphrase"_s : u"none"_s;
}

QString trustOf(const KeyListing &key, Timestamp now)
{
    if (!key.facts.publicKey)
        return u"not known"_s;
    return key.trusted ? stateOf(*key.trusted, now) : u"not trusted"_s;
}

/// What a person should know of this key; empty when it is as it should be.
QString warningOf(const KeyListing &key)
{
    if (!key.problem.isEmpty())
        return printable(key.problem);
    if (isWeak(key))
        return u"the passphrase of \"%1\" is protected by %2 iterations of PBKDF2, fewer than %3; make a new "
               u"key: "
               "taskrunner keys rotate %1"_s.arg(key.name, QString::number(key.facts.iterations),
                                                 QString::number(engine::goodKeyIterations));
    if (!key.facts.publicKey)
        return u"the key \"%1\" was made by another program; what it is shows when its passphrase is given: "
               "taskrunner keys export %1"_s.arg(key.name);
    return {};
}

QJsonObject jsonOf(const KeyListing &key, Timestamp now)
{
    QJsonObject json{{u"name"_s, key.name},
                     {u"file"_s, key.file},
                     {u"protection"_s, protectionOf(key)},
                     {u"trust"_s, trustOf(key, now)}};
    if (key.facts.publicKey) {
        json.insert(u"keyid"_s, key.facts.publicKey->keyId());
        json.insert(u"algorithm"_s, key.facts.publicKey->algorithm());
    }
    if (key.facts.isEncrypted)
        json.insert(u"iterations"_s, key.facts.iterations);
    if (key.token) {
        json.insert(u"uri"_s, key.token->uri.toString());
        json.insert(u"module"_s, key.token->module);
    }
    if (key.trusted)
        json.insert(u"roles"_s, QJsonArray::fromStringList(key.trusted->roles));
    if (const QString warning = warningOf(key); !warning.isEmpty())
        json.insert(u"warning"_s, warning);
    return json;
}

engine::Keyring keyring(const Options &options)
{
    return engine::Keyring(engine::dataDirFor(options.dataDir));
}

/// How --algorithm and --no-passphrase want a key made.
/// @param passphrase  set to the one that it gets
NewKey newKeyFrom(const Options &options, SecretBytes &passphrase)
{
    NewKey key;
    if (!options.algorithm.isEmpty())
        key.algorithm = options.algorithm == u"ed25519"_s ? SigningKey::Algorithm::Ed25519
                                                          : SigningKey::Algorithm::EcdsaP256;
    if (!options.noPassphrase)
        key.passphrase = [source = passphraseSource(options),
                          &passphrase](const PassphraseQuestion &question) -> Result<SecretBytes> {
            auto given = source(question);
            if (given)
                passphrase = SecretBytes::copyOf(given->view());
            return given;
        };
    return key;
}

/// The key is in use by now; a keyring that does not take its passphrase is worth a word, and no more.
void rememberNew(const Options &options, const QString &name, const SecretBytes &passphrase)
{
    if (!options.passphraseKeyring || passphrase.isEmpty())
        return;
    if (const auto kept = keyring(options).remember(name, passphrase); !kept)
        err(u"Warning: the passphrase was not put into the keyring: %1"_s.arg(
            printable(kept.error().message)));
}

Result<> checkPassphraseOptions(const Options &options)
{
    if (options.pkcs11Module.isEmpty() != options.token.isEmpty())
        return engine::invalid(u"--pkcs11-module and --token belong together"_s);
    if (!options.token.isEmpty() && (options.noPassphrase || options.algorithm == u"ed25519"_s))
        return engine::invalid(u"a key in a token is of ecdsa-p256 and used with the token's PIN; leave "
                               u"--no-passphrase and --algorithm "
                               "out"_s);
    if (options.noPassphrase && !options.passphraseFile.isEmpty())
        return engine::invalid(u"--no-passphrase and --passphrase-file exclude each other"_s);
    if (options.noPassphrase && options.passphraseKeyring)
        return engine::invalid(u"--no-passphrase and --passphrase-keyring exclude each other"_s);
    return {};
}

} // namespace

ExitCode keysList(const Options &options)
{
    const auto keys = keyAdmin(options).list();
    if (!keys)
        return fail(keys.error(), options.json);
    const Timestamp now = engine::SystemClock().now();
    QList<QStringList> rows{{u"NAME"_s, u"ALGORITHM"_s, u"PROTECTION"_s, u"TRUST"_s, u"KEY"_s}};
    QStringList warnings;
    for (const KeyListing &key : *keys) {
        if (options.json)
            outJson(jsonOf(key, now));
        const auto &half = key.facts.publicKey;
        rows += {printable(key.name), half ? half->algorithm() : u"not known"_s, protectionOf(key),
                 trustOf(key, now), half ? half->keyId() : u"not known"_s};
        if (const QString warning = warningOf(key); !warning.isEmpty())
            warnings += u"Warning: "_s + warning;
    }
    if (options.json)
        return ExitCode::Good;
    out(keys->isEmpty() ? u"There is no key yet. Make your own: taskrunner keys create"_s : table(rows));
    if (!warnings.isEmpty())
        out(u'\n' + warnings.join(u'\n'));
    return ExitCode::Good;
}

ExitCode keysCreate(const Options &options)
{
    if (const auto checked = checkPassphraseOptions(options); !checked)
        return fail(checked.error(), options.json);
    const QString name = options.name.isEmpty() ? engine::operatorFor(options.operatorName) : options.name;
    const KeyAdmin admin = keyAdmin(options);
    SecretBytes passphrase;
    const auto made = options.token.isEmpty() ? admin.create(name, newKeyFrom(options, passphrase))
                                              : admin.createInToken(name, options.pkcs11Module, options.token,
                                                                    passphraseSource(options));
    if (!made)
        return fail(made.error(), options.json);
    rememberNew(options, name, passphrase);
    if (options.json) {
        outJson(toJson(*made));
        return ExitCode::Good;
    }
    out(u"%1\nThis key was made, and is trusted here."_s.arg(sheetOf(*made)));
    if (options.noPassphrase)
        out(u"It has no passphrase: whoever can read the data directory can sign as \"%1\"."_s.arg(name));
    return ExitCode::Good;
}

ExitCode keysExport(const Options &options)
{
    const auto key = keyAdmin(options).publicKey(options.name, passphraseSource(options));
    if (!key)
        return fail(key.error(), options.json);
    if (options.json && options.output.isEmpty()) {
        outJson({{u"keyid"_s, key->keyId()}, {u"pem"_s, QString::fromLatin1(key->pem())}});
        return ExitCode::Good;
    }
    if (const auto written = writeOutput(key->pem(), options.output); !written)
        return fail(written.error(), options.json);
    if (options.json)
        outJson({{u"keyid"_s, key->keyId()}, {u"file"_s, options.output}});
    else if (!options.output.isEmpty())
        out(u"Wrote the public half of \"%1\" to %2\nWho shall trust it compares its fingerprint: %3"_s.arg(
            printable(options.name), printable(options.output), key->keyId()));
    return ExitCode::Good;
}

ExitCode keysRotate(const Options &options)
{
    if (const auto checked = checkPassphraseOptions(options); !checked)
        return fail(checked.error(), options.json);
    SecretBytes passphrase;
    NewKey how = newKeyFrom(options, passphrase);
    // The engine starts without a person; its key has a passphrase only when there is one to be read then.
    if (options.name == engine::engineKeyName && options.passphraseFile.isEmpty()
        && !options.passphraseKeyring)
        how.passphrase = {};
    const auto rotated =
        keyAdmin(options).rotate(options.name, how, passphraseSource(options), engine::SystemClock().now());
    if (!rotated)
        return fail(rotated.error(), options.json);
    rememberNew(options, options.name, passphrase);
    if (options.json) {
        QJsonObject json = toJson(rotated->now);
        json.insert(u"replaces"_s, rotated->oldKeyId);
        outJson(json);
        return ExitCode::Good;
    }
    out(sheetOf(rotated->now));
    out(rotated->wasRevoked
            ? u"This key is in use and trusted now. The one before, %1, stays revoked."_s.arg(
                rotated->oldKeyId)
            : u"This key is in use and trusted now. The one before, %1, ends; what it signed stays good."_s
                  .arg(rotated->oldKeyId));
    return ExitCode::Good;
}

ExitCode keysRemember(const Options &options)
{
    // What the keyring has already is not what is asked for here.
    Options asked = options;
    asked.passphraseKeyring = false;
    const auto passphrase = keyAdmin(options).checkedPassphrase(options.name, passphraseSource(asked));
    if (!passphrase)
        return fail(passphrase.error(), options.json);
    if (const auto kept = keyring(options).remember(options.name, *passphrase); !kept)
        return fail(kept.error(), options.json);
    if (options.json)
        outJson({{u"name"_s, options.name}, {u"inKeyring"_s, true}});
    else
        out(u"The keyring has the passphrase of \"%1\" now; --passphrase-keyring uses it."_s.arg(
            printable(options.name)));
    return ExitCode::Good;
}

ExitCode keysForget(const Options &options)
{
    if (const auto gone = keyring(options).forget(options.name); !gone)
        return fail(gone.error(), options.json);
    if (options.json)
        outJson({{u"name"_s, options.name}, {u"inKeyring"_s, false}});
    else
        out(u"The keyring has no passphrase of \"%1\" now."_s.arg(printable(options.name)));
    return ExitCode::Good;
}

} // namespace cli
