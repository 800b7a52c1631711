#pragma once

#include "engine/plan/plan.h"

namespace engine {

/// One node of a plan's tree as views draw it.
struct OutlineNode
{
    QString path{};
    QString id{};
    QString name{}; ///< Empty when the step has none.
    StepKind kind = StepKind::Run;
    int parent = -1; ///< Index in the outline; -1 at the top.
    int depth = 0;
    bool skip = false;
    bool isTemplate = false; ///< The template of a map that only the run expands; it never runs itself.
    QJsonObject detail{};    ///< stepDetail() of it.

    bool operator==(const OutlineNode &) const = default;
};

/// Every step of a plan in pre-order: parents before children, siblings in plan order.
using Outline = QList<OutlineNode>;

Outline outlineOf(const Plan &plan);

/// What an approval lets happen: the steps that can follow the gate at path up to and including the next approval
/// gates, in plan order, containers and their children included. path may be that of an instance of a map's template.
Outline stepsAfter(const Plan &plan, const QString &path);

} // namespace engine
