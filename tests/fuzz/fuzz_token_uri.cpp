// LIBS: engine_evidence
#include "engine/evidence/token/token_uri.h"

/// A URI that is read is written as one that is read as the same; an error says something.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QString text = QString::fromUtf8(reinterpret_cast<const char *>(data), qsizetype(size));
    const auto uri = engine::TokenUri::parse(text);
    if (!uri) {
        if (uri.error().message.isEmpty())
            __builtin_trap();
        return 0;
    }
    const QString written = uri->toString();
    if (written.size() > 1024)
        return 0; // Encoded it is longer than what is read.
    const auto again = engine::TokenUri::parse(written);
    if (!again || !(*again == *uri) || again->toString() != written)
        __builtin_trap();
    return 0;
}
