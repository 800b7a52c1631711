// LIBS: engine_evidence
#include "engine/evidence/log/log_entry.h"

/// A note that is accepted is written as the same bytes, a log's entry as the same value; what is refused
/// says why; nobody's key signed any of it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const engine::PublicKey key = engine::SigningKey::generate()->publicKey();
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    if (const auto note = engine::SignedNote::parse(bytes)) {
        if (note->toBytes() != bytes || engine::isSignedBy(*note, note->signatures.first().name, key))
            __builtin_trap();
        const auto checkpoint = engine::Checkpoint::parse(note->text);
        if (!checkpoint && checkpoint.error().message.isEmpty())
            __builtin_trap();
    } else if (note.error().message.isEmpty()) {
        __builtin_trap();
    }
    const auto entry = engine::LogEntry::parse(bytes);
    if (!entry) {
        if (entry.error().message.isEmpty())
            __builtin_trap();
        return 0;
    }
    const auto again = engine::LogEntry::parse(entry->toJson());
    if (!again || *again != *entry || engine::checkLogSignatures(*entry, {QStringLiteral("log"), key}))
        __builtin_trap();
    (void)engine::checkInclusion(*entry);
    (void)engine::checkSubject(*entry, {QStringLiteral("t"), "{}", {{{}, "s"}}}, key);
    return 0;
}
