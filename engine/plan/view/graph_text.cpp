#include "engine/plan/view/graph_text.h"

#include "engine/plan/view/graph_writer.h"

#include <QHash>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

using Look = GraphWriter::Look;
using Shape = GraphWriter::Shape;

constexpr qsizetype mostItemsDrawn = 12;

/// Where edges meet a step: one node in front and one behind.
struct Ends
{
    QString first{};
    QString last{};
};

class Grapher
{
public:
    Grapher(GraphWriter &writer, const Simulation *simulation)
        : m_writer(writer)
    {
        if (!simulation)
            return;
        for (const SimulatedStep &step : simulation->steps)
            m_outcomes.insert(step.path, step.outcome);
    }

    void draw(const Plan &plan);

private:
    Ends drawSeries(const QList<PlanStep> &steps, QString before);
    Ends drawStep(const PlanStep &step, const QString &path);
    Ends drawBox(const PlanStep &step, const QString &path);
    QStringList linesOf(const PlanStep &step, const QString &path) const;
    Look lookOf(const PlanStep &step, const QString &path) const;
    QString newId() { return u'n' + QString::number(++m_ids); }

    GraphWriter &m_writer;
    QHash<QString, SimulatedOutcome> m_outcomes;
    int m_ids = 0;
};

Look Grapher::lookOf(const PlanStep &step, const QString &path) const
{
    const auto outcome = m_outcomes.constFind(path);
    if (outcome == m_outcomes.cend())
        return step.skip ? Look::Skipped : Look::Plain;
    switch (*outcome) {
    case SimulatedOutcome::WouldRun:
    case SimulatedOutcome::PolicyAllows: return Look::Plain;
    case SimulatedOutcome::WouldSkip: return Look::Skipped;
    case SimulatedOutcome::WaitsForApproval: return Look::Waits;
    case SimulatedOutcome::PolicyDenies: return Look::Denied;
    case SimulatedOutcome::DecidedAtRunTime:
    case SimulatedOutcome::UnknownUntilRun: return Look::Open;
    }
    Q_UNREACHABLE();
}

QStringList Grapher::linesOf(const PlanStep &step, const QString &path) const
{
    QStringList lines{step.id};
    if (!step.name.isEmpty())
        lines += step.name;
    switch (step.kind) {
    case StepKind::Run: lines += step.run.uses; break;
    case StepKind::Map:
        lines += step.expanded ? u"%1 items"_s.arg(step.children.size()) : u"for each item"_s;
        break;
    case StepKind::Approval: lines += u"approval "_s + step.gate; break;
    case StepKind::Policy: lines += u"policy "_s + step.gate; break;
    case StepKind::Parallel: break;
    }
    if (const auto outcome = m_outcomes.constFind(path); outcome != m_outcomes.cend())
        lines += engine::toString(*outcome).replace(u'-', u' ');
    return lines;
}

// NOLINTBEGIN(misc-no-recursion): over the steps of a plan, nested at most Plan::MaxNesting levels

Ends Grapher::drawBox(const PlanStep &step, const QString &path)
{
    const QString box = newId();
    m_writer.beginBox(box, linesOf(step, path).join(u" · "_s), lookOf(step, path));
    const Ends ends{newId(), newId()};
    m_writer.node(ends.first, {}, Shape::Joint, Look::Plain);
    m_writer.node(ends.last, {}, Shape::Joint, Look::Plain);
    for (qsizetype i = 0; i < step.children.size(); ++i) {
        const Ends child = drawStep(step.children.at(i), planChildPath(path, step, i));
        m_writer.edge(ends.first, child.first);
        m_writer.edge(child.last, ends.last);
    }
    if (step.children.isEmpty())
        m_writer.edge(ends.first, ends.last);
    m_writer.endBox();
    return ends;
}

Ends Grapher::drawStep(const PlanStep &step, const QString &path)
{
    const bool isCard = step.kind == StepKind::Map && step.expanded && step.children.size() > mostItemsDrawn;
    if ((step.kind == StepKind::Parallel || step.kind == StepKind::Map) && !isCard)
        return drawBox(step, path);
    const Shape shape = step.kind == StepKind::Map        ? Shape::Map
                        : step.kind == StepKind::Approval ? Shape::Approval
                        : step.kind == StepKind::Policy   ? Shape::Policy
                                                          : Shape::Run;
    const QString id = newId();
    m_writer.node(id, linesOf(step, path), shape, lookOf(step, path));
    return {id, id};
}

/// before: what the first step follows; empty for nothing.
Ends Grapher::drawSeries(const QList<PlanStep> &steps, QString before)
{
    Ends all;
    for (const PlanStep &step : steps) {
        const Ends ends = drawStep(step, childPath({}, step.id));
        if (!before.isEmpty())
            m_writer.edge(before, ends.first);
        if (all.first.isEmpty())
            all.first = ends.first;
        before = all.last = ends.last;
    }
    return all;
}

// NOLINTEND(misc-no-recursion)

void Grapher::draw(const Plan &plan)
{
    const Ends steps = drawSeries(plan.steps(), {});
    if (plan.finally().isEmpty())
        return;
    m_writer.beginBox(newId(), u"finally"_s, Look::Plain);
    const Ends last = drawSeries(plan.finally(), {});
    m_writer.endBox();
    if (!steps.last.isEmpty())
        m_writer.edge(steps.last, last.first);
}

} // namespace

QString graphOf(const Plan &plan, GraphFormat format, const Simulation *simulation)
{
    const auto writer = GraphWriter::make(format);
    writer->begin(u"%1 %2"_s.arg(plan.packName(), plan.packVersion()));
    Grapher(*writer, simulation).draw(plan);
    return writer->end();
}

} // namespace engine
