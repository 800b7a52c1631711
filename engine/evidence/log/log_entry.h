#pragma once

#include "engine/evidence/dsse.h"
#include "engine/evidence/log/signed_note.h"

namespace engine {

/// An entry of a transparency log with all that proves it, as sigstore bundles have it (the
/// TransparencyLogEntry of its protobuf-specs, in JSON). A first-generation Rekor log gives the same in
/// another form.
struct LogEntry
{
    static constexpr qsizetype maxBytes = 256 * 1024;
    static constexpr qsizetype maxHashes = 64; ///< Of the proof: no tree is higher.

    quint64 logIndex = 0; ///< Over all trees of the log; in its tree the entry stands at proofIndex.
    QByteArray logId{};
    QString kind{};
    QString version{};
    quint64 integratedTimeSeconds = 0; ///< Since 1970; proven only by signedEntryTimestamp.
    QByteArray signedEntryTimestamp{}; ///< Empty when the log gives none.
    quint64 proofIndex = 0;
    merkle::TreeHead tree{};
    QList<QByteArray> hashes{};
    QByteArray checkpoint{}; ///< A signed note.
    QByteArray body{};       ///< The leaf.

    /// Strict JSON: unknown members, numbers that are not decimal and base64 that is not strict are errors.
    /// Fails with InvalidInput that carries a JSON Pointer.
    static Result<LogEntry> parse(QByteArrayView json);
    QByteArray toJson() const; ///< Canonical.
    bool operator==(const LogEntry &) const = default;
};

/// The log whose key is key and calls itself name in its signed notes.
struct LogKey
{
    QString name;
    PublicKey key;
};

/// Whether the proof leads from the body to the root of the checkpoint, whoever signed that. Gives the
/// checkpoint; fails with InvalidInput.
Result<Checkpoint> checkInclusion(const LogEntry &entry);

/// Whether the body is about the envelope's signature by signer: kinds dsse 0.0.1 and hashedrekord 0.0.2, the
/// latter of the envelope's pre-authentication encoding. Fails with InvalidInput, with Unsupported for
/// another kind.
Result<> checkSubject(const LogEntry &entry, const DsseEnvelope &envelope, const PublicKey &signer);

/// Whether the log has signed the checkpoint and, where there is one, the entry's timestamp. Fails with
/// InvalidInput, with UntrustedKey when the checkpoint does not name the log's key.
Result<> checkLogSignatures(const LogEntry &entry, const LogKey &log);

/// What a signed entry timestamp signs: the canonical JSON of body, integratedTime, logID and logIndex.
QByteArray entryTimestampPayload(const LogEntry &entry);

} // namespace engine
