#pragma once

#include "engine/plan/plan.h"

namespace engine {

/// One thing that differs between two plans.
struct PlanChange
{
    enum Kind { Added, Removed, Changed, Moved };
    enum Subject {
        Pack,
        Input,
        Secret,
        Approval,
        Policy,
        Sandbox,
        Step,
        FinallyStep,
        Output,
        Module, ///< The files of a module of the pack; said once, however many steps use it.
        Whole,  ///< Of the plan: what belongs to no other subject.
    };

    Kind kind = Changed;
    Subject subject = Whole;
    /// Of a step its path, as it is after the change (before, when it was removed); else the subject's name
    /// or id. Empty for the pack, the sandbox and the whole plan.
    QString path{};
    /// Below the subject: tokens of a JSON Pointer joined by "/", where the elements of a list are named by
    /// their id or name: "timeout", "with/script", "rules/closed/deny". Empty when the subject itself was
    /// added, removed or moved.
    QString field{};
    QJsonValue before = QJsonValue::Undefined; ///< Undefined: there was none.
    QJsonValue after = QJsonValue::Undefined;  ///< Undefined: there is none.
    QString predecessor{}; ///< Added, Moved: path or name of the sibling before it; empty: it is the first.
    /// Of the outermost expanded map whose item this is in; empty: in none.
    QString map{};

    bool operator==(const PlanChange &) const = default;
};

QString toString(PlanChange::Kind kind);       ///< "added", ...
QString toString(PlanChange::Subject subject); ///< "pack", "finally-step", "plan", ...

/// How the items of an expanded map differ. Equal items belong together, wherever they stand; of the others
/// those at the same index.
struct MapChange
{
    QString path{};
    qsizetype added = 0;
    qsizetype removed = 0;
    qsizetype changed = 0; ///< The item or a step made for it.
    qsizetype moved = 0;

    bool operator==(const MapChange &) const = default;
};

/// What differs between two plans: a plain value. There are no changes if, and only if, the canonical forms
/// are equal.
struct PlanDifference
{
    /// How many changes, and how many changes of map items, toJson() lists.
    static constexpr qsizetype MaxListed = 1000;

    QString hashBefore{}; ///< The planHash.
    QString hashAfter{};
    QList<PlanChange> changes{}; ///< By subject in the order above; modules and the whole plan last.
    QList<MapChange> maps{};     ///< The outermost expanded maps whose items differ, in plan order.

    bool isSame() const { return hashBefore == hashAfter; }

    /// For people, in English, one change a line; what changed alike in many items of a map is said once.
    /// Printable, whatever the plans hold. Byte for byte the same for the same plans.
    QString toText() const;

    /// {"same", "planHashBefore", "planHashAfter", "changes", "moreChanges"?, "maps": [{"path", "added",
    /// "removed", "changed", "moved"}], "itemChanges", "moreItemChanges"?}. Changes within map items stand
    /// apart, so that many of them never push out another one.
    QJsonObject toJson() const;

    bool operator==(const PlanDifference &) const = default;
};

/// Steps belong together by their path: by id among siblings, and in expanded maps as in MapChange. Takes
/// time proportional to the size of both plans (sorting aside).
PlanDifference differenceOf(const Plan &before, const Plan &after);

/// differenceOf() of plans in JSON form. Members that this version does not know are compared too.
PlanDifference differenceOf(const QJsonObject &before, const QJsonObject &after);

} // namespace engine
