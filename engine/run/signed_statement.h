#pragma once

#include "engine/evidence/trust.h"

#include <QJsonObject>

namespace engine {

/// What an approver signed, and with which key.
struct SignedStatement
{
    TrustedKey signer;
    QJsonObject statement{};
};

/// Opens what somebody who decides has signed.
///
/// @param what  "decision" or "withdrawal", for the message
/// Fails with UntrustedKey when no key that is trusted for decisions now has signed it, with RevokedKey when
/// one did that was revoked; with InvalidInput for what cannot be read or is of another type.
Result<SignedStatement> openSigned(const QByteArray &envelope, const QString &payloadType,
                                   const QString &what, const TrustStore &trust, Timestamp now);

} // namespace engine
