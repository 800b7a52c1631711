#pragma once

#include "engine/base/json.h"
#include "engine/evidence/keys.h"

#include <QList>
#include <QStringList>

namespace engine {

inline const QString packRunPayloadType = QStringLiteral("application/vnd.stellaops.pack-run+json");
inline const QString approvalResponsePayloadType =
    QStringLiteral("application/vnd.stellaops.approval-response+json");
inline const QString approvalWithdrawalPayloadType =
    QStringLiteral("application/vnd.stellaops.approval-withdrawal+json");

/// A DSSE envelope (secure-systems-lab/dsse protocol v1.0).
struct DsseEnvelope
{
    struct Signature
    {
        QString keyId{}; ///< A hint only; never what trust rests on. Empty when absent or null.
        QByteArray signature{};

        bool operator==(const Signature &) const = default;
    };

    static constexpr qsizetype maxSignatures = 64;

    QString payloadType{};
    QByteArray payload{};
    QList<Signature> signatures{};

    /// Strict JSON; base64 standard or URL-safe, one alphabet a string, padded, no space and no stray bits;
    /// unknown members ignored; at most maxSignatures and, unless limits say otherwise, 16 MiB.
    static Result<DsseEnvelope> parse(QByteArrayView json, const JsonLimits &limits = {});
    QByteArray toJson() const; ///< Canonical, standard padded base64.
    bool operator==(const DsseEnvelope &) const = default;
};

/// Pre-authentication encoding: "DSSEv1 LEN TYPE LEN PAYLOAD" (protocol v1.0, "PAE"). Lengths are of UTF-8
/// bytes.
QByteArray preAuthEncoding(const QString &payloadType, const QByteArray &payload);

/// One signature over one payload. Fails with InvalidInput when the payload type is empty or not printable
/// ASCII, with Crypto when signing does.
Result<DsseEnvelope> signDsse(const QString &payloadType, const QByteArray &payload, const Signer &signer);

/// Ids of the distinct keys among candidates whose signature is in the envelope and holds, in the order of
/// candidates. The payload is trusted only when this satisfies the caller, and its type is checked only after
/// that.
QStringList verifyDsse(const DsseEnvelope &envelope, const QList<PublicKey> &candidates);

/// A payload that enough trusted keys have signed.
struct VerifiedPayload
{
    QString payloadType{};
    QByteArray payload{};
    QStringList keyIds{}; ///< Of the trusted keys that signed it.

    bool operator==(const VerifiedPayload &) const = default;
};

/// Everything a reader must do with an envelope, in the right order: parse it, count the distinct trusted
/// keys that signed it, and only then look at the payload type.
///
/// Fails with InvalidInput when the envelope is malformed or its payload type is not among allowedTypes, with
/// UntrustedKey when fewer than threshold (at least 1) trusted keys signed it.
Result<VerifiedPayload> openDsse(QByteArrayView json, const QList<PublicKey> &trusted,
                                 const QStringList &allowedTypes, int threshold = 1);

} // namespace engine
