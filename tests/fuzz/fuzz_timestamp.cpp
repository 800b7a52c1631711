// LIBS: engine_evidence
#include "engine/evidence/log/timestamp_token.h"

/// An answer that is accepted has a digest of the right length and a signature that can be asked about; one
/// that is refused says why.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const engine::PublicKey stranger = engine::SigningKey::generate()->publicKey();
    const auto token =
        engine::TimestampToken::parse(QByteArray(reinterpret_cast<const char *>(data), qsizetype(size)));
    if (!token) {
        if (token.error().message.isEmpty())
            __builtin_trap();
        return 0;
    }
    if (token->sha256().size() != 32 || token->checkSignature(stranger))
        __builtin_trap();
    for (const engine::PublicKey &key : token->keys()) {
        const auto checked = token->checkSignature(key);
        if (!checked && checked.error().message.isEmpty())
            __builtin_trap();
    }
    return 0;
}
