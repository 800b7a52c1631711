#include "engine/base/json.h"
#include "engine/pack/expression/template.h"
#include "engine/plan/plan_reader.h"
#include "engine/plan/plan_values.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

QList<PlanStep> PlanReader::readSteps(JsonMembers &plan)
{
    return readList(plan, u"steps"_s, JsonMembers::Required, &PlanStep::id,
                    [this](const QJsonObject &json, const QString &at) { return readStep(json, at, 0); });
}

QList<PlanStep> PlanReader::readFinally(JsonMembers &plan)
{
    const QList<PlanStep> steps =
        readList(plan, u"finally"_s, JsonMembers::Optional, &PlanStep::id,
                 [this](const QJsonObject &json, const QString &at) { return readStep(json, at, 0); });
    for (qsizetype i = 0; i < steps.size(); ++i) {
        if (steps[i].kind != StepKind::Run)
            plan.fail(plan.pathOf(u"finally"_s) + u'/' + QString::number(i) + u"/kind"_s,
                      u"\"%1\" is not one of run"_s.arg(toString(steps[i].kind)));
    }
    return steps;
}

/// The module of the pack that a step uses, and what it starts.
void PlanReader::readModule(JsonMembers &members, RunSpec &run)
{
    if (!run.uses.startsWith("./modules/"_L1))
        return;
    JsonMembers module(members.object(u"module"_s, JsonMembers::Required), members.pathOf(u"module"_s),
                       problem);
    run.module.name = module.text(u"name"_s);
    run.module.digest = module.text(u"digest"_s);
    module.refuseTheRest();
    if (!members.failed() && run.uses != u"./modules/"_s + run.module.name)
        members.failAt(u"uses"_s, u"\"%1\" is not the module \"%2\""_s.arg(run.uses, run.module.name));
    run.module.command = members.texts(u"command"_s);
    checkTemplates(members, QJsonArray::fromStringList(run.module.command), members.pathOf(u"command"_s));
}

std::optional<RetrySpec> PlanReader::readRetries(JsonMembers &members)
{
    const QJsonObject json = members.object(u"retries"_s);
    if (json.isEmpty())
        return {};
    const QString path = members.pathOf(u"retries"_s);
    JsonMembers reader(json, path, problem);
    RetrySpec retries;
    retries.maxAttempts = reader.integer(u"maxAttempts"_s, 1, JsonMembers::Required, RetrySpec::MaxAttempts);
    retries.backoff = reader.duration(u"backoff"_s).value_or(retries.backoff);
    const QJsonValue factor = reader.any(u"factor"_s);
    bool isNumber = factor.isDouble();
    retries.factor = isNumber ? factor.toDouble() : factor.toString().toDouble(&isNumber);
    if (!isNumber || retries.factor < 1 || retries.factor > 100
        || planForm(QJsonValue(retries.factor)) != factor)
        reader.failAt(u"factor"_s, u"expected a number from 1 to 100 as a plan writes it, found %1"_s.arg(
                                       expr::describe(factor)));
    retries.maxBackoff = reader.duration(u"maxBackoff"_s, JsonMembers::Optional);
    retries.maxDuration = reader.duration(u"maxDuration"_s, JsonMembers::Optional);
    const QJsonArray codes = reader.array(u"onExitCodes"_s);
    for (const QJsonValue code : codes) {
        if (code.toInt() < 1 || code.toInt() > 255)
            reader.failAt(u"onExitCodes"_s,
                          u"expected an exit code from 1 to 255, found %1"_s.arg(expr::describe(code)));
        retries.onExitCodes += code.toInt();
    }
    reader.refuseTheRest();
    return retries;
}

void PlanReader::readRun(JsonMembers &members, RunSpec &run)
{
    run.uses = members.text(u"uses"_s);
    readModule(members, run);
    run.with = readTemplates(members, u"with"_s);
    run.env = readTemplates(members, u"env"_s);
    for (auto variable = run.env.constBegin(); variable != run.env.constEnd(); ++variable) {
        if (!variable.value().isString())
            members.fail(members.pathOf(u"env"_s) + u'/' + pointerToken(variable.key()),
                         u"expected a string, found %1"_s.arg(expr::describe(variable.value())));
    }
    run.outputs =
        readList(members, u"outputs"_s, JsonMembers::Optional, &StepOutputSpec::name,
                 [this](const QJsonObject &output, const QString &at) { return readStepOutput(output, at); });
    run.artifacts = members.texts(u"artifacts"_s);
    run.timeout = members.duration(u"timeout"_s, JsonMembers::Optional);
    run.grace = members.duration(u"grace"_s).value_or(run.grace);
    run.retries = readRetries(members);
    run.idempotent = members.flag(u"idempotent"_s);
    run.allowUnixSockets = members.flag(u"allowUnixSockets"_s);
}

StepOutputSpec PlanReader::readStepOutput(const QJsonObject &json, const QString &path)
{
    JsonMembers members(json, path, problem);
    StepOutputSpec output;
    output.name = members.text(u"name"_s);
    output.type = members.text(u"type"_s);
    output.path = members.text(u"path"_s, JsonMembers::Optional);
    output.secret = members.flag(u"secret"_s);
    members.refuseTheRest();
    return output;
}

template<class Spec>
static bool hasId(const QList<Spec> &specs, const QString &id)
{
    return std::any_of(specs.begin(), specs.end(), [&id](const Spec &spec) { return spec.id == id; });
}

void PlanReader::readApprovalGate(JsonMembers &members, PlanStep &step)
{
    step.gate = members.text(u"approval"_s);
    step.message = readTemplate(members, u"message"_s, JsonMembers::Optional);
    if (!hasId(approvals, step.gate))
        members.failAt(u"approval"_s, u"there is no approval \"%1\""_s.arg(step.gate));
}

