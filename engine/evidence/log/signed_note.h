#pragma once

#include "engine/evidence/keys.h"
#include "engine/evidence/log/merkle.h"

namespace engine {

/// Text and signatures over it (C2SP signed-note): the text, an empty line, one line for each signature.
struct SignedNote
{
    struct Signature
    {
        QString name{};       ///< Of the key.
        QByteArray keyHash{}; ///< The first 4 bytes of the key's hash, see noteKeyHashes(); a hint.
        QByteArray signature{};

        bool operator==(const Signature &) const = default;
    };

    static constexpr qsizetype maxBytes = 64 * 1024;
    static constexpr qsizetype maxSignatures = 64;

    QByteArray text{}; ///< What is signed: lines, the last line feed included.
    QList<Signature> signatures{};

    /// Strict: UTF-8 without control characters but line feeds, strict base64, nothing after the last
    /// signature, at most maxBytes and maxSignatures. Fails with InvalidInput, at a line where there is one.
    static Result<SignedNote> parse(QByteArrayView note);
    QByteArray toBytes() const;
    bool operator==(const SignedNote &) const = default;
};

/// The hashes under which a log may name its key in a note, each 4 bytes long. ECDSA: of the DER
/// SubjectPublicKeyInfo, as Rekor has it. Ed25519: of name, line feed, 0x01 and the 32 bytes of the key, as
/// C2SP has it and Rekor's second generation uses it; or as for ECDSA, which the first generation uses.
QList<QByteArray> noteKeyHashes(const QString &name, const PublicKey &key);

/// Whether the note names this key: by name and hash.
bool namesKey(const SignedNote &note, const QString &name, const PublicKey &key);
/// Whether a signature that names this key holds.
bool isSignedBy(const SignedNote &note, const QString &name, const PublicKey &key);

/// What a log says of its tree (C2SP tlog-checkpoint).
struct Checkpoint
{
    QString origin{};
    merkle::TreeHead tree{};

    /// Reads the text of a note: origin, size, root, and further lines that are not looked at. Fails with
    /// InvalidInput, at a line.
    static Result<Checkpoint> parse(const QByteArray &text);
    bool operator==(const Checkpoint &) const = default;
};

} // namespace engine
