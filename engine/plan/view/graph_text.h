#pragma once

#include "engine/plan/simulation.h"

namespace engine {

enum class GraphFormat {
    Dot,     ///< The language of Graphviz.
    Mermaid, ///< A flowchart of Mermaid.
};

/// A plan as a graph: steps in their order, parallels and maps as boxes around theirs. A map over more than
/// 12 items is one node. With a simulation each step says what would happen to it.
///
/// Texts of the pack are data in it: escaped, without control characters. The same plan gives the same text.
QString graphOf(const Plan &plan, GraphFormat format, const Simulation *simulation = nullptr);

} // namespace engine
