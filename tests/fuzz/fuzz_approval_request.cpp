// LIBS: engine_evidence
#include "engine/evidence/approval/approval_request.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace engine;

static void check(bool holds)
{
    if (!holds)
        std::abort();
}

static void checkFile(const QByteArray &file, const SigningKey *key)
{
    const auto opened = readApprovalRequest(file);
    if (!opened)
        return check(!opened.error().message.isEmpty());
    const ApprovalRequest &request = opened->request;
    check(request.plan.hash() == request.view.gate.planHash);
    if (!key)
        return;
    const auto again = signApprovalRequest(request, *key);
    check(bool(again));
    const auto twice = readApprovalRequest(again->toJson());
    check(bool(twice));
    check(twice->request.view == request.view && twice->request.decisions == request.decisions
          && twice->request.head == request.head && twice->request.nonce == request.nonce);
}

/// A request that is accepted has the plan of its hash, and is read back as the same when it is written
/// again. Chance does not find signatures, so the bytes are also tried as a payload that an engine signed.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const SigningKey key = *SigningKey::generate(SigningKey::Algorithm::Ed25519);
    const QByteArray text(reinterpret_cast<const char *>(data), qsizetype(size));
    checkFile(text, nullptr);
    auto payload = parseJsonObject(text);
    if (!payload)
        return 0;
    payload->insert(QStringLiteral("engineId"), key.publicKey().keyId());
    payload->insert(QStringLiteral("engineKey"), QString::fromLatin1(key.publicKey().pem()));
    checkFile(signDsse(approvalRequestPayloadType, canonicalJsonOf(*payload), key)->toJson(), &key);
    return 0;
}
