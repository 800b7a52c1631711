#pragma once

#include "engine/evidence/keys.h"

#include <QList>
#include <QStringList>

namespace engine {

inline const QString packRunPayloadType = QStringLiteral("application/vnd.stellaops.pack-run+json");
inline const QString approvalResponsePayloadType = QStringLiteral("application/vnd.stellaops.approval-response+json");

/// A DSSE envelope (secure-systems-lab/dsse protocol v1.0).
struct DsseEnvelope
{
    struct Signature
    {
        QString keyId{}; ///< A hint only; never what trust rests on.
        QByteArray signature{};

        bool operator==(const Signature &) const = default;
    };

    QString payloadType{};
    QByteArray payload{};
    QList<Signature> signatures{};

    /// Strict JSON; base64 standard or URL-safe, one alphabet a string; unknown members ignored; at most 16 MiB.
    static Result<DsseEnvelope> parse(QByteArrayView json);
    QByteArray toJson() const; ///< Canonical, standard padded base64.
    bool operator==(const DsseEnvelope &) const = default;
};

/// Pre-authentication encoding: "DSSEv1 LEN TYPE LEN PAYLOAD" (protocol v1.0, "PAE").
QByteArray preAuthEncoding(const QString &payloadType, const QByteArray &payload);

/// One signature over one payload. The payload type must be ASCII.
Result<DsseEnvelope> signDsse(const QString &payloadType, const QByteArray &payload, const SigningKey &key);

/// Ids of the distinct keys among candidates whose signature is in the envelope and holds.
/// The payload is trusted only when this satisfies the caller, and its type is checked only after that.
QStringList verifyDsse(const DsseEnvelope &envelope, const QList<PublicKey> &candidates);

} // namespace engine
