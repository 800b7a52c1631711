#pragma once

#include "engine/pack/expression/value_type.h"
#include "engine/pack/manifest.h"

namespace engine {

// What expressions may expect of the values that a pack declares.

/// Of one input: its type, and what its schema says plainly: type, enum, const, properties,
/// additionalProperties, items. Other keywords only narrow that down.
expr::ValueType typeOfInput(const InputSpec &input);

/// Of `inputs`: no other can be named.
expr::ValueType typeOfInputs(const QList<InputSpec> &inputs);

/// Of `secrets`, likewise; each is a string.
expr::ValueType typeOfSecrets(const QList<SecretSpec> &secrets);

/// Of `run`.
expr::ValueType typeOfRun();

/// Of steps.ID: {"outputs", "artifacts", "status"}, and "results" of a map. This is what a run gives, see
/// RunTree::valueOf().
///
/// - Of a run step only declared outputs can be named: its own, and those that its module has.
/// - The outputs of a parallel are its children's, by id. Those of a map are "succeeded", "failed" and
///   "errors"; its "results" hold each child's outputs, or null for a child that did not succeed.
/// - A policy gate gives "allow" and "denials"; an approval gate gives nothing.
expr::ValueType typeOfStep(const StepSpec &step);

} // namespace engine
