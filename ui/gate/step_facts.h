#pragma once

#include "engine/api/values.h"

namespace ui {

/// One thing that is said of a step, for a person who decides: a label of ours and lines from the plan.
struct StepFact
{
    QString label{};
    QStringList lines{}; ///< Safe text, one line each; nothing is left out or cut.
    bool isCode = false; ///< Shown in fixed pitch, line by line.

    bool operator==(const StepFact &) const = default;
};

/// Everything that a plan says of a step: what it runs (each argument a line, a script whole), its
/// environment, then every other member as it is. Members of the detail that are not known here are shown as
/// JSON.
QList<StepFact> stepFacts(const engine::OutlineNode &node);

/// True when a line holds an expression that only the run can fill in.
bool hasOpenExpression(const QList<StepFact> &facts);

} // namespace ui
