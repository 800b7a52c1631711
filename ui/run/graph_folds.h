#pragma once

#include "ui/run/graph_layout.h"
#include "ui/run/run_steps.h"

#include <array>
#include <map>
#include <set>

namespace ui {

/// What the Summaries of a graph tell of the items folded into them. Kept up to date one change at a time.
class GraphFolds
{
public:
    static constexpr size_t StateCount = size_t(engine::StepState::Interrupted) + 1;

    /// The order in which counts are told: what matters most first.
    static constexpr std::array<engine::StepState, StateCount> order{
        engine::StepState::Failed,     engine::StepState::Interrupted, engine::StepState::WaitingApproval,
        engine::StepState::Cancelling, engine::StepState::Running,     engine::StepState::WaitingPolicy,
        engine::StepState::BackingOff, engine::StepState::Succeeded,   engine::StepState::Cancelled,
        engine::StepState::Blocked,    engine::StepState::Skipped,     engine::StepState::Ready,
        engine::StepState::Pending,
    };

    struct Fold
    {
        std::array<int, StateCount> counts{}; ///< By StepState.
        std::set<int> problems{};             ///< Nodes of the map's items that are problems, in plan order.

        int of(engine::StepState state) const { return counts.at(size_t(state)); }
        bool operator==(const Fold &) const = default;
    };

    GraphFolds() = default;
    GraphFolds(const RunSteps &steps, const GraphLayout &layout);

    /// Notes that a node went from one state to another; nodes that are not folded items are ignored.
    void change(int node, engine::StepState from, engine::StepState to);

    const Fold &of(int item) const; ///< Of a Summary's item index; empty for any other.

private:
    void add(Fold &fold, int node, engine::StepState state);

    std::map<int, Fold> m_folds;
    QHash<int, int> m_itemOfNode; ///< Direct items of folded maps.
};

/// "2 failed, 38 succeeded"; what is zero is left out.
QString countWords(const GraphFolds::Fold &fold);

} // namespace ui
