#pragma once

#include "engine/api/values.h"

#include <QHash>

namespace ui {

/// How far a run is, in steps that do something: groups and templates are not counted.
struct RunProgress
{
    int total = 0;
    int done = 0; ///< In a final state, whatever it is.
    int running = 0;
    int waiting = 0; ///< For a person.
    int failed = 0;

    bool operator==(const RunProgress &) const = default;
};

/// True for what somebody has to look at: failed, or unknown after a crash.
bool isProblem(engine::StepState state);

/// True before a step has begun.
bool isFuture(engine::StepState state);

/// The outline of a run with the record of each of its steps: what the tree and the graph both show.
class RunSteps
{
public:
    RunSteps() = default;
    RunSteps(engine::Outline outline, const QList<engine::StepRecord> &records);

    /// Takes newer records over; of steps that are not in the outline yet, nothing.
    /// Returns the indexes of the nodes that changed, without repeats.
    QList<int> apply(const QList<engine::StepRecord> &records);

    const engine::Outline &outline() const { return m_outline; }
    const engine::StepRecord &record(int node) const { return m_records.at(node); }
    engine::StepState state(int node) const { return m_records.at(node).state; }
    int nodeOf(const QString &path) const { return m_nodeOf.value(path, -1); } ///< -1 when there is none.
    RunProgress progress() const;

    /// The first node after `after` in plan order, around the end, that is a problem itself (not only its
    /// group).
    int nextProblem(int after) const; ///< -1 when there is none.

private:
    engine::Outline m_outline;
    QList<engine::StepRecord> m_records; ///< One for each node.
    QHash<QString, int> m_nodeOf;
};

/// What a person calls a step: its name, or its id. Safe text.
QString stepTitle(const engine::OutlineNode &node);

/// The kind of a step in the user's language: "Program", "Side by side", "Approval", ...
QString kindWord(const engine::OutlineNode &node);

} // namespace ui
