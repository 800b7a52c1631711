#include "ui/run/graph_layout.h"

#include <algorithm>

using engine::Outline;
using engine::OutlineNode;
using engine::StepKind;

namespace ui {

namespace {

/// What is known of each node before anything has a place.
struct NodeFacts
{
    int instances = 0;   ///< Of a map: children that run.
    bool hidden = false; ///< Folded into a Summary, or a template that was expanded.
};

bool isGroup(StepKind kind)
{
    return kind == StepKind::Parallel || kind == StepKind::Map;
}

bool folds(const OutlineNode &node, const NodeFacts &facts)
{
    return node.kind == StepKind::Map && facts.instances > GraphLayout::CollapseOver;
}

QList<NodeFacts> factsOf(const Outline &outline)
{
    QList<NodeFacts> facts(outline.size());
    for (const OutlineNode &node : outline) {
        if (node.parent >= 0 && !node.isTemplate)
            ++facts[node.parent].instances;
    }
    for (int i = 0; i < outline.size(); ++i) {
        const OutlineNode &node = outline.at(i);
        if (node.parent < 0)
            continue;
        const NodeFacts &parent = facts.at(node.parent);
        const bool replaced =
            node.isTemplate && outline.at(node.parent).kind == StepKind::Map && parent.instances > 0;
        facts[i].hidden = parent.hidden || replaced || folds(outline.at(node.parent), parent);
    }
    return facts;
}

GraphShape shapeOf(const OutlineNode &node, const NodeFacts &facts)
{
    if (folds(node, facts))
        return GraphShape::Summary;
    if (isGroup(node.kind))
        return GraphShape::Group;
    return node.kind == StepKind::Approval ? GraphShape::Gate : GraphShape::Card;
}

QSizeF summarySize(const GraphMetrics &metrics)
{
    return {metrics.cardWidth + 2 * metrics.padding,
            metrics.cardHeight + metrics.gapAcross
                + GraphLayout::ProblemSlots * (metrics.cardHeight / 2 + metrics.gapAcross / 2)};
}

} // namespace

GraphLayout::GraphLayout(const Outline &outline, const GraphMetrics &metrics)
    : m_metrics(metrics)
    , m_itemOf(outline.size(), -1)
{
    const QList<NodeFacts> facts = factsOf(outline);
    for (int i = 0; i < outline.size(); ++i) {
        const int above = outline.at(i).parent < 0 ? -1 : m_itemOf.at(outline.at(i).parent);
        if (facts.at(i).hidden) {
            const bool folded = above >= 0 && m_items.at(above).shape == GraphShape::Summary;
            m_itemOf[i] = folded ? above : -1;
            continue;
        }
        m_itemOf[i] = int(m_items.size());
        m_items += {i, shapeOf(outline.at(i), facts.at(i)), {}, above, int(m_items.size()) + 1};
    }

    // Sizes from the inside out: an item comes after the group it is in.
    for (int i = int(m_items.size()) - 1; i >= 0; --i) {
        GraphItem &item = m_items[i];
        if (item.shape == GraphShape::Group) { // rect holds what its members need, gathered below.
            const double width = std::max(item.rect.width(), metrics.cardWidth) + 2 * metrics.padding;
            const double inner = std::max(item.rect.height() - metrics.gapAcross, metrics.cardHeight / 2);
            item.rect.setSize({width, inner + metrics.titleHeight + metrics.gapAcross});
        } else if (item.shape == GraphShape::Summary) {
            item.rect.setSize(summarySize(metrics));
        } else {
            item.rect.setSize({metrics.cardWidth, metrics.cardHeight});
        }
        if (item.parent >= 0) {
            GraphItem &group = m_items[item.parent];
            group.rect.setWidth(std::max(group.rect.width(), item.rect.width()));
            group.rect.setHeight(group.rect.height() + item.rect.height() + metrics.gapAcross);
            group.end = std::max(group.end, item.end);
        }
    }

    // Places from the outside in. A group's cursor is where its next member begins.
    QList<double> cursor(m_items.size(), 0);
    double along = 0;
    for (int i = 0; i < m_items.size(); ++i) {
        GraphItem &item = m_items[i];
        if (item.parent < 0) {
            item.rect.moveTo(along, -item.rect.height() / 2); // All on one axis, so that arrows are straight.
            along = item.rect.right() + metrics.gapAlong;
        } else {
            const QRectF group = m_items.at(item.parent).rect;
            item.rect.moveTo(group.center().x() - item.rect.width() / 2,
                             group.top() + cursor.at(item.parent));
            cursor[item.parent] += item.rect.height() + metrics.gapAcross;
        }
        cursor[i] = metrics.titleHeight;
        if (item.parent < 0)
            m_bounds |= item.rect;
    }
}

QList<QLineF> GraphLayout::forkLines(int group) const
{
    const GraphItem &around = m_items.at(group);
    if (around.shape != GraphShape::Group || around.end == group + 1)
        return {};
    const double left = around.rect.left() + m_metrics.padding / 2;
    const double right = around.rect.right() - m_metrics.padding / 2;
    const double axis = around.rect.center().y();
    double top = axis;
    double bottom = axis;
    QList<QLineF> lines{{around.rect.left(), axis, left, axis}, {right, axis, around.rect.right(), axis}};
    for (int i = group + 1; i < around.end; i = m_items.at(i).end) {
        const QRectF member = m_items.at(i).rect;
        const double y = member.center().y();
        lines += {left, y, member.left(), y};
        lines += {member.right(), y, right, y};
        top = std::min(top, y);
        bottom = std::max(bottom, y);
    }
    lines += {left, top, left, bottom};
    lines += {right, top, right, bottom};
    return lines;
}

QLineF GraphLayout::arrowAfter(int item) const
{
    const int next = m_items.at(item).parent < 0 ? nextSibling(item) : -1;
    if (next < 0)
        return {};
    const QRectF from = m_items.at(item).rect;
    return {from.right(), from.center().y(), m_items.at(next).rect.left(), from.center().y()};
}

QRectF GraphLayout::problemSlot(int summary, int slot) const
{
    const QRectF around = m_items.at(summary).rect;
    const double height = m_metrics.cardHeight / 2;
    const double first = around.top() + m_metrics.cardHeight + m_metrics.gapAcross / 2;
    return {around.left() + m_metrics.padding / 2, first + slot * (height + m_metrics.gapAcross / 2),
            around.width() - m_metrics.padding, height};
}

int GraphLayout::itemAt(const QPointF &point) const
{
    int found = -1;
    forEachIn(QRectF(point, QSizeF(1e-3, 1e-3)), [&found](int item) { found = item; });
    return found;
}

int GraphLayout::nextSibling(int item) const
{
    const int parent = m_items.at(item).parent;
    const int next = m_items.at(item).end;
    const int limit = parent < 0 ? int(m_items.size()) : m_items.at(parent).end;
    return next < limit ? next : -1;
}

int GraphLayout::previousSibling(int item) const
{
    const int parent = m_items.at(item).parent;
    int candidate = item - 1;
    while (candidate > parent && m_items.at(candidate).parent != parent)
        candidate = m_items.at(candidate).parent;
    return candidate > parent ? candidate : -1;
}

int GraphLayout::moved(int item, GraphMove move) const
{
    if (item < 0 || item >= m_items.size())
        return m_items.isEmpty() ? -1 : 0;
    const GraphItem &from = m_items.at(item);
    const bool hasMembers = from.end > item + 1;
    const bool stacked = from.parent >= 0;
    switch (move) {
    case GraphMove::Forward: {
        if (hasMembers)
            return item + 1;
        int top = item;
        while (m_items.at(top).parent >= 0)
            top = m_items.at(top).parent;
        return nextSibling(top);
    }
    case GraphMove::Back: return stacked ? from.parent : previousSibling(item);
    case GraphMove::Up: return stacked ? previousSibling(item) : -1;
    case GraphMove::Down:
        if (stacked)
            return nextSibling(item);
        return hasMembers ? item + 1 : -1;
    }
    Q_UNREACHABLE();
}

} // namespace ui
