// LIBS: engine_evidence
#include "engine/evidence/trust.h"

/// A trust file that is accepted is written and read back as the same one, and its key ids are those of its
/// keys.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray json(reinterpret_cast<const char *>(data), qsizetype(size));
    const auto store = engine::TrustStore::parse(json, QStringLiteral("fuzz"));
    if (!store) {
        if (store.error().message.isEmpty())
            __builtin_trap();
        return 0;
    }
    const auto again = engine::TrustStore::parse(store->toJson(), QStringLiteral("again"));
    if (!again || again->toJson() != store->toJson())
        __builtin_trap();
    for (const engine::TrustedKey &trusted : store->keys()) {
        if (store->find(trusted.key.keyId()) != &trusted || trusted.roles.isEmpty())
            __builtin_trap();
    }
    return 0;
}
