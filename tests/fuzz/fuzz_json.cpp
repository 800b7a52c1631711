// LIBS: engine_base
#include "engine/base/json.h"

#include <cstddef>
#include <cstdint>

/// Whatever the reader accepts is UTF-8 and has one canonical form, which reads back to itself; every refusal
/// says why and where.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const auto value = engine::parseJson(QByteArrayView(data, qsizetype(size)), QStringLiteral("fuzz"));
    if (!value) {
        if (value.error().message.isEmpty() || value.error().where.line < 1 || value.error().where.column < 1)
            __builtin_trap();
        return 0;
    }
    const QByteArray text(reinterpret_cast<const char *>(data), qsizetype(size));
    if (QString::fromUtf8(text).toUtf8() != text)
        __builtin_trap();
    const auto canonical = engine::canonicalJson(*value);
    if (!canonical)
        __builtin_trap();
    const auto again = engine::parseJson(*canonical, {}, {.maxBytes = canonical->size()});
    if (!again || engine::canonicalJsonOf(*again) != *canonical)
        __builtin_trap();
    const QByteArray pretty = engine::prettyJson(*value);
    const auto read = engine::parseJson(pretty, {}, {.maxBytes = pretty.size()});
    if (!read || engine::canonicalJsonOf(*read) != *canonical)
        __builtin_trap();
    return 0;
}
