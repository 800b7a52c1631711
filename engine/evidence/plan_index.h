#pragma once

#include "engine/plan/plan.h"

#include <QHash>

namespace engine {

/// The steps of a plan by the paths that a run's journal uses.
class PlanIndex
{
public:
    explicit PlanIndex(Plan plan);

    /// An item of a map that only the run expanded: which map, as the run names it, and which item.
    struct Item
    {
        QString mapPath{};
        qint64 index = 0;

        bool operator==(const Item &) const = default;
    };

    struct Found
    {
        const PlanStep *step = nullptr; ///< Lives as long as the index.
        qsizetype top = 0;   ///< Position of its outermost step, from 0; those of finally come last.
        QList<Item> items{}; ///< That the run must have made for this path to exist, outermost first.
    };

    /// Nothing when the plan has no such step. Templates themselves ("hosts[*]::restart") are not steps of a
    /// run.
    std::optional<Found> find(const QString &path) const;

    const Plan &plan() const { return m_plan; }

private:
    struct Place
    {
        const PlanStep *step = nullptr;
        qsizetype top = 0;
    };

    const Plan m_plan;
    QHash<QString, Place> m_places;
};

} // namespace engine
