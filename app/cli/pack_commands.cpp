#include "app/cli/format.h"
#include "app/cli/terminal.h"
#include "engine/pack/pack.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace cli {

namespace {

QJsonObject diagnosticOf(const engine::Error &error)
{
    QJsonObject json{{u"file"_s, error.where.file},     {u"line"_s, error.where.line},
                     {u"column"_s, error.where.column}, {u"pointer"_s, error.where.path},
                     {u"severity"_s, u"error"_s},       {u"code"_s, toString(error.code)},
                     {u"message"_s, error.message}};
    return json;
}

/// For editors: one object, whatever came of it.
ExitCode diagnose(const engine::Result<engine::Pack> &pack, const QString &path)
{
    QJsonArray diagnostics;
    if (!pack) {
        for (const engine::Error &part : engine::partsOf(pack.error()))
            diagnostics.append(diagnosticOf(part));
    }
    QJsonObject json{{u"valid"_s, bool(pack)}, {u"pack"_s, path}, {u"diagnostics"_s, diagnostics}};
    if (pack) {
        json.insert(u"name"_s, pack->manifest.name);
        json.insert(u"version"_s, pack->manifest.version);
        json.insert(u"digest"_s, pack->digest);
        json.insert(u"files"_s, pack->files.size());
    }
    outJson(json);
    return pack ? ExitCode::Good : exitCodeFor(pack.error().code);
}

} // namespace

ExitCode validate(const Options &options)
{
    const auto format = formatOf(options);
    if (!format)
        return fail(format.error(), options.json);
    const auto pack = engine::readPack(options.pack);
    if (*format == Format::Json)
        return diagnose(pack, options.pack);
    if (!pack)
        return fail(pack.error(), false);
    const engine::Manifest &manifest = pack->manifest;
    out(u"%1 %2 is valid: %3 files, digest %4"_s.arg(manifest.name, manifest.version)
            .arg(pack->files.size())
            .arg(pack->digest));
    return ExitCode::Good;
}

} // namespace cli
