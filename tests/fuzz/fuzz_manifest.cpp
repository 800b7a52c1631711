// LIBS: engine_pack
#include "engine/pack/pack.h"
#include "engine/pack/yaml/yaml_document.h"
#include "tests/fuzz/yaml_text.h"

#include <cstddef>
#include <cstdint>

using namespace Qt::StringLiterals;
using namespace engine;

namespace {

/// Lines and columns depend on the form; the JSON Pointers do not.
// NOLINTNEXTLINE(misc-no-recursion): steps of a manifest are nested at most 8 levels deep
void forgetLines(QList<StepSpec> &steps)
{
    for (StepSpec &step : steps) {
        step.where.line = step.where.column = 0;
        forgetLines(step.children);
    }
}

/// The document in its canonical form says the same.
void checkCanonical(Manifest manifest, const QByteArray &text)
{
    const auto document = readYaml(text, u"fuzz"_s);
    yaml::check(document && document->problems.isEmpty());
    const QJsonValue json = toJson(*document->root);
    yaml::check(bool(canonicalJson(json)));
    if (!yaml::hasShortNames(json))
        return;
    const QByteArray again = yaml::textOf(json);
    const auto read = readYaml(again, u"fuzz"_s);
    yaml::check(read && read->problems.isEmpty());
    yaml::check(meaningOf(*read->root) == meaningOf(*document->root));

    auto other = parseManifest(again, u"fuzz"_s);
    yaml::check(bool(other));
    for (QList<StepSpec> *steps : {&manifest.steps, &manifest.finally, &other->steps, &other->finally})
        forgetLines(*steps);
    yaml::check(manifest == *other);
}

} // namespace

/// A manifest that is accepted means the same in canonical form; every problem says something, stands in the
/// document, and can be shown.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray text(reinterpret_cast<const char *>(data), qsizetype(size));
    const auto manifest = parseManifest(text, u"fuzz"_s);
    if (manifest) {
        // To hold a manifest proves that it is valid; some of what that means.
        yaml::check(!manifest->name.isEmpty() && !manifest->version.isEmpty() && !manifest->steps.isEmpty());
        checkCanonical(*manifest, text);
        return 0;
    }
    yaml::check(!manifest.error().message.isEmpty());
    for (const Error &part : partsOf(manifest.error())) {
        yaml::checkError(part, text);
        (void)sourceExcerpt(text, part.where);
    }
    return 0;
}
