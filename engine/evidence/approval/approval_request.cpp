#include "engine/evidence/approval/approval_request.h"

#include "engine/base/digest.h"
#include "engine/evidence/approval/input_digests.h"

#include <QRandomGenerator>

using namespace Qt::StringLiterals;

namespace engine {

static const QString requestSchema = u"stellaops.approval-request/v1"_s;

QString newNonce()
{
    QString nonce;
    for (int i = 0; i < 4; ++i)
        nonce += u"%1"_s.arg(QRandomGenerator::system()->generate(), 8, 16, QLatin1Char('0'));
    return nonce;
}

QString requestDigest(const DsseEnvelope &request)
{
    return u"sha256:"_s + sha256Hex(request.payload);
}

QString nonceDigest(const QString &nonce)
{
    return u"sha256:"_s + sha256Hex(nonce.toUtf8());
}

QJsonObject inputDigests(const Plan &plan)
{
    QJsonObject digests;
    const QJsonObject &inputs = plan.inputs();
    for (auto input = inputs.begin(); input != inputs.end(); ++input) {
        const QString sha256 = input.value()[u"file"_s][u"sha256"_s].toString();
        digests.insert(input.key(), sha256.isEmpty() ? u"redacted"_s : u"sha256:"_s + sha256);
    }
    return digests;
}

static QJsonArray decisionsJson(const QList<Decision> &decisions)
{
    QJsonArray list;
    for (const Decision &decision : decisions) {
        const DecisionStatement &said = decision.statement;
        QJsonObject json{{u"approver"_s, said.approver},
                         {u"decision"_s, toString(said.verdict)},
                         {u"reason"_s, said.reason},
                         {u"decidedAt"_s, toIso(said.decidedAt)}};
        if (decision.withdrawal) {
            json.insert(u"withdrawnAt"_s, toIso(decision.withdrawal->statement.withdrawnAt));
            json.insert(u"withdrawalReason"_s, decision.withdrawal->statement.reason);
        }
        list += json;
    }
    return list;
}

static QJsonObject payloadOf(const ApprovalRequest &request)
{
    const PublicKey &key = request.engineKey;
    QJsonObject json = toJson(request.view.gate);
    json.remove(u"state"_s);
    json.insert(u"schema"_s, requestSchema);
    json.insert(u"requestId"_s, request.id);
    json.insert(u"nonce"_s, request.nonce);
    json.insert(u"engineId"_s, key.keyId());
    json.insert(u"engineKey"_s, QString::fromLatin1(key.pem()));
    json.insert(u"attempt"_s, request.attempt);
    json.insert(u"plan"_s, request.plan.toJson());
    json.insert(u"packName"_s, request.view.packName);
    json.insert(u"packVersion"_s, request.view.packVersion);
    json.insert(u"packDigest"_s, request.view.packDigest);
    json.insert(u"inputs"_s, inputDigests(request.plan));
    json.insert(u"next"_s, toJson(request.view).value(u"next"_s));
    json.insert(u"decisions"_s, decisionsJson(request.decisions));
    json.insert(u"createdAt"_s, toIso(request.createdAt));
    json.insert(u"journal"_s,
                QJsonObject{{u"sequence"_s, request.head.sequence}, {u"hash"_s, request.head.hash}});
    return json;
}

Result<DsseEnvelope> signApprovalRequest(const ApprovalRequest &request, const Signer &engineKey)
{
    const auto payload = canonicalJson(payloadOf(request));
    if (!payload)
        return payload.error();
    constexpr qsizetype besidesPayload = 4096;
    if (payload->size() / 3 * 4 > maxApprovalRequestBytes - besidesPayload)
        return Error{ErrorCode::Unsupported,
                     u"the plan is too large for a request: with it, a file has more than %1 bytes"_s.arg(
                         maxApprovalRequestBytes),
                     {},
                     {}};
    return signDsse(approvalRequestPayloadType, *payload, engineKey);
}

} // namespace engine
