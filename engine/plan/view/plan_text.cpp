#include "engine/plan/view/plan_text.h"

#include "engine/base/duration.h"
#include "engine/pack/egress.h"
#include "engine/plan/view/printable_text.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

QString attemptsText(const RunSpec &run)
{
    const bool isTriedAgain = run.retries && run.retries->maxAttempts > 1;
    return isTriedAgain ? u", up to %1 attempts"_s.arg(run.retries->maxAttempts) : QString();
}

/// What stands behind a step's id.
QString describe(const Plan &plan, const PlanStep &step)
{
    switch (step.kind) {
    case StepKind::Run: {
        const QString limit = step.run.timeout ? u", at most "_s + toWords(*step.run.timeout) : QString();
        return step.run.uses + limit + attemptsText(step.run);
    }
    case StepKind::Parallel:
        return step.maxParallel > 0 ? u"parallel, %1 at a time"_s.arg(step.maxParallel) : u"parallel"_s;
    case StepKind::Map: {
        const QString over = step.expanded ? u"map over %1 items"_s.arg(step.children.size())
                             : step.items.isString()
                                 ? u"map over "_s + printableLine(step.items.toString())
                                 : u"map over %1 items"_s.arg(step.items.toArray().size());
        return step.maxParallel > 0 ? u"%1, %2 at a time"_s.arg(over).arg(step.maxParallel) : over;
    }
    case StepKind::Approval: {
        const ApprovalSpec *approval = plan.approval(step.gate);
        const QString who = approval && !approval->approvers.isEmpty() ? approval->approvers.join(u", "_s)
                                                                       : u"those who may approve"_s;
        return u"approval \"%1\", needs %2 of %3"_s.arg(
            step.gate, QString::number(approval ? approval->required : 1), printableLine(who));
    }
    case StepKind::Policy: return u"policy \"%1\""_s.arg(step.gate);
    }
    Q_UNREACHABLE();
}

class TreeWriter
{
public:
    TreeWriter(const Plan &plan, TreeStyle style)
        : m_plan(plan)
        , m_style(style)
    {
    }

    void add(const QList<PlanStep> &steps, const QString &title);
    QString take() { return std::move(m_text); }

private:
    void addStep(const PlanStep &step, const QString &label, const QString &indent, bool isLast);
    void addChildren(const PlanStep &step, const QString &indent);
    QString branch(bool isLast) const;
    QString stem(bool isLast) const;

    const Plan &m_plan;
    const TreeStyle m_style;
    QString m_text;
};

QString TreeWriter::branch(bool isLast) const
{
    if (m_style == TreeStyle::Ascii)
        return isLast ? u"`- "_s : u"|- "_s;
    return isLast ? u"└─ "_s : u"├─ "_s;
}

QString TreeWriter::stem(bool isLast) const
{
    if (isLast)
        return u"   "_s;
    return m_style == TreeStyle::Ascii ? u"|  "_s : u"│  "_s;
}

void TreeWriter::add(const QList<PlanStep> &steps, const QString &title)
{
    if (steps.isEmpty())
        return;
    m_text += title + u'\n';
    for (qsizetype i = 0; i < steps.size(); ++i)
        addStep(steps.at(i), steps.at(i).id, {}, i + 1 == steps.size());
}

// NOLINTBEGIN(misc-no-recursion): over the steps of a plan, nested at most Plan::MaxNesting levels

void TreeWriter::addStep(const PlanStep &step, const QString &label, const QString &indent, bool isLast)
{
    QString line = indent + branch(isLast) + label;
    if (!step.name.isEmpty())
        line += u"  "_s + printableLine(step.name);
    line += u"  ("_s + describe(m_plan, step) + u')';
    if (step.skip)
        line += u"  skipped"_s;
    if (!step.when.isEmpty())
        line += u"  when "_s + printableLine(step.when);
    m_text += line + u'\n';
    addChildren(step, indent + stem(isLast));
}

void TreeWriter::addChildren(const PlanStep &step, const QString &indent)
{
    constexpr qsizetype shown = 12; // Items of a map are alike.
    const bool isMap = step.kind == StepKind::Map;
    const qsizetype count = step.children.size();
    const qsizetype last = isMap && count > shown ? shown : count;
    for (qsizetype i = 0; i < last; ++i) {
        const PlanStep &child = step.children.at(i);
        const QString item = !isMap ? QString() : step.expanded ? u"[%1] "_s.arg(i) : u"[*] "_s;
        addStep(child, item + child.id, indent, i + 1 == count);
    }
    if (last < count)
        m_text += indent + branch(true) + u"... and %1 items more\n"_s.arg(count - last);
}

// NOLINTEND(misc-no-recursion)

QString headText(const Plan &plan)
{
    QString text = u"%1 %2\nplanHash %3\n"_s.arg(plan.packName(), plan.packVersion(), plan.hash());
    const QJsonObject inputs = plan.inputs();
    for (auto input = inputs.begin(); input != inputs.end(); ++input)
        text += u"input    %1 = %2\n"_s.arg(printableLine(input.key()), printableValue(input.value()));
    for (const SecretSpec &secret : plan.secrets())
        text += u"secret   %1%2\n"_s.arg(secret.name, secret.required ? QString() : u" (optional)"_s);
    if (plan.sandbox().mode == SandboxMode::Sealed) {
        QStringList places;
        for (const EgressRule &rule : plan.sandbox().egress)
            places += toString(rule);
        text += u"sealed   steps reach %1\n"_s.arg(places.isEmpty() ? u"no network"_s : places.join(u", "_s));
    }
    return text;
}

} // namespace

QString planText(const Plan &plan, TreeStyle style)
{
    TreeWriter tree(plan, style);
    tree.add(plan.steps(), u"\nsteps"_s);
    tree.add(plan.finally(), u"\nfinally"_s);
    return headText(plan) + tree.take();
}

} // namespace engine
