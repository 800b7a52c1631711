#include "engine/base/json.h"
#include "engine/plan/plan.h"
#include "engine/plan/plan_values.h"
#include "engine/plan/step_resolver.h"

using namespace Qt::StringLiterals;

namespace engine {

QJsonObject planInputs(const QList<InputSpec> &specs, const QJsonObject &values)
{
    QJsonObject inputs;
    for (const InputSpec &spec : specs) {
        const QJsonValue value = values.value(spec.name);
        if (value.isUndefined())
            continue;
        if (spec.type == InputType::File) {
            const QJsonObject file{{u"name"_s, value[u"name"_s]},
                                   {u"sha256"_s, value[u"sha256"_s]},
                                   {u"size"_s, value[u"size"_s]}};
            inputs.insert(spec.name, QJsonObject{{u"file"_s, file}});
        } else {
            inputs.insert(spec.name, planForm(value));
        }
    }
    return inputs;
}

/// A string that keeps its type: what is decided and no string stays as written.
static QString foldString(const QString &text, const Scope &scope, StepResolver &resolver,
                          const SourcePos &where)
{
    const auto value = foldAll(text, scope);
    if (value && !value->isString())
        return text;
    return resolver.resolveText(text, scope, where);
}

static SourcePos specPath(const QString &path)
{
    return {{}, 0, 0, u"/spec/"_s + path};
}

/// @param size  of the plan so far, see StepResolver::addChild()
static QList<PlanStep> resolveList(const QList<StepSpec> &specs, StepResolver &resolver, const Scope &scope,
                                   qsizetype &size)
{
    QList<PlanStep> steps;
    steps.reserve(specs.size());
    for (const StepSpec &spec : specs) {
        const qsizetype errors = resolver.errorCount();
        PlanStep step = resolver.asWritten(spec);
        if (resolver.errorCount() > errors)
            continue;
        if (!resolver.addChild(steps, resolver.resolve(std::move(step), &spec, scope), size, spec.where))
            break;
    }
    return steps;
}

Result<Plan> makePlan(const Pack &pack, const BoundInputs &inputs, const PlanSettings &settings)
{
    const Manifest &manifest = pack.manifest;
    if (isDeeperThan(inputs.values, maxValueDepth))
        return invalid(u"the inputs are nested deeper than %1 levels"_s.arg(maxValueDepth));

    Plan plan;
    plan.m_packName = manifest.name;
    plan.m_packVersion = manifest.version;
    plan.m_packDigest = pack.digest;
    plan.m_inputs = planInputs(manifest.inputs, inputs.values);
    plan.m_secrets = manifest.secrets;
    for (SecretSpec &secret : plan.m_secrets)
        secret.description.clear();
    plan.m_approvals = manifest.approvals;
    plan.m_policies = manifest.policies;
    plan.m_sandbox = manifest.sandbox;
    if (settings.sandbox == SandboxMode::Sealed || !plan.m_sandbox.mode)
        plan.m_sandbox.mode = settings.sandbox;
    plan.m_outputs = manifest.outputs;

    StepResolver resolver(manifest.modules);
    Scope scope;
    scope.inputs = inputs.values;
    for (qsizetype i = 0; i < plan.m_approvals.size(); ++i) {
        QString &reason = plan.m_approvals[i].reasonTemplate;
        reason = resolver.resolveText(reason, scope, specPath(u"approvals/%1/reasonTemplate"_s.arg(i)));
    }
    for (qsizetype i = 0; i < plan.m_outputs.size(); ++i) {
        RunOutputSpec &output = plan.m_outputs[i];
        output.value = foldString(output.value, scope, resolver, specPath(u"outputs/%1/value"_s.arg(i)));
        output.file = foldString(output.file, scope, resolver, specPath(u"outputs/%1/file"_s.arg(i)));
    }
    qsizetype size = 0;
    plan.m_steps = resolveList(manifest.steps, resolver, scope, size);
    plan.m_finally = resolveList(manifest.finally, resolver, scope, size);
    if (resolver.errorCount() > 0)
        return combined(resolver.takeErrors());

    const auto canonical = plan.checkedCanonical();
    if (!canonical)
        return canonical.error();
    if (canonical->size() > Plan::MaxBytes)
        return invalid(u"the plan is larger than %1 MiB"_s.arg(Plan::MaxBytes / 1024 / 1024));
    plan.setHash(*canonical);
    return plan;
}

} // namespace engine