void PlanReader::readPolicyGate(JsonMembers &members, PlanStep &step)
{
    step.gate = members.text(u"policy"_s);
    step.input = readTemplates(members, u"input"_s);
    const QString failAction = members.text(u"failAction"_s);
    step.failActionContinue = failAction == u"continue"_s;
    if (!step.failActionContinue && failAction != u"halt"_s)
        members.failAt(u"failAction"_s, u"\"%1\" is not one of halt, continue"_s.arg(failAction));
    if (!hasId(policies, step.gate))
        members.failAt(u"policy"_s, u"there is no policy \"%1\""_s.arg(step.gate));
}

void PlanReader::readSpread(JsonMembers &members, PlanStep &step)
{
    step.maxParallel = members.integer(u"maxParallel"_s, 1, JsonMembers::Optional);
    step.failurePolicy =
        readChoice(members, u"failurePolicy"_s,
                   {FailurePolicy::StopScheduling, FailurePolicy::CancelRunning, FailurePolicy::Continue});
}

bool PlanReader::isTooDeep(JsonMembers &members, int nesting)
{
    if (nesting < Plan::MaxNesting)
        return false;
    members.fail(members.pathOf(u"kind"_s),
                 u"steps are nested deeper than %1 levels of parallel and map"_s.arg(Plan::MaxNesting));
    return true;
}

// NOLINTBEGIN(misc-no-recursion): at most MaxNesting levels, see isTooDeep()

void PlanReader::readParallel(JsonMembers &members, PlanStep &step, int nesting)
{
    readSpread(members, step);
    if (isTooDeep(members, nesting))
        return;
    step.children =
        readList(members, u"steps"_s, JsonMembers::Required, &PlanStep::id,
                 [&](const QJsonObject &json, const QString &at) { return readStep(json, at, nesting + 1); });
}

void PlanReader::readMap(JsonMembers &members, PlanStep &step, int nesting)
{
    readSpread(members, step);
    if (isTooDeep(members, nesting))
        return;
    step.items = members.any(u"items"_s);
    const auto read = [&](const QJsonObject &json, const QString &at) {
        return readStep(json, at, nesting + 1);
    };
    const QJsonObject mapTemplate = members.object(u"step"_s);
    step.expanded = mapTemplate.isEmpty();
    if (step.expanded)
        step.children = readList(members, u"steps"_s, JsonMembers::Required,
                                 static_cast<QString PlanStep::*>(nullptr), read);
    else
        step.children += read(mapTemplate, members.pathOf(u"step"_s));
    if (!problem)
        checkMap(members, step);
}

PlanStep PlanReader::readStep(const QJsonObject &json, const QString &path, int nesting)
{
    JsonMembers members(json, path, problem);
    PlanStep step;
    step.id = readId(members, u"id"_s);
    step.kind =
        readChoice(members, u"kind"_s,
                   {StepKind::Run, StepKind::Parallel, StepKind::Map, StepKind::Approval, StepKind::Policy});
    step.name = members.text(u"name"_s, JsonMembers::Optional);
    step.skip = members.flag(u"skip"_s);
    step.when = readTemplate(members, u"when"_s, JsonMembers::Optional);
    step.continueOnError = members.flag(u"continueOnError"_s);
    switch (step.kind) {
    case StepKind::Run: readRun(members, step.run); break;
    case StepKind::Parallel: readParallel(members, step, nesting); break;
    case StepKind::Map: readMap(members, step, nesting); break;
    case StepKind::Approval: readApprovalGate(members, step); break;
    case StepKind::Policy: readPolicyGate(members, step); break;
    }
    checkSkip(members, step);
    members.refuseTheRest();
    return step;
}

// NOLINTEND(misc-no-recursion)

/// What makePlan() promises of a map, see PlanStep.
void PlanReader::checkMap(JsonMembers &members, const PlanStep &step)
{
    const qsizetype count = step.items.toArray().size();
    if (!step.items.isArray() && (step.expanded || !step.items.isString())) {
        members.failAt(u"items"_s,
                       u"expected an array%1, found %2"_s.arg(step.expanded ? QString() : u" or a string"_s,
                                                              expr::describe(step.items)));
    } else if (count > Plan::MaxItems) {
        members.failAt(u"items"_s,
                       u"a map over %1 items; at most %2 are allowed"_s.arg(count).arg(Plan::MaxItems));
    } else if (!step.expanded) {
        checkTemplates(members, step.items, members.pathOf(u"items"_s));
    } else if (!isPlanForm(step.items)) {
        members.failAt(u"items"_s, u"a number that a plan holds as text"_s);
    } else if (step.children.size() != count) {
        members.failAt(u"steps"_s, u"expected %1 steps, one for each item, found %2"_s.arg(count).arg(
                                       step.children.size()));
    }
    for (qsizetype i = 1; i < step.children.size(); ++i) {
        if (step.children[i].id != step.children.first().id)
            members.fail(members.pathOf(u"steps"_s) + u'/' + QString::number(i) + u"/id"_s,
                         u"expected \"%1\" as in the first step, found \"%2\""_s.arg(step.children.first().id,
                                                                                     step.children[i].id));
    }
}

void PlanReader::checkSkip(JsonMembers &members, const PlanStep &step)
{
    if (!step.skip)
        return;
    if (!step.when.isEmpty())
        members.failAt(u"when"_s, u"a step that is skipped has nothing left to decide"_s);
    if (std::any_of(step.children.begin(), step.children.end(),
                    [](const PlanStep &child) { return !child.skip; }))
        members.failAt(u"skip"_s, u"a step inside one that is skipped is skipped too"_s);
}

} // namespace engine
