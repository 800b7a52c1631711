#include "engine/plan/step_resolver.h"

#include "engine/base/json.h"
#include "engine/pack/expression/value.h"
#include "engine/plan/plan_values.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

StepResolver::StepResolver(const QList<ModuleSpec> &modules)
{
    for (const ModuleSpec &module : modules)
        m_modules.insert(module.name, module);
}

static SourcePos inside(const StepSpec *spec, const QString &member)
{
    SourcePos where = spec ? spec->where : SourcePos();
    where.path += member;
    return where;
}

/// Where step.children[index] comes from: all children of a map from the one template.
static const StepSpec *childOf(const StepSpec *spec, const PlanStep &step, qsizetype index)
{
    return spec ? &spec->children.at(step.kind == StepKind::Map ? 0 : index) : nullptr;
}

void StepResolver::fail(const SourcePos &where, const QString &message)
{
    m_errors += Error{ErrorCode::InvalidInput, message, where, {}};
}

void StepResolver::fail(SourcePos where, const Error &inside)
{
    where.path += inside.where.path;
    fail(where, inside.message);
}

// NOLINTBEGIN(misc-no-recursion): over steps, which asWritten() nests at most MaxNesting levels deep

PlanStep StepResolver::asWritten(const StepSpec &spec, int nesting)
{
    PlanStep step;
    step.id = spec.id;
    step.name = spec.name;
    step.kind = spec.kind;
    step.when = spec.when;
    step.continueOnError = spec.continueOnError;
    step.run = spec.run;
    step.items = spec.items;
    step.maxParallel = spec.maxParallel;
    step.failurePolicy = spec.failurePolicy;
    step.gate = spec.gate;
    step.message = spec.message;
    step.input = spec.input;
    step.failActionContinue = spec.failActionContinue;
    if (isDeeperThan(step.run.with, maxValueDepth) || isDeeperThan(step.items, maxValueDepth)
        || isDeeperThan(step.input, maxValueDepth))
        fail(spec.where, u"a value is nested deeper than %1 levels"_s.arg(maxValueDepth));
    if (spec.kind == StepKind::Map && spec.children.size() != 1)
        fail(spec.where, u"a map of %1 steps; expected exactly one"_s.arg(spec.children.size()));
    if (nesting == Plan::MaxNesting && !spec.children.isEmpty()) {
        fail(spec.where,
             u"steps are nested deeper than %1 levels of parallel and map"_s.arg(Plan::MaxNesting));
        return step;
    }
    step.children.reserve(spec.children.size());
    for (const StepSpec &child : spec.children)
        step.children += asWritten(child, nesting + 1);
    return step;
}

void StepResolver::skip(PlanStep &step, const StepSpec *spec)
{
    step.skip = true;
    step.when.clear();
    step.run.with = planForm(step.run.with);
    step.run.env = textsOf(step.run.env, inside(spec, u"/run/env"_s));
    step.input = planForm(step.input);
    step.items = planForm(step.items);
    for (qsizetype i = 0; i < step.children.size(); ++i)
        skip(step.children[i], childOf(spec, step, i));
}

PlanStep StepResolver::resolve(PlanStep step, const StepSpec *spec, const Scope &scope)
{
    if (step.skip)
        return step;
    decideWhen(step, spec, scope);
    if (step.skip) {
        skip(step, spec);
        return step;
    }
    switch (step.kind) {
    case StepKind::Run: resolveRun(step.run, spec, scope); break;
    case StepKind::Parallel: resolveChildren(step, spec, scope); break;
    case StepKind::Map: resolveMap(step, spec, scope); break;
    case StepKind::Approval:
        step.message = resolveText(step.message, scope, inside(spec, u"/gate/message"_s));
        break;
    case StepKind::Policy: step.input = fold(step.input, scope, inside(spec, u"/gate/input"_s)); break;
    }
    return step;
}

void StepResolver::resolveRun(RunSpec &run, const StepSpec *spec, const Scope &scope)
{
    // To a process every value is text; what the engine itself works with keeps its type.
    const bool isText =
        run.uses == "builtin:exec"_L1 || run.uses == "builtin:script"_L1 || run.uses == "bundle.ingest"_L1;
    const SourcePos where = inside(spec, u"/run/with"_s);
    run.with = fold(run.with, scope, where, isText ? Numbers::AsText : Numbers::Exact);
    if (!run.module.name.isEmpty())
        resolveModule(run, where);
    run.env = fold(run.env, scope, inside(spec, u"/run/env"_s));
    run.env = textsOf(run.env, inside(spec, u"/run/env"_s));
}

