#include "ui/run/run_steps.h"

#include "ui/common/safe_text.h"

#include <QCoreApplication>

#include <algorithm>

using engine::Outline;
using engine::OutlineNode;
using engine::StepKind;
using engine::StepRecord;
using engine::StepState;

namespace ui {

using namespace Qt::StringLiterals;

bool isProblem(StepState state)
{
    return state == StepState::Failed || state == StepState::Interrupted;
}

bool isFuture(StepState state)
{
    return state == StepState::Pending || state == StepState::Ready;
}

RunSteps::RunSteps(Outline outline, const QList<StepRecord> &records)
    : m_outline(std::move(outline))
    , m_records(m_outline.size())
{
    m_nodeOf.reserve(m_outline.size());
    for (int i = 0; i < m_outline.size(); ++i) {
        const OutlineNode &node = m_outline.at(i);
        m_nodeOf.insert(node.path, i);
        m_records[i].path = node.path;
        m_records[i].state = node.skip ? StepState::Skipped : StepState::Pending;
    }
    apply(records);
}

QList<int> RunSteps::apply(const QList<StepRecord> &records)
{
    QList<int> changed;
    for (const StepRecord &record : records) {
        const int node = nodeOf(record.path);
        if (node < 0 || m_records.at(node) == record)
            continue;
        m_records[node] = record;
        changed += node;
    }
    std::ranges::sort(changed);
    changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
    return changed;
}

RunProgress RunSteps::progress() const
{
    RunProgress progress;
    for (int i = 0; i < m_outline.size(); ++i) {
        const OutlineNode &node = m_outline.at(i);
        if (node.isTemplate || node.kind == StepKind::Parallel || node.kind == StepKind::Map)
            continue;
        const StepState state = m_records.at(i).state;
        ++progress.total;
        progress.done += engine::isFinal(state) ? 1 : 0;
        progress.running += state == StepState::Running || state == StepState::WaitingPolicy ? 1 : 0;
        progress.waiting += state == StepState::WaitingApproval ? 1 : 0;
        progress.failed += isProblem(state) ? 1 : 0;
    }
    return progress;
}

int RunSteps::nextProblem(int after) const
{
    const int count = int(m_outline.size());
    int group = -1; // A group fails with its members; it counts only when no member did.
    for (int step = 1; step <= count; ++step) {
        const int node = (after + step) % count;
        if (!isProblem(state(node)))
            continue;
        const StepKind kind = m_outline.at(node).kind;
        if (kind != StepKind::Parallel && kind != StepKind::Map)
            return node;
        if (group < 0)
            group = node;
    }
    return group;
}

QString stepTitle(const OutlineNode &node)
{
    return safeText(node.name.isEmpty() ? node.id : node.name);
}

QString kindWord(const OutlineNode &node)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("ui::Kind", text); };
    switch (node.kind) {
    case StepKind::Run: {
        const QString uses = node.detail.value("uses"_L1).toString();
        if (uses == "builtin:exec"_L1)
            return tr(QT_TRANSLATE_NOOP("ui::Kind", "Command"));
        if (uses == "builtin:script"_L1)
            return tr(QT_TRANSLATE_NOOP("ui::Kind", "Script"));
        if (uses == "bundle.ingest"_L1)
            return tr(QT_TRANSLATE_NOOP("ui::Kind", "Take in a file"));
        return tr(QT_TRANSLATE_NOOP("ui::Kind", "Step"));
    }
    case StepKind::Parallel: return tr(QT_TRANSLATE_NOOP("ui::Kind", "Side by side"));
    case StepKind::Map: return tr(QT_TRANSLATE_NOOP("ui::Kind", "For each item"));
    case StepKind::Approval: return tr(QT_TRANSLATE_NOOP("ui::Kind", "Approval"));
    case StepKind::Policy: return tr(QT_TRANSLATE_NOOP("ui::Kind", "Policy check"));
    }
    return {};
}

} // namespace ui
