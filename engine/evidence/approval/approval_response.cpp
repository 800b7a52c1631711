#include "engine/evidence/approval/approval_response.h"

#include "engine/evidence/approval/strict_texts.h"

using namespace Qt::StringLiterals;

namespace engine {

ApprovalResponse answerTo(const OpenedRequest &opened, Verdict verdict, const QString &approver,
                          const QString &reason, Timestamp now)
{
    const ApprovalRequest &request = opened.request;
    const GateRequest &gate = request.view.gate;
    ApprovalResponse response;
    response.statement = {gate.run, gate.path, gate.revision, gate.planHash,
                          verdict,  approver,  reason,        shownDigest(request.view),
                          now};
    response.requestDigest = opened.digest;
    response.requestId = request.id;
    response.nonce = request.nonce;
    response.audience = request.engineKey.keyId();
    response.expiresAt = gate.expiresAt;
    return response;
}

QJsonObject toJson(const ApprovalResponse &response)
{
    QJsonObject json = toJson(response.statement);
    json.insert(u"requestDigest"_s, response.requestDigest);
    json.insert(u"requestId"_s, response.requestId);
    json.insert(u"nonce"_s, response.nonce);
    json.insert(u"audience"_s, response.audience);
    json.insert(u"expiresAt"_s, toIso(response.expiresAt));
    return json;
}

Result<ApprovalResponse> approvalResponseFromJson(const QJsonObject &json)
{
    const auto statement = decisionStatementFromJson(json);
    if (!statement)
        return statement.error();
    std::optional<Error> problem;
    JsonMembers members(json, {}, problem);
    ApprovalResponse response;
    response.statement = *statement;
    response.requestDigest = digestText(members, u"requestDigest"_s);
    response.requestId = ulidText(members, u"requestId"_s);
    response.nonce = nonceText(members);
    response.audience = keyIdText(members, u"audience"_s);
    response.expiresAt = timeText(members, u"expiresAt"_s);
    return problem ? Result<ApprovalResponse>(*problem) : response;
}

bool isApprovalResponse(const QJsonObject &decision)
{
    return decision.contains(u"requestId"_s);
}

Result<DsseEnvelope> signApprovalResponse(const ApprovalResponse &response, const Signer &approver)
{
    const auto payload = canonicalJson(toJson(response));
    if (!payload)
        return payload.error();
    constexpr qsizetype besidesPayload = 4096;
    if (payload->size() / 3 * 4 > maxApprovalResponseBytes - besidesPayload)
        return invalid(u"the reason is too long: with it, a response has more than %1 bytes"_s.arg(
            maxApprovalResponseBytes));
    return signDsse(approvalResponsePayloadType, *payload, approver);
}

Result<DsseEnvelope> parseResponseEnvelope(QByteArrayView file, const QString &fileName)
{
    const auto failed = [&fileName](Error error) {
        error.where.file = fileName;
        return error;
    };
    auto envelope = DsseEnvelope::parse(file, {.maxBytes = maxApprovalResponseBytes});
    if (!envelope)
        return failed(envelope.error());
    if (envelope->signatures.size() != 1)
        return failed({ErrorCode::InvalidInput,
                       u"a response has one signature, not %1"_s.arg(envelope->signatures.size()),
                       {{}, 0, 0, u"/signatures"_s},
                       {}});
    return envelope;
}

} // namespace engine