/// Fills in defaults, checks what is known of `with` against the module, and resolves the module's command
/// when all of it is known.
void StepResolver::resolveModule(RunSpec &run, const SourcePos &where)
{
    const auto module = m_modules.constFind(run.module.name);
    if (module == m_modules.cend())
        return;
    const qsizetype errors = m_errors.size();
    bool isKnown = true;
    Scope scope;
    scope.inputs = QJsonObject();
    for (const InputSpec &input : module->inputs) {
        if (input.defaultValue && !run.with.contains(input.name))
            run.with.insert(input.name, literalForm(*input.defaultValue));
        const QJsonValue value = run.with.value(input.name);
        if (value.isUndefined())
            continue;
        if (!isDecided(value))
            isKnown = false;
        else if (const auto bound = moduleInput(input, value, where))
            scope.inputs->insert(input.name, *bound);
    }
    if (!isKnown || m_errors.size() > errors)
        return;
    for (QString &argument : run.module.command)
        argument = resolveText(argument, scope, where);
}

/// The value of a module's input, checked.
std::optional<QJsonValue> StepResolver::moduleInput(const InputSpec &input, const QJsonValue &value,
                                                    const SourcePos &where)
{
    const auto evaluated = evaluateAll(value, {});
    if (!evaluated) {
        fail(where, evaluated.error());
        return {};
    }
    const auto bound = bindInputs({input}, {{input.name, *evaluated}});
    if (bound)
        return bound->values.value(input.name);
    for (const Error &part : partsOf(bound.error()))
        fail(where, part);
    return {};
}

void StepResolver::resolveChildren(PlanStep &step, const StepSpec *spec, const Scope &scope)
{
    QList<PlanStep> children;
    children.reserve(step.children.size());
    qsizetype size = 0;
    for (qsizetype i = 0; i < step.children.size(); ++i) {
        PlanStep child = resolve(step.children.at(i), childOf(spec, step, i), scope);
        if (!addChild(children, std::move(child), size, inside(spec, {})))
            break;
    }
    step.children = std::move(children);
}

void StepResolver::resolveMap(PlanStep &step, const StepSpec *spec, const Scope &scope)
{
    if (step.expanded)
        return; // Inside it, item and index are its own.
    Scope inputsOnly;
    inputsOnly.inputs = scope.inputs;
    const qsizetype errors = m_errors.size();
    step.children = {resolve(step.children.first(), childOf(spec, step, 0), inputsOnly)};
    const auto items = resolveItems(step, scope, inside(spec, u"/map/items"_s));
    if (items && m_errors.size() == errors)
        expand(step, *items, spec, inputsOnly);
}

// NOLINTEND(misc-no-recursion)

void StepResolver::decideWhen(PlanStep &step, const StepSpec *spec, const Scope &scope)
{
    if (step.when.isEmpty())
        return;
    const SourcePos where = inside(spec, u"/when"_s);
    const auto value = foldAll(step.when, scope);
    if (!value)
        return fail(where, value.error());
    if (value->isString() && !isDecided(*value)) {
        step.when = value->toString();
        return;
    }
    if (!value->isBool()) {
        const auto decided = evaluateAll(*value, {});
        return fail(where, u"\"when\" gives %1 instead of a boolean"_s.arg(
                               expr::describe(decided ? *decided : *value)));
    }
    step.when.clear();
    step.skip = !value->toBool();
}

QJsonObject StepResolver::fold(const QJsonObject &templates, const Scope &scope, const SourcePos &where,
                               Numbers numbers)
{
    const auto inPlan = [numbers](const QJsonObject &object) {
        return numbers == Numbers::Exact ? exactForm(object) : planForm(object);
    };
    if (!holdsTemplate(templates))
        return inPlan(templates);
    const auto value = foldAll(templates, scope);
    if (!value) {
        fail(where, value.error());
        return {};
    }
    if (isDeeperThan(*value, maxValueDepth)) {
        fail(where, u"a value is nested deeper than %1 levels"_s.arg(maxValueDepth));
        return {};
    }
    return inPlan(value->toObject());
}

/// Variables are text: numbers and booleans as a run would write them.
QJsonObject StepResolver::textsOf(const QJsonObject &env, const SourcePos &where)
{
    QJsonObject texts;
    for (auto variable = env.begin(); variable != env.end(); ++variable) {
        const QJsonValue value = variable.value();
        if (!value.isString() && !value.isDouble() && !value.isBool()) {
            SourcePos place = where;
            place.path += u'/' + pointerToken(variable.key());
            fail(place, u"variable \"%1\" is %2; expected a text, a number or a boolean"_s.arg(
                            variable.key(), expr::describe(value)));
            continue;
        }
        const auto text = expr::textOf(value);
        texts.insert(variable.key(), text ? *text : QString());
    }
    return texts;
}

