#pragma once

#include "engine/evidence/dsse.h"
#include "engine/plan/plan.h"
#include "engine/record/approval_request.h"
#include "engine/record/gate_view.h"

namespace engine {

inline const QString approvalRequestPayloadType =
    QStringLiteral("application/vnd.stellaops.approval-request+json");

/// The most bytes of an `.approval-request.json`.
inline constexpr qsizetype maxApprovalRequestBytes = 64 * 1024 * 1024;

/// What an engine asks somebody who cannot reach it, whole enough to be looked at and decided on anywhere.
///
/// As a file it is a DSSE envelope (secure-systems-lab/dsse protocol v1.0) with one signature, by the engine.
/// Its payload is canonical JSON (RFC 8785), schema "stellaops.approval-request/v1": "requestId", "nonce" (32
/// hex digits), "engineId" (the key id), "engineKey" (PEM), "runId", "gate", "revision", "attempt",
/// "approval", "planHash", "plan", "packName", "packVersion", "packDigest", "inputs" (name to digest),
/// "next", "required", "approvers", "allowSelfApproval", "requireReason", "requestedBy", "requestedAt",
/// "createdAt", "expiresAt", "journal" {"sequence", "hash"}, "decisions" (those accepted so far), and where
/// there are such, "title", "message" and "reasonSuggestion".
struct ApprovalRequest
{
    Plan plan;
    PublicKey engineKey;
    QString id{};    ///< ULID.
    QString nonce{}; ///< See newNonce().
    GateView view{}; ///< What a person is shown; its gate is open.
    int attempt = 1; ///< Of the gate's step, which is attempted once for each revision.
    /// What was decided at this revision before, as far as people are shown it: without ids and envelopes.
    QList<Decision> decisions{};
    JournalHead head{}; ///< Of the run's journal when it was exported.
    Timestamp createdAt{};
};

/// 128 bits of the system's secure generator, as 32 hex digits.
QString newNonce();

/// "sha256:" and hex of the payload: what a response names. Not of the file, so that a line feed that was
/// added on the way changes nothing.
QString requestDigest(const DsseEnvelope &request);
QString nonceDigest(const QString &nonce); ///< "sha256:" and hex.

/// Fails with Unsupported when the request would be longer than maxApprovalRequestBytes, and as signDsse()
/// does.
///
/// @param engineKey  that of request.engineKey
Result<DsseEnvelope> signApprovalRequest(const ApprovalRequest &request, const Signer &engineKey);

/// A request as it was read.
struct OpenedRequest
{
    ApprovalRequest request;
    QString digest{}; ///< See requestDigest().
};

/// Reads an `.approval-request.json` strictly, members that it does not know aside. That it can be read says
/// that it is whole and signed by the key it names, not that anybody trusts that key.
///
/// Fails with InvalidInput at the JSON Pointer of the first problem: no envelope of one signature and this
/// type, a missing member, rules, inputs or next steps that are not those of the plan; with PlanHashMismatch
/// when the plan is not the one of its planHash; with UntrustedKey when the signature is not by the key that
/// the request names.
///
/// @param fileName  for errors only
Result<OpenedRequest> readApprovalRequest(QByteArrayView file, const QString &fileName = {});

} // namespace engine
