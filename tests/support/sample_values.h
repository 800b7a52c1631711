#pragma once

#include "engine/api/values.h"

/// Plain values as an engine would give them, for tests that need some.
namespace sample {

/// 2026-03-01T10:00:00Z; the other times count from it.
engine::Timestamp start();

/// A pack with one input of each type; `target` is required, `mode` has an enumeration, `denied` has
/// defaults.
engine::PackDescription pack();

/// A plan of four steps: collect, checks (parallel: lint), review (a gate), report.
engine::PlanPreview preview();

/// The number is told by the last character of the id; later numbers are younger runs.
engine::RunSummary run(int number, engine::RunState state);

/// The gate "review" of a run, expiring four hours after start().
engine::GateRequest gate(const engine::RunSummary &run);

/// The run with the steps of preview(), waiting at its gate.
engine::RunView runView(const engine::RunSummary &run);

/// A report of a bundle of run 1 with three checks that fit the headline: passed, failed and not run.
engine::VerificationReport report(engine::Headline headline);

} // namespace sample
