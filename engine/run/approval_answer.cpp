#include "engine/run/approval_answer.h"

#include "engine/run/signed_statement.h"

using namespace Qt::StringLiterals;

namespace engine {

static Error refused(ErrorCode code, const QString &message)
{
    return {code, message, {}, {}};
}

Result<SignedResponse> openResponse(const QByteArray &file, const TrustStore &trust, Timestamp now)
{
    if (const auto envelope = parseResponseEnvelope(file); !envelope)
        return envelope.error();
    const auto opened = openSigned(file, approvalResponsePayloadType, u"response"_s, trust, now);
    if (!opened)
        return opened.error();
    const auto response = approvalResponseFromJson(opened->statement);
    if (!response)
        return response.error();
    return SignedResponse{opened->signer, *response};
}

/// What the response says of the request that the request is not; empty when all is the same.
static QString differenceOf(const ExportedRequest &request, const ApprovalResponse &response)
{
    const DecisionStatement &said = response.statement;
    const auto other = [](const QString &name, const QString &found, const QString &asked) {
        return u"its %1 is \"%2\", the request's is \"%3\""_s.arg(name, found, asked);
    };
    if (said.run != request.run)
        return other(u"run"_s, said.run.value, request.run.value);
    if (said.path != request.path)
        return other(u"gate"_s, said.path, request.path);
    if (said.revision != request.revision)
        return other(u"revision"_s, QString::number(said.revision), QString::number(request.revision));
    if (said.planHash != request.planHash)
        return other(u"planHash"_s, said.planHash, request.planHash);
    if (nonceDigest(response.nonce) != request.nonceDigest)
        return u"its nonce is not the request's"_s;
    if (response.requestDigest != request.requestDigest)
        return other(u"requestDigest"_s, response.requestDigest, request.requestDigest);
    if (response.expiresAt > request.expiresAt)
        return u"it expires at %1, after the request, which does at %2"_s.arg(toIso(response.expiresAt),
                                                                              toIso(request.expiresAt));
    return {};
}

/// When it says it was decided, which the evidence is judged by later, must be possible.
static QString wrongTime(const ExportedRequest &request, const SignedResponse &signedResponse, Timestamp now)
{
    const Timestamp decidedAt = signedResponse.response.statement.decidedAt;
    const TrustedKey &key = signedResponse.signer;
    if (decidedAt < request.createdAt - maxClockDifference)
        return u"it was decided at %1, before the request was made at %2"_s.arg(toIso(decidedAt),
                                                                                toIso(request.createdAt));
    if (decidedAt > now + maxClockDifference)
        return u"it was decided at %1, and here it is %2"_s.arg(toIso(decidedAt), toIso(now));
    if ((key.notBefore && decidedAt < *key.notBefore) || (key.notAfter && decidedAt > *key.notAfter))
        return u"it was decided at %1, when the key of \"%2\" was not valid"_s.arg(toIso(decidedAt),
                                                                                   key.name);
    return {};
}

Result<> checkAnswer(const ExportedRequest &request, const SignedResponse &signedResponse, Timestamp now)
{
    const ApprovalResponse &response = signedResponse.response;
    QString wrong = differenceOf(request, response);
    if (wrong.isEmpty())
        wrong = wrongTime(request, signedResponse, now);
    if (!wrong.isEmpty())
        return refused(ErrorCode::RequestMismatch,
                       u"the response does not fit request %1: %2"_s.arg(request.id, wrong));
    if (now >= response.expiresAt || response.statement.decidedAt >= response.expiresAt)
        return refused(ErrorCode::ResponseExpired,
                       u"the response expired at %1"_s.arg(toIso(response.expiresAt)));
    return {};
}

Result<> checkJournalSince(const ExportedRequest &request, const QList<RunEvent> &since)
{
    static const QStringList answers{u"approval-request-exported"_s, u"request-refused"_s,
                                     u"decision-accepted"_s,         u"decision-refused"_s,
                                     u"decision-withdrawn"_s,        u"withdrawal-refused"_s};
    const JournalHead &head = request.head;
    if (since.isEmpty() || since.first().sequence != head.sequence || since.first().hash != head.hash)
        return refused(ErrorCode::StaleJournal,
                       u"event %1 of the run's journal is not the one that request %2 was made after"_s
                           .arg(head.sequence)
                           .arg(request.id));
    for (const RunEvent &event : since.sliced(1)) {
        if (event.stepPath == request.path && !answers.contains(event.type))
            return refused(ErrorCode::StaleJournal,
                           u"\"%1\" happened to gate \"%2\" after request %3 was made"_s.arg(
                               event.type, event.stepPath, request.id));
    }
    return {};
}

} // namespace engine
