// LIBS: engine_pack
#include "engine/pack/pack.h"

#include <cstddef>
#include <cstdint>

/// Every problem says something, stands in the document that was given, and can be shown.
static void check(const engine::Error &error, const QByteArray &text)
{
    if (error.message.isEmpty() || error.where.line < 1 || error.where.column < 1)
        __builtin_trap();
    const auto lines = text.count('\n') + 1;
    if (error.where.line > lines + 1)
        __builtin_trap();
    (void)engine::sourceExcerpt(text, error.where);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray text(reinterpret_cast<const char *>(data), qsizetype(size));
    const auto manifest = engine::parseManifest(text, QStringLiteral("fuzz"));
    if (manifest) {
        // To hold a manifest proves that it is valid; some of what that means.
        if (manifest->name.isEmpty() || manifest->version.isEmpty() || manifest->steps.isEmpty())
            __builtin_trap();
        return 0;
    }
    if (manifest.error().message.isEmpty())
        __builtin_trap();
    if (manifest.error().causes.isEmpty())
        check(manifest.error(), text);
    for (const engine::Error &cause : manifest.error().causes)
        check(cause, text);
    return 0;
}
