// LIBS: engine_evidence
#include "engine/evidence/key_file.h"

/// What a key file says before it is opened: never more iterations than are done, a public half where there
/// is no passphrase, and an error that says something.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const auto pem =
        engine::SecretBytes::copyOf(QByteArrayView(reinterpret_cast<const char *>(data), qsizetype(size)));
    const auto facts = engine::parseKeyFile(pem, QStringLiteral("fuzz"));
    if (!facts) {
        if (facts.error().message.isEmpty())
            __builtin_trap();
        return 0;
    }
    if (!facts->isEncrypted && (!facts->publicKey || facts->iterations != 0))
        __builtin_trap();
    if (facts->isEncrypted && (facts->iterations < 1 || facts->iterations > engine::maxKeyIterations))
        __builtin_trap();
    return 0;
}
