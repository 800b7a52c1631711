#pragma once

#include "engine/plan/plan.h"

#include <QHash>
#include <QJsonArray>

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
    bool isFinally = false;  ///< Runs last, whatever became of the others.

    bool operator==(const OutlineNode &) const = default;
};

/// Every step of a plan in pre-order: parents before children, siblings in plan order, those of finally last.
using Outline = QList<OutlineNode>;

/// @param expansions  items of the maps that a run expanded, by the map's path; other maps show their
/// template
Outline outlineOf(const Plan &plan, const QHash<QString, QJsonArray> &expansions = {});

/// What an approval lets happen: the steps that can follow the gate at path, up to and including the next one
/// that holds an approval gate, in plan order, containers and their children included; steps that are skipped
/// are not. A step beside the gate in a parallel or map is none of them, for it does not wait. path may be
/// that of an instance of a map's template; nothing follows a path that the plan does not have.
Outline stepsAfter(const Plan &plan, const QString &path);

} // namespace engine
