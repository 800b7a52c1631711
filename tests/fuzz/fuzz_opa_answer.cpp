// LIBS: engine_policy
#include "engine/base/json.h"
#include "engine/policy/opa_answer.h"

/// Only a "result" whose "allow" is true and whose "denials" is an empty array allows; every denial has an
/// id.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    using namespace engine;
    const QByteArray body(reinterpret_cast<const char *>(data), qsizetype(size));
    const QList<PolicyDenial> denials = readOpaAnswer(QStringLiteral("p"), {200, {}, {}, body});
    for (const PolicyDenial &denial : denials) {
        if (denial.id.isEmpty() || denial.id.size() > 200 || denial.message.size() > 4000)
            __builtin_trap();
    }
    if (readOpaAnswer(QStringLiteral("p"), {500, {}, {}, body}).isEmpty() || denials.size() > 100)
        __builtin_trap();
    if (!denials.isEmpty())
        return 0;
    const auto json = parseJsonObject(body);
    const QJsonObject result = json ? json->value(QStringLiteral("result")).toObject() : QJsonObject();
    const QJsonValue none = result.value(QStringLiteral("denials"));
    if (result.value(QStringLiteral("allow")) != QJsonValue(true) || !none.isArray()
        || !none.toArray().isEmpty())
        __builtin_trap();
    return 0;
}
