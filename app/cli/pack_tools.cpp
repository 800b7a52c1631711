#include "app/cli/commands.h"
#include "app/cli/pack_template.h"
#include "app/cli/terminal.h"
#include "engine/pack/files/pack_archive.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace cli {

using engine::Error;
using engine::ErrorCode;
using engine::Pack;
using engine::PackFile;
using engine::Result;

namespace {

/// A path as one may paste it into a shell.
QString quoted(const QString &path)
{
    static const QRegularExpression plain(u"^[A-Za-z0-9_./][A-Za-z0-9_./-]*$"_s);
    return plain.match(path).hasMatch() ? path : u'\'' + QString(path).replace(u'\'', u"'\\''"_s) + u'\'';
}

QJsonObject describe(const Pack &pack)
{
    return {
        {u"name"_s, pack.manifest.name}, {u"version"_s, pack.manifest.version}, {u"digest"_s, pack.digest}};
}

QJsonArray describe(const QList<PackFile> &files)
{
    QJsonArray list;
    for (const PackFile &file : files)
        list += QJsonObject{{u"path"_s, file.path},
                            {u"mode"_s, file.executable ? u"755"_s : u"644"_s},
                            {u"size"_s, file.sizeBytes},
                            {u"sha256"_s, file.sha256}};
    return list;
}

Result<> checkName(const QString &name)
{
    static const QRegularExpression allowed(u"\\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\z"_s);
    if (allowed.match(name).hasMatch())
        return {};
    return engine::invalid(
        u"\"%1\" is no name of a pack; expected up to 63 of a-z, 0-9 and \"-\", the last not at either end"_s
            .arg(name));
}

Result<> writeNew(const QString &path, const QByteArray &content)
{
    QFile file(path);
    const bool isWritten = file.open(QIODevice::WriteOnly | QIODevice::NewOnly)
                           && file.write(content) == content.size() && file.flush();
    if (!isWritten)
        return Error{ErrorCode::Io, u"cannot write \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
    return {};
}

/// Fills a folder that is new or empty.
Result<> writeTemplate(const QString &name, const QString &folder)
{
    const QFileInfo info(folder);
    if (info.exists() && !info.isDir())
        return engine::invalid(u"\"%1\" is a file; name a new or empty folder"_s.arg(folder));
    const auto everything = QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot;
    if (info.exists() && !QDir(folder).isEmpty(everything))
        return engine::invalid(u"\"%1\" is not empty; name a new or empty folder"_s.arg(folder));
    if (!QDir().mkpath(folder))
        return Error{ErrorCode::Io, u"cannot make the folder \"%1\""_s.arg(folder), {}, {}};
    for (const TemplateFile &file : packTemplate(name)) {
        if (const auto written = writeNew(QDir(folder).filePath(file.path), file.content); !written)
            return written.error();
    }
    return {};
}

} // namespace

ExitCode packInit(const Options &options)
{
    const QString folder = options.output.isEmpty() ? options.name : options.output;
    if (const auto checked = checkName(options.name); !checked)
        return fail(checked.error(), options.json);
    if (const auto written = writeTemplate(options.name, folder); !written)
        return fail(written.error(), options.json);
    const auto pack = engine::readPack(folder);
    if (!pack)
        return fail(pack.error(), options.json);
    if (options.json) {
        QJsonObject made = describe(*pack);
        made.insert(u"folder"_s, folder);
        made.insert(u"files"_s, describe(pack->files));
        outJson(made);
        return ExitCode::Good;
    }
    out(u"Made the pack %1 %2 in %3:"_s.arg(pack->manifest.name, pack->manifest.version, printable(folder)));
    for (const PackFile &file : pack->files)
        out(u"  "_s + file.path);
    const QString path = printable(quoted(folder));
    out(u"\nRead and change pack.yaml, then:\n"
        "  taskrunner validate %1\n"
        "  taskrunner simulate %1\n"
        "  taskrunner run %1\n"
        "  taskrunner pack build %1"_s.arg(path));
    return ExitCode::Good;
}

ExitCode packBuild(const Options &options)
{
    const auto written = engine::writePackArchive(options.pack, options.output);
    if (!written)
        return fail(written.error(), options.json);
    const Pack &pack = written->pack;
    if (options.json) {
        QJsonObject made = describe(pack);
        made.insert(u"file"_s, written->path);
        made.insert(u"sizeBytes"_s, written->sizeBytes);
        outJson(made);
    } else {
        out(u"Wrote %1: %2 %3, %4 files, %5 bytes"_s
                .arg(printable(written->path), pack.manifest.name, pack.manifest.version)
                .arg(pack.files.size())
                .arg(written->sizeBytes));
        out(u"digest %1"_s.arg(pack.digest));
    }
    return ExitCode::Good;
}

ExitCode packDigest(const Options &options)
{
    const auto pack = engine::readPack(options.pack);
    if (!pack)
        return fail(pack.error(), options.json);
    if (options.json) {
        QJsonObject described = describe(*pack);
        described.insert(u"files"_s, describe(pack->files));
        outJson(described);
    } else {
        out(pack->digest);
    }
    return ExitCode::Good;
}

} // namespace cli
