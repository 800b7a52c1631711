#include "manifest_samples.h"

#include "engine/base/digest.h"
#include "engine/pack/reader/manifest_reader.h"

#include <QDir>
#include <QFile>

using namespace Qt::StringLiterals;
using namespace engine;

namespace {

const QByteArray top = "apiVersion: stellaops.io/pack.v1\nkind: TaskPack\n";
const QByteArray goodMetadata = "metadata: { name: p, version: 1.0.0 }\nspec:\n";
const QByteArray goodSteps = "  steps: [{ id: a, run: { uses: builtin:exec, with: { command: [x] } } }]\n";

const QMap<QString, QByteArray> &filesOfPack()
{
    static const QMap<QString, QByteArray> files{
        {u"modules/plain/module.yaml"_s, "apiVersion: stellaops.io/module.v1\nkind: Module\nmetadata: { "
                                         "name: plain }\nspec: { command: [x] }\n"},
        {u"modules/render/module.yaml"_s, R"(apiVersion: stellaops.io/module.v1
kind: Module
metadata: { name: render }
spec:
  inputs:
    - { name: title, type: string, required: true }
    - { name: scale, type: number, default: 1.5 }
    - { name: pages, type: array, schema: { items: { type: integer } } }
  outputs: [{ name: path }]
  command: [./render.sh, "{{ inputs.title }}"]
)"},
        {u"modules/render/render.sh"_s, "#!/bin/sh\n"},
        {u"schemas/limit.json"_s, R"({"type": "integer"})"},
    };
    return files;
}

QByteArray around(const QString &kind, const QByteArray &part)
{
    if (kind == "whole"_L1)
        return part;
    if (kind == "metadata"_L1)
        return top + "metadata: " + part + "spec:\n" + goodSteps;
    if (kind == "spec"_L1)
        return top + goodMetadata + part;
    if (kind == "before"_L1)
        return top + goodMetadata + part + goodSteps;
    if (kind == "run"_L1 || kind == "pack"_L1)
        return top + goodMetadata
               + "  inputs: [{ name: target, type: string }, { name: package, type: file }]\n"
                 "  steps:\n    - id: a\n      run: { "
               + part.chopped(1) + " }\n";
    qFatal("unknown kind of sample \"%s\"", qPrintable(kind));
}

ManifestSample parseSample(const QString &name, const QByteArray &text)
{
    const qsizetype line = text.indexOf('\n') + 1;
    const QStringList words = QString::fromUtf8(text.first(line)).trimmed().split(u", "_s);
    const qsizetype end = text.indexOf("~~~\n", line);
    ManifestSample sample;
    sample.name = name;
    sample.yaml = around(words[0], text.sliced(line, (end < 0 ? text.size() : end) - line));
    sample.isInPack = words[0] == "pack"_L1;
    if ((words.size() == 2) != (end >= 0) || (end >= 0 && words[1] != "schema"_L1 && words[1] != "reader"_L1))
        qFatal("sample \"%s\" is not written as manifest_samples.h says", qPrintable(name));
    if (end < 0)
        return sample;
    sample.isSeenBySchema = words[1] == "schema"_L1;
    sample.error = QString::fromUtf8(text.sliced(end + 4)).trimmed();
    return sample;
}

} // namespace

QList<ManifestSample> manifestSamples(const QString &folder)
{
    QList<ManifestSample> samples;
    const QDir dir(QStringLiteral(SOURCE_DIR "/tests/pack/manifests/") + folder);
    for (const QFileInfo &info : dir.entryInfoList({u"*.txt"_s}, QDir::Files, QDir::Name)) {
        QFile file(info.filePath());
        if (!file.open(QIODevice::ReadOnly))
            qFatal("cannot read \"%s\"", qPrintable(info.filePath()));
        const QByteArray text = '\n' + file.readAll();
        for (qsizetype at = text.indexOf("\n=== "); at >= 0;) {
            const qsizetype next = text.indexOf("\n=== ", at + 1);
            const QByteArray part = text.sliced(at + 5, (next < 0 ? text.size() : next + 1) - at - 5);
            const qsizetype line = part.indexOf('\n');
            const QString name = info.baseName() + u": "_s + QString::fromUtf8(part.first(line));
            samples += parseSample(name, part.sliced(line + 1));
            at = next;
        }
    }
    return samples;
}

Result<Manifest> readSample(const ManifestSample &sample)
{
    if (!sample.isInPack)
        return parseManifest(sample.yaml, u"p.yaml"_s);
    QList<PackFile> files;
    for (auto file = filesOfPack().begin(); file != filesOfPack().end(); ++file)
        files += PackFile{file.key(), file.key().endsWith(".sh"_L1), file->size(), sha256Hex(*file)};
    const auto read = [](const QString &path) -> Result<QByteArray> {
        if (!filesOfPack().contains(path))
            return Error{ErrorCode::NotFound, u"there is no file \"%1\" in the pack"_s.arg(path), {}, {}};
        return filesOfPack().value(path);
    };
    auto reading = readManifest(sample.yaml, u"p.yaml"_s, read, files);
    if (!reading)
        return reading.error();
    return std::move(reading->manifest);
}
