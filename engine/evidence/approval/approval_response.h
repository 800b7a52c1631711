#pragma once

#include "engine/evidence/approval/approval_request.h"

namespace engine {

/// The most bytes of an `.approval-response.json`.
inline constexpr qsizetype maxApprovalResponseBytes = 128 * 1024;

/// A decision that answers an ApprovalRequest.
///
/// As a file it is a DSSE envelope with one signature, by the approver, of type approvalResponsePayloadType.
/// The payload is that of a live decision, schema "stellaops.approval-response/v1", and besides has
/// "requestDigest", "requestId", "nonce", "audience" and "expiresAt". So it stands in the evidence like a
/// decision that was made beside the engine.
struct ApprovalResponse
{
    DecisionStatement statement{};
    QString requestDigest{}; ///< See requestDigest().
    QString requestId{};
    QString nonce{};
    QString audience{};    ///< The engine's key id.
    Timestamp expiresAt{}; ///< Not accepted from then on; at the latest when the request expires.

    bool operator==(const ApprovalResponse &) const = default;
};

/// The answer to a request, before it is signed.
ApprovalResponse answerTo(const OpenedRequest &opened, Verdict verdict, const QString &approver,
                          const QString &reason, Timestamp now);

QJsonObject toJson(const ApprovalResponse &response);
/// Members that it does not know are left aside. Fails with InvalidInput.
Result<ApprovalResponse> approvalResponseFromJson(const QJsonObject &json);
/// Whether a decision's payload answers a request, so that it counts only when the request is open.
bool isApprovalResponse(const QJsonObject &decision);

/// Fails with InvalidInput when the response would be longer than maxApprovalResponseBytes, and as signDsse()
/// does.
Result<DsseEnvelope> signApprovalResponse(const ApprovalResponse &response, const Signer &approver);

/// Reads the envelope of an `.approval-response.json`: one signature. Who signed it and what it says is for
/// the caller to see, in that order. Fails with InvalidInput.
///
/// @param fileName  for errors only
Result<DsseEnvelope> parseResponseEnvelope(QByteArrayView file, const QString &fileName = {});

} // namespace engine
