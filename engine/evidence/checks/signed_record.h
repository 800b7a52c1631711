#pragma once

#include "engine/evidence/checks/checks.h"

namespace engine {

/// A signed statement that the journal names by the digest of its envelope.
struct SignedRecord
{
    Finding finding{};       ///< Failed: it is not there, cannot be read, or nobody known has signed it.
    QJsonObject statement{}; ///< The payload.
    QString keyId{};         ///< Of the key that signed it, which the reader knows and may not trust.
};

/// @param who  how the statement is called in findings
SignedRecord openRecord(const Bundle &bundle, const QString &sha256, const QString &payloadType,
                        const QString &who);

/// Whether the key is this person's and is trusted for decisions.
Finding checkPerson(const Bundle &bundle, const QString &keyId, const QString &person, Timestamp at,
                    const QString &who);

/// Whether a withdrawal of the gate is what the journal says and was signed by the approver whose approval it
/// takes back. Whether there is such an approval is for the caller to say.
Finding checkWithdrawal(const Bundle &bundle, const GateFacts &gate, const AcceptedDecision &recorded,
                        const QString &planHash);

} // namespace engine
