// LIBS: engine_evidence
#include "engine/evidence/dsse.h"

/// An envelope that is accepted is written and read back as the same value; one that is refused says why.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const auto envelope = engine::DsseEnvelope::parse(QByteArrayView(data, qsizetype(size)));
    if (!envelope) {
        if (envelope.error().message.isEmpty())
            __builtin_trap();
        return 0;
    }
    const auto again = engine::DsseEnvelope::parse(envelope->toJson());
    if (!again || *again != *envelope)
        __builtin_trap();
    if (!engine::verifyDsse(*envelope, {}).isEmpty())
        __builtin_trap(); // Nobody is trusted.
    return 0;
}
