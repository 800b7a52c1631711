#pragma once

#include "engine/plan/plan.h"

#include <QJsonArray>

#include <cstdlib>

/// Packs and plans built in code, without a manifest.
namespace packs {

using namespace Qt::StringLiterals;

inline engine::StepSpec step(const QString &id, engine::StepKind kind)
{
    engine::StepSpec spec;
    spec.id = id;
    spec.kind = kind;
    return spec;
}

inline engine::StepSpec run(const QString &id, const QJsonObject &with = {}, const QJsonObject &env = {})
{
    engine::StepSpec spec = step(id, engine::StepKind::Run);
    spec.run.uses = u"builtin:exec"_s;
    spec.run.with = with;
    spec.run.env = env;
    return spec;
}

inline engine::StepSpec parallel(const QString &id, const QList<engine::StepSpec> &children,
                                 int maxParallel = 0)
{
    engine::StepSpec spec = step(id, engine::StepKind::Parallel);
    spec.children = children;
    spec.maxParallel = maxParallel;
    return spec;
}

inline engine::StepSpec map(const QString &id, const QJsonValue &items, const engine::StepSpec &child,
                            int maxParallel = 0)
{
    engine::StepSpec spec = step(id, engine::StepKind::Map);
    spec.items = items;
    spec.children = {child};
    spec.maxParallel = maxParallel;
    return spec;
}

/// A gate of the approval "review".
inline engine::StepSpec approval(const QString &id, const QString &message = {})
{
    engine::StepSpec spec = step(id, engine::StepKind::Approval);
    spec.gate = u"review"_s;
    spec.message = message;
    return spec;
}

/// A gate of the policy "window".
inline engine::StepSpec policy(const QString &id, const QJsonObject &input = {})
{
    engine::StepSpec spec = step(id, engine::StepKind::Policy);
    spec.gate = u"window"_s;
    spec.input = input;
    return spec;
}

inline engine::StepSpec when(engine::StepSpec spec, const QString &condition)
{
    spec.when = condition;
    return spec;
}

/// A pack with the approval "review" and the policy "window", which denies when its input says so.
inline engine::Pack pack(const QList<engine::StepSpec> &steps)
{
    engine::Pack pack;
    pack.root = u"/packs/sample"_s;
    pack.digest = u"sha256:"_s + QString(64, u'0');
    pack.manifest.name = u"sample"_s;
    pack.manifest.version = u"1.0.0"_s;
    pack.manifest.approvals = {{.id = u"review"_s}};
    pack.manifest.policies = {
        {u"window"_s, {{u"closed"_s, u"{{ input.closed }}"_s, u"it is {{ 'closed' }}"_s}}}};
    pack.manifest.steps = steps;
    return pack;
}

/// The inputs as declared without schemas: enough for planning.
inline void declare(engine::Pack &pack, const engine::BoundInputs &inputs)
{
    for (auto input = inputs.values.begin(); input != inputs.values.end(); ++input) {
        engine::InputSpec spec;
        spec.name = input.key();
        spec.type = inputs.files.contains(input.key()) ? engine::InputType::File : engine::InputType::Object;
        pack.manifest.inputs += spec;
    }
}

inline engine::Result<engine::Plan> planned(engine::Pack pack, const QJsonObject &inputs = {})
{
    const engine::BoundInputs bound{inputs, {}};
    declare(pack, bound);
    return makePlan(pack, bound);
}

inline engine::Result<engine::Plan> planned(const QList<engine::StepSpec> &steps,
                                            const QJsonObject &inputs = {})
{
    return planned(pack(steps), inputs);
}

/// planned() where it cannot fail.
inline engine::Plan plan(const QList<engine::StepSpec> &steps, const QJsonObject &inputs = {})
{
    const auto plan = planned(steps, inputs);
    if (!plan)
        qFatal("%s", qPrintable(plan.error().toString()));
    return *plan;
}

} // namespace packs
