#pragma once

#include "engine/api/values.h"

#include <QLineF>
#include <QList>
#include <QRectF>

namespace ui {

/// Sizes in logical pixels that a layout is made with; derived from a font by the view.
struct GraphMetrics
{
    double cardWidth = 180;
    double cardHeight = 56;
    double gapAlong = 40;    ///< Between steps that follow each other; edges run there.
    double gapAcross = 14;   ///< Between steps side by side.
    double padding = 22;     ///< Inside a group, left and right; fork and join run there.
    double titleHeight = 24; ///< Of a group's title, above its members.

    bool operator==(const GraphMetrics &) const = default;
};

enum class GraphShape {
    Card,    ///< A step that does work, or a policy.
    Gate,    ///< An approval.
    Group,   ///< A parallel or map whose members are laid out inside it.
    Summary, ///< A map with many items, as one card.
};

/// One thing that is drawn.
struct GraphItem
{
    int node = 0; ///< Index in the outline.
    GraphShape shape = GraphShape::Card;
    QRectF rect{};
    int parent = -1; ///< Item index of the group around it; -1 at the top.
    int end = 0;     ///< One past the last item inside it; items in between are its members and theirs.

    bool operator==(const GraphItem &) const = default;
};

enum class GraphMove { Forward, Back, Up, Down };

/// Where every step of an outline is drawn: what follows comes to the right, what runs side by side is
/// stacked.
///
/// States take no part, so positions stay while a run goes on; only the expansion of a map changes them.
/// Members of a map with more than CollapseOver items get no place of their own: the map is one Summary, with
/// ProblemSlots fixed places for items that failed.
///
/// Linear in the size of the outline. Pure: touches no widget.
class GraphLayout
{
public:
    static constexpr int CollapseOver = 12;
    static constexpr int ProblemSlots = 3;

    GraphLayout() = default;
    GraphLayout(const engine::Outline &outline, const GraphMetrics &metrics);

    const QList<GraphItem> &items() const { return m_items; } ///< In plan order: groups before their members.
    QRectF bounds() const { return m_bounds; }
    const GraphMetrics &metrics() const { return m_metrics; }

    /// The item that shows a node: its own, or the Summary it is folded into; -1 for a template that was
    /// expanded.
    int itemOf(int node) const { return m_itemOf.value(node, -1); }

    /// Straight lines in drawing order. between: the arrow from an item to the one that follows it.
    QList<QLineF>
    forkLines(int group) const; ///< Inside a group: from its left side to its members and to its right.
    QLineF arrowAfter(int item) const; ///< From a top-level item to the next; null line for the last.

    /// The place of the slot-th problem below a Summary.
    QRectF problemSlot(int summary, int slot) const;

    /// The item that is at a point: the innermost one; -1 for none.
    int itemAt(const QPointF &point) const;

    /// Where an arrow key leads: forward into a group or to what follows, back to what led here, up and down
    /// among those side by side. -1 when it leads nowhere.
    int moved(int item, GraphMove move) const;

    /// Calls fn(item index) for every item that touches area, groups before their members.
    template<class Fn>
    void forEachIn(const QRectF &area, Fn fn) const
    {
        for (int i = 0; i < m_items.size();) {
            const bool touches = m_items.at(i).rect.intersects(area);
            if (touches)
                fn(i);
            i = touches ? i + 1 : m_items.at(i).end; // Members lie inside their group.
        }
    }

private:
    int nextSibling(int item) const;
    int previousSibling(int item) const;

    GraphMetrics m_metrics;
    QList<GraphItem> m_items;
    QList<int> m_itemOf;
    QRectF m_bounds;
};

} // namespace ui
