#pragma once

#include "engine/plan/plan.h"

#include <QJsonArray>

namespace engine {

/// One thing in which two plans differ.
struct PlanChange
{
    enum Kind { Added, Removed, Changed, Moved };
    Kind kind = Changed;
    QString subject{}; ///< "pack", "input", "secret", "approval", "policy", "sandbox", "step", "finally
                       ///< step", "output".
    QString name{};    ///< Path of a step, name or id of the others; empty for what there is once.
    QString field{};   ///< Names from the subject inwards, joined by "."; empty for the whole.
    QJsonValue before{QJsonValue::Undefined}; ///< Undefined: it was not there.
    QJsonValue after{
        QJsonValue::Undefined}; ///< Undefined: it is not there. Moved: what it follows now, or null.

    bool operator==(const PlanChange &) const = default;
};

QString toString(PlanChange::Kind kind); ///< "added", ...

/// What changed between two plans.
struct PlanDifference
{
    /// More changes than these are counted only.
    static constexpr qsizetype MaxChanges = 1000;

    QString hashBefore{};
    QString hashAfter{};
    QList<PlanChange> changes{}; ///< The pack first, then inputs, ..., steps in order; at most MaxChanges.
    qsizetype moreChanges = 0;   ///< That are not in the list.

    bool isSame() const { return hashBefore == hashAfter; }
    QString toText() const; ///< In words, one line a change; "The plans are the same" when they are.
    QJsonObject toJson() const;

    bool operator==(const PlanDifference &) const = default;
};

/// Compares two plans member by member of their JSON form, so that nothing in which they differ is passed
/// over. Steps are told apart by their paths, everything else that has one by its id or name.
PlanDifference differenceOf(const Plan &before, const Plan &after);

} // namespace engine
