#include "engine/evidence/checks/answer_check.h"

#include "engine/evidence/approval/approval_response.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

static const QString idName = u"requestId"_s;

QString wrongAnswer(const GateFacts &gate, const AcceptedDecision &accepted, const QJsonObject &statement)
{
    const QString recorded = accepted.data[idName].toString();
    if (!isApprovalResponse(statement))
        return recorded.isEmpty() ? QString() : u"does not answer the request that the journal says"_s;
    const auto response = approvalResponseFromJson(statement);
    if (!response)
        return u"is no response to a request: %1"_s.arg(response.error().toString());
    if (response->requestId != recorded)
        return u"does not answer the request that the journal says"_s;
    const auto request = std::ranges::find_if(gate.exports, [&](const AcceptedDecision &exported) {
        return exported.data[idName].toString() == recorded && exported.sequence < accepted.sequence;
    });
    if (request == gate.exports.end())
        return u"answers a request that was not made"_s;
    if (request->data[u"requestDigest"_s].toString() != response->requestDigest)
        return u"answers another request than was made"_s;
    if (accepted.acceptedAt >= response->expiresAt)
        return u"came after it had expired"_s;
    const auto answers = std::ranges::count_if(gate.decisions, [&](const AcceptedDecision &each) {
        return each.data[idName].toString() == recorded;
    });
    return answers == 1 ? QString() : u"answers a request that has another answer"_s;
}

} // namespace engine
