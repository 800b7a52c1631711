#include "ui/run/graph_folds.h"

#include "ui/common/theme.h"

using engine::StepState;

namespace ui {

using namespace Qt::StringLiterals;

GraphFolds::GraphFolds(const RunSteps &steps, const GraphLayout &layout)
{
    const engine::Outline &outline = steps.outline();
    for (int node = 0; node < outline.size(); ++node) {
        const int item = layout.itemOf(node);
        if (item < 0 || layout.items().at(item).shape != GraphShape::Summary)
            continue;
        if (outline.at(node).isTemplate || outline.at(node).parent != layout.items().at(item).node)
            continue;
        m_itemOfNode.insert(node, item);
        add(m_folds[item], node, steps.state(node));
    }
}

void GraphFolds::add(Fold &fold, int node, StepState state)
{
    ++fold.counts.at(size_t(state));
    if (isProblem(state))
        fold.problems.insert(node);
}

void GraphFolds::change(int node, StepState from, StepState to)
{
    const auto item = m_itemOfNode.constFind(node);
    if (item == m_itemOfNode.constEnd())
        return;
    Fold &fold = m_folds[*item];
    --fold.counts.at(size_t(from));
    fold.problems.erase(node);
    add(fold, node, to);
}

const GraphFolds::Fold &GraphFolds::of(int item) const
{
    static const Fold none;
    const auto fold = m_folds.find(item);
    return fold == m_folds.end() ? none : fold->second;
}

QString countWords(const GraphFolds::Fold &fold)
{
    QStringList parts;
    for (const StepState state : GraphFolds::order) {
        if (fold.of(state) > 0)
            parts += u"%1 %2"_s.arg(fold.of(state)).arg(stateWord(state).toLower());
    }
    return parts.join(u", "_s);
}

} // namespace ui
