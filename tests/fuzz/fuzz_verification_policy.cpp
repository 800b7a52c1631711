// LIBS: engine_evidence
#include "engine/evidence/verification_policy.h"

/// A policy that is accepted demands nothing that no bundle could meet; one that is refused says why.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray json(reinterpret_cast<const char *>(data), qsizetype(size));
    const auto policy = engine::VerificationPolicy::parse(json, QStringLiteral("fuzz"));
    if (!policy) {
        if (policy.error().message.isEmpty())
            __builtin_trap();
        return 0;
    }
    if (policy->maximumAge && policy->maximumAge->count() <= 0)
        __builtin_trap();
    for (const engine::RequiredApprovals &demand : policy->approvals) {
        if (demand.role.isEmpty() || demand.people < 1 || demand.people > 100)
            __builtin_trap();
    }
    for (const int count : {policy->transparencyLogs, policy->timestampAuthorities}) {
        if (count < 0 || count > 100)
            __builtin_trap();
    }
    return 0;
}
