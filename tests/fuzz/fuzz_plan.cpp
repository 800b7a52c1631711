// LIBS: engine_plan
#include "engine/base/json.h"
#include "engine/plan/outline.h"
#include "engine/plan/simulation.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace engine;

static void check(bool holds)
{
    if (!holds)
        std::abort();
}

/// Line and column where the text is no JSON, otherwise a JSON Pointer; that of the root is empty.
static void checkError(const Error &error)
{
    check(!error.message.isEmpty());
    const bool isOfRoot = error.message.endsWith(u" is missing")
                          || error.message.startsWith(u"unknown member ")
                          || error.message == u"the text is not the canonical form of its plan";
    check(error.where.path.startsWith(u'/') || (error.where.line >= 1 && error.where.column >= 1)
          || isOfRoot);
}

static void checkPlan(const QByteArray &text)
{
    const auto plan = Plan::parse(text);
    if (!plan)
        return checkError(plan.error());
    check(plan->canonical() == text);
    check(*Plan::parse(plan->canonical()) == *plan);
    const auto simulation = simulate(*plan);
    check(outlineOf(*plan).size() == simulation.steps.size());
    check(!simulation.toText().isEmpty() && simulation.planHash == plan->hash());
    check(bool(canonicalJson(simulation.toJson())));
    for (const SimulatedStep &step : simulation.steps)
        (void)stepsAfter(*plan, step.path);
}

/// Whatever is accepted as a plan is exactly the canonical form of that plan, and can be shown and simulated;
/// every problem has a position. Any JSON is tried in its canonical form too, which chance hardly finds.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray text(reinterpret_cast<const char *>(data), qsizetype(size));
    checkPlan(text);
    if (const auto json = parseJson(text, {}, {.maxDepth = 256}))
        checkPlan(canonicalJsonOf(*json));
    return 0;
}