QString StepResolver::resolveText(const QString &text, const Scope &scope, const SourcePos &where)
{
    if (!text.contains("{{"_L1))
        return text;
    auto value = foldAll(text, scope);
    if (value && !value->isString())
        value = foldAll(QString(text + u"{{ '' }}"_s), scope); // Beside other text, a value becomes text.
    if (!value) {
        fail(where, value.error());
        return text;
    }
    return value->toString();
}

std::optional<QJsonArray> StepResolver::resolveItems(PlanStep &step, const Scope &scope,
                                                     const SourcePos &where)
{
    const auto folded = foldAll(step.items, scope);
    if (!folded) {
        fail(where, folded.error());
        return {};
    }
    const bool decided = isDecided(*folded);
    const auto values = decided ? evaluateAll(*folded, {}) : folded;
    if (!values) {
        fail(where, values.error());
    } else if (decided && !values->isArray()) {
        fail(where, u"\"items\" gives %1 instead of an array"_s.arg(expr::describe(*values)));
    } else if (values->toArray().size() > Plan::MaxItems) {
        fail(where, u"a map over %1 items; at most %2 are allowed"_s.arg(values->toArray().size())
                        .arg(Plan::MaxItems));
    } else if (isDeeperThan(*values, maxValueDepth)) {
        fail(where, u"a value is nested deeper than %1 levels"_s.arg(maxValueDepth));
    } else {
        step.items = planForm(*values);
        if (decided)
            return values->toArray();
    }
    return {};
}

/// Whether something of the step still waits for its item. Not inside a map: the item there is another one.
// NOLINTNEXTLINE(misc-no-recursion): over steps, nested at most MaxNesting levels
static bool waitsForItem(const PlanStep &step)
{
    const auto waits = [](const QJsonValue &value) { return mentionsRoot(value, u"item"_s); };
    if (waits(step.when) || waits(step.message) || waits(step.run.with) || waits(step.run.env)
        || waits(step.input))
        return true;
    if (step.kind == StepKind::Map)
        return !step.expanded && waits(step.items);
    return std::any_of(step.children.begin(), step.children.end(), waitsForItem);
}

// NOLINTNEXTLINE(misc-no-recursion): over steps, nested at most MaxNesting levels
void StepResolver::expand(PlanStep &step, const QJsonArray &items, const StepSpec *spec, const Scope &scope)
{
    const PlanStep mapTemplate = step.children.first();
    const StepSpec *childSpec = childOf(spec, step, 0);
    const qsizetype errors = m_errors.size();
    QList<PlanStep> children;
    children.reserve(items.size());
    qsizetype size = 0;
    Scope itemScope = scope;
    for (int i = 0; i < int(items.size()); ++i) {
        itemScope.item = items.at(i);
        itemScope.index = i;
        if (!addChild(children, resolve(mapTemplate, childSpec, itemScope), size, inside(spec, {})))
            break;
        if (!isPlanForm(items.at(i)) && waitsForItem(children.constLast()))
            fail(inside(spec, u"/map/step"_s),
                 u"an expression waits for the run and needs an item whose fraction the plan keeps as text; "
                 "give the items as text and use toNumber(item)"_s);
        if (m_errors.size() > errors) { // One item's problem is likely to be every item's.
            m_errors.last().message += u" (for item %1)"_s.arg(i);
            break;
        }
    }
    step.children = std::move(children);
    step.expanded = true;
}

bool StepResolver::addChild(QList<PlanStep> &children, PlanStep child, qsizetype &size,
                            const SourcePos &where)
{
    size += roughSize(child);
    if (size > Plan::MaxBytes) {
        fail(where, u"the plan is larger than %1 MiB"_s.arg(Plan::MaxBytes / 1024 / 1024));
        return false;
    }
    children += std::move(child);
    return true;
}

Result<PlanStep> expandTemplate(const PlanStep &mapTemplate, const QJsonValue &item, int index)
{
    StepResolver resolver;
    Scope scope;
    scope.item = item;
    scope.index = index;
    PlanStep step = resolver.resolve(mapTemplate, nullptr, scope);
    if (resolver.errorCount() > 0)
        return combined(resolver.takeErrors());
    return step;
}

} // namespace engine
