// LIBS: engine_pack
#include "engine/pack/reader/manifest_reader.h"
#include "tests/fuzz/yaml_text.h"

#include <cstddef>
#include <cstdint>

using namespace Qt::StringLiterals;
using namespace engine;

static const QByteArray manifest = R"(apiVersion: stellaops.io/pack.v1
kind: TaskPack
metadata: { name: p, version: 1.0.0 }
spec:
  steps:
    - { id: a, run: { uses: ./modules/m } }
    - { id: b, run: { uses: ./modules/m, with: { x: "{{ steps.a.outputs.y }}" } } }
)";

/// The text as the module.yaml of a module that two steps use: every problem says something, and stands where
/// it says, in the manifest or in the module.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray text(reinterpret_cast<const char *>(data), qsizetype(size));
    const QString path = u"modules/m/module.yaml"_s;
    const QList<PackFile> files{{path, false, text.size(), sha256Hex(text)},
                                {u"modules/m/run.sh"_s, true, 0, sha256Hex("")},
                                {u"pack.yaml"_s, false, manifest.size(), sha256Hex(manifest)}};
    const auto readFile = [&](const QString &name) -> Result<QByteArray> {
        if (name == path)
            return text;
        return Error{ErrorCode::NotFound, u"there is no file \"%1\""_s.arg(name), {}, {}};
    };
    const auto reading = readManifest(manifest, u"pack.yaml"_s, readFile, files);
    if (reading) {
        const ModuleSpec *module = reading->manifest.module(u"m"_s);
        yaml::check(module && module->name == u"m"_s && !module->command.isEmpty());
        yaml::check(reading->manifest.steps.first().run.module.digest == module->digest);
        yaml::check(reading->meanings.keys() == QStringList({path, u"pack.yaml"_s}));
        return 0;
    }
    for (const Error &part : partsOf(reading.error())) {
        yaml::check(part.where.file == path || part.where.file == u"pack.yaml"_s);
        yaml::checkError(part, part.where.file == path ? text : manifest);
    }
    return 0;
}
