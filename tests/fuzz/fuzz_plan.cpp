// LIBS: engine_plan
#include "engine/plan/outline.h"
#include "engine/plan/simulation.h"

#include <cstddef>
#include <cstdint>

/// Whatever is accepted as a plan is exactly the canonical form of that plan, and can be shown and simulated.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArrayView text(data, qsizetype(size));
    const auto plan = engine::Plan::parse(text);
    if (!plan) {
        if (plan.error().message.isEmpty())
            __builtin_trap();
        return 0;
    }
    if (plan->canonical() != text)
        __builtin_trap();
    const auto simulation = engine::simulate(*plan);
    if (engine::outlineOf(*plan).size() != simulation.steps.size() || simulation.toText().isEmpty())
        __builtin_trap();
    return 0;
}
