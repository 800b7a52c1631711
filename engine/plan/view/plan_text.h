#pragma once

#include "engine/plan/plan.h"

namespace engine {

enum class TreeStyle {
    Lines, ///< Box drawing characters.
    Ascii, ///< For terminals that show nothing else.
};

/// A plan for people: what it is made of, and its steps as a tree. The same plan gives the same text.
QString planText(const Plan &plan, TreeStyle style = TreeStyle::Lines);

} // namespace engine
