// LIBS: engine_evidence
#include "engine/evidence/approval/approval_response.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace engine;

static void check(bool holds)
{
    if (!holds)
        std::abort();
}

static void checkPayload(const QByteArray &text)
{
    const auto json = parseJsonObject(text);
    if (!json)
        return;
    const auto response = approvalResponseFromJson(*json);
    if (!response)
        return check(!response.error().message.isEmpty());
    check(isApprovalResponse(*json));
    const auto again = approvalResponseFromJson(toJson(*response));
    check(again && *again == *response);
    const auto decision = decisionStatementFromJson(*json);
    check(decision && *decision == response->statement);
}

/// A response that is accepted is a decision, too, and is written and read back as the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray text(reinterpret_cast<const char *>(data), qsizetype(size));
    checkPayload(text);
    const auto envelope = parseResponseEnvelope(text);
    if (!envelope) {
        check(!envelope.error().message.isEmpty());
        return 0;
    }
    check(envelope->signatures.size() == 1 && text.size() <= maxApprovalResponseBytes);
    checkPayload(envelope->payload);
    return 0;
}
