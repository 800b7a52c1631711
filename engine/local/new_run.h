#pragma once

#include "engine/base/clock.h"
#include "engine/plan/plan.h"
#include "engine/record/run_change.h"
#include "engine/store/store.h"

namespace engine {

/// Where runs are prepared.
struct RunHome
{
    QString dataDir{};
    bool hasPolicyServer = false; ///< Policies of OPA can be asked.
};

/// A run that can be submitted: its folder is made, with all files that the plan needs.
struct PreparedRun
{
    NewRun run{};
    Plan plan;
};

/// Prepares a run of a plan. Fails with PlanHashMismatch, with what checkRunnable() says, with Io or
/// Conflict; leaves nothing behind then.
///
/// @param planHash     refused when the plan has another one; empty: any
/// @param requestedBy  the person's name
/// Thread: any.
Result<PreparedRun> prepareRun(const RunHome &home, const Pack &pack, const BoundInputs &inputs,
                               const Plan &plan, const QString &planHash, const QString &requestedBy,
                               Timestamp now);

/// Prepares a run of the plan and inputs of another one, whose files are taken from its folder or, when that
/// is gone, modules from where the pack was. Fails like prepareRun(), with NotFound, and with
/// PlanHashMismatch when the stored plan is not the one that was run.
///
/// Thread: that of store.
Result<PreparedRun> prepareRerun(const RunHome &home, const Store &store, const RunId &of,
                                 const QString &requestedBy, Timestamp now);

} // namespace engine
