#include "app/cli/commands.h"
#include "app/cli/key_text.h"
#include "app/cli/terminal.h"
#include "engine/local/data_dir.h"
#include "engine/local/local_run_service.h"
#include "engine/local/trust_file.h"

#include <QFile>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace cli {

using engine::DataDir;
using engine::Error;
using engine::ErrorCode;
using engine::Result;
using engine::Timestamp;
using engine::TrustedKey;
using engine::TrustFile;

namespace {

TrustFile trustFile(const Options &options)
{
    return TrustFile(DataDir(engine::dataDirFor(options.dataDir)));
}

QJsonObject jsonOf(const TrustedKey &key, Timestamp now)
{
    QJsonObject json = toJson(key);
    json.insert(u"algorithm"_s, key.key.algorithm());
    json.insert(u"state"_s, stateOf(key, now));
    return json;
}

/// A day means its first moment in UTC.
Result<std::optional<Timestamp>> timeFrom(const QString &option, const QString &text)
{
    if (text.isEmpty())
        return std::optional<Timestamp>();
    const QString whole = text.size() == 10 ? text + u"T00:00:00.000Z"_s : text;
    const auto time = engine::parseIso(whole);
    if (!time)
        return engine::invalid(
            u"%1: \"%2\" is neither a day such as 2026-01-31 nor a time such as 2026-01-31T09:05:00.000Z"_s
                .arg(option, text));
    return std::optional<Timestamp>(*time);
}

Result<engine::PublicKey> readPublicKey(const QString &path)
{
    constexpr qint64 more =
        16 * 1024 + 1; // Than a key may have, so that a longer file is refused and not cut.
    QFile file(path);
    if (!file.exists())
        return Error{ErrorCode::NotFound, u"there is no file \"%1\""_s.arg(path), {}, {}};
    if (!file.open(QIODevice::ReadOnly))
        return Error{ErrorCode::Io, u"cannot open \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
    auto key = engine::PublicKey::fromAuthorityPem(file.read(more)); // Its roles are checked below.
    if (!key) // Wrong input, whatever is wrong with it.
        return engine::invalid(u"\"%1\": %2"_s.arg(path, key.error().message));
    return key;
}

/// What is to be trusted, as the command line says it.
Result<TrustedKey> candidateFrom(const Options &options)
{
    auto key = readPublicKey(options.keyFile);
    if (!key)
        return key.error();
    const auto notBefore = timeFrom(u"--not-before"_s, options.notBefore);
    if (!notBefore)
        return notBefore.error();
    const auto notAfter = timeFrom(u"--not-after"_s, options.notAfter);
    if (!notAfter)
        return notAfter.error();
    TrustedKey candidate{*std::move(key), options.name, options.roles, *notBefore, *notAfter, {}, {}};
    if (auto checked = engine::checkTrustedKey(candidate); !checked)
        return checked.error();
    return candidate;
}

/// Trusting a key is a deliberate act: whoever does it has compared its whole fingerprint.
Result<> confirm(const TrustedKey &candidate, const Options &options)
{
    const QString &keyId = candidate.key.keyId();
    if (!options.fingerprint.isEmpty()) {
        if (options.fingerprint == keyId)
            return {};
        return Error{ErrorCode::UntrustedKey,
                     u"the key in \"%1\" is %2, not %3 as --fingerprint says; nothing was changed"_s.arg(
                         options.keyFile, keyId, options.fingerprint),
                     {},
                     {}};
    }
    if (!isTerminal(STDIN_FILENO) || !isTerminal(STDERR_FILENO))
        return engine::invalid(
            u"nobody can be asked here; give the whole fingerprint that the owner of the key in "
            "\"%1\" told you, with --fingerprint"_s.arg(options.keyFile));
    err(sheetOf(candidate));
    if (askForYes(u"Trust this key? Compare its fingerprint with what its owner says first"_s))
        return {};
    return Error{ErrorCode::UntrustedKey, u"the key was not trusted; nothing was changed"_s, {}, {}};
}

} // namespace

ExitCode trustList(const Options &options)
{
    const auto store = trustFile(options).read();
    if (!store)
        return fail(store.error(), options.json);
    const Timestamp now = engine::SystemClock().now();
    QList<QStringList> rows{{u"NAME"_s, u"ROLES"_s, u"STATE"_s, u"VALID"_s, u"KEY"_s}};
    QStringList reasons;
    for (const TrustedKey &key : store->keys()) {
        if (options.json)
            outJson(jsonOf(key, now));
        rows +=
            {printable(key.name), key.roles.join(u", "_s), stateOf(key, now), periodOf(key), key.key.keyId()};
        if (key.revokedAt)
            reasons += u"%1 was revoked at %2: %3"_s.arg(key.key.keyId(), engine::toIso(*key.revokedAt),
                                                         printable(key.reason));
    }
    if (options.json)
        return ExitCode::Good;
    if (store->keys().isEmpty()) {
        out(u"No key is trusted yet. The engine's own is at its first start; others: taskrunner trust add"_s);
        return ExitCode::Good;
    }
    out(table(rows));
    if (!reasons.isEmpty())
        out(u'\n' + reasons.join(u'\n'));
    return ExitCode::Good;
}

ExitCode trustAdd(const Options &options)
{
    const auto candidate = candidateFrom(options);
    if (!candidate)
        return fail(candidate.error(), options.json);
    if (const auto confirmed = confirm(*candidate, options); !confirmed)
        return fail(confirmed.error(), options.json);
    if (const auto added = trustFile(options).add(*candidate); !added)
        return fail(added.error(), options.json);
    if (options.json)
        outJson(jsonOf(*candidate, engine::SystemClock().now()));
    else
        out(u"%1\nThis key is trusted now."_s.arg(sheetOf(*candidate)));
    return ExitCode::Good;
}

ExitCode trustRevoke(const Options &options)
{
    const Timestamp now = engine::SystemClock().now();
    const auto revoked = trustFile(options).revoke(options.keyId, options.reason, now);
    if (!revoked)
        return fail(revoked.error(), options.json);
    if (options.json)
        outJson(jsonOf(*revoked, now));
    else
        out(u"Revoked the key %1 of \"%2\" from %3 on: %4"_s.arg(
            options.keyId, printable(revoked->name), engine::toIso(now), printable(revoked->reason)));
    return ExitCode::Good;
}

ExitCode trustExport(const Options &options)
{
    const auto store = trustFile(options).read();
    if (!store)
        return fail(store.error(), options.json);
    if (store->keys().isEmpty())
        return fail({ErrorCode::NotFound, u"no key is trusted yet, so there is nothing to export"_s, {}, {}},
                    options.json);
    if (const auto written = writeOutput(store->toJson(), options.output); !written)
        return fail(written.error(), options.json);
    if (options.json)
        outJson({{u"trust"_s, options.output}, {u"keys"_s, store->keys().size()}});
    else
        out(u"Wrote %1 to %2\nUse it: taskrunner verify BUNDLE --trust %2"_s.arg(
            store->keys().size() == 1 ? u"1 key"_s : u"%1 keys"_s.arg(store->keys().size()),
            printable(options.output)));
    return ExitCode::Good;
}

} // namespace cli
