#include "engine/pack/reader/step_reader.h"

#include "engine/base/nearest_name.h"
#include "engine/pack/reader/names.h"
#include "engine/pack/reader/run_reader.h"

using namespace Qt::StringLiterals;

namespace engine {

// NOLINTBEGIN(misc-no-recursion): steps nest at most maxNesting levels

namespace {

constexpr int maxNesting = 8;
constexpr size_t maxItems = 100'000;

/// Reads one step; steps inside it are read by readers of their own. Depth is bounded by maxNesting.
class StepReader
{
public:
    StepReader(const NodeAt &at, const TemplateContext &context, const PackContext &pack, int nesting,
               Problems &problems)
        : m_reader(at,
                   {u"id"_s, u"name"_s, u"when"_s, u"continueOnError"_s, u"run"_s, u"parallel"_s, u"map"_s,
                    u"gate"_s},
                   problems)
        , m_context(context)
        , m_pack(pack)
        , m_nesting(nesting)
        , m_problems(problems)
    {
    }

    StepSpec read();

private:
    void readContent(StepSpec &step);
    void readParallel(const NodeAt &at, StepSpec &step);
    void readMap(const NodeAt &at, StepSpec &step);
    expr::ValueType readItems(const NodeAt &at, StepSpec &step);
    void readTemplate(const NodeAt &at, const expr::ValueType &item, StepSpec &step);
    void readGate(const NodeAt &at, StepSpec &step);
    void readApproval(const MappingReader &reader, StepSpec &step);
    void readPolicy(const MappingReader &reader, StepSpec &step);
    void readSpread(const MappingReader &reader, StepSpec &step);
    QString readReference(const MappingReader &reader, const QString &key, const QStringList &declared);
    bool isTooDeep(const NodeAt &at);

    const MappingReader m_reader;
    const TemplateContext &m_context;
    const PackContext &m_pack;
    const int m_nesting;
    Problems &m_problems;
};

StepSpec StepReader::read()
{
    StepSpec step;
    step.where = m_problems.positionOf(m_reader.at());
    if (!m_reader.isMapping())
        return step;
    step.id = readId(m_reader, u"id", m_problems).value_or(QString());
    step.name = m_reader.text(u"name").value_or(QString());
    if (const auto when = m_reader.find(u"when")) {
        checkExpression(*when, m_context, openPlace(u"when"_s, expr::Boolean), m_problems);
        step.when = when->node->value.toString();
    }
    step.continueOnError = m_reader.boolean(u"continueOnError", false);
    readContent(step);
    return step;
}

void StepReader::readContent(StepSpec &step)
{
    QStringList kinds;
    for (const QString &kind : {u"run"_s, u"parallel"_s, u"map"_s, u"gate"_s}) {
        if (m_reader.has(kind))
            kinds += kind;
    }
    if (kinds.size() != 1) {
        const QString found = kinds.isEmpty() ? u"none"_s : kinds.join(u" and "_s);
        m_problems.add(m_reader.at(),
                       u"expected exactly one of run, parallel, map and gate, found "_s + found);
    }
    if (const auto run = m_reader.find(u"run"))
        step.run = readRun(*run, m_context, m_pack, m_problems);
    if (const auto parallel = m_reader.find(u"parallel"))
        readParallel(*parallel, step);
    if (const auto map = m_reader.find(u"map"))
        readMap(*map, step);
    if (const auto gate = m_reader.find(u"gate"))
        readGate(*gate, step);
}

bool StepReader::isTooDeep(const NodeAt &at)
{
    if (m_nesting < maxNesting)
        return false;
    m_problems.add(at, u"steps are nested deeper than %1 levels of parallel and map"_s.arg(maxNesting));
    return true;
}

void StepReader::readSpread(const MappingReader &reader, StepSpec &step)
{
    step.maxParallel = reader.integer(u"maxParallel", 0, 1, int(maxItems));
    const auto policy =
        reader.choice(u"failurePolicy", {u"stop-scheduling"_s, u"cancel-running"_s, u"continue"_s});
    if (policy == u"cancel-running"_s)
        step.failurePolicy = FailurePolicy::CancelRunning;
    else if (policy == u"continue"_s)
        step.failurePolicy = FailurePolicy::Continue;
}

void StepReader::readParallel(const NodeAt &at, StepSpec &step)
{
    step.kind = StepKind::Parallel;
    const MappingReader reader(at, {u"maxParallel"_s, u"failurePolicy"_s, u"steps"_s}, m_problems);
    readSpread(reader, step);
    const auto steps = reader.require(u"steps");
    if (steps && !isTooDeep(*steps))
        step.children = readSteps(*steps, m_context, m_pack, true, m_nesting + 1, m_problems);
}

/// The type of each item.
expr::ValueType StepReader::readItems(const NodeAt &at, StepSpec &step)
{
    const expr::Place place = openPlace(u"items"_s, expr::Array);
    step.items = toJson(*at.node);
    if (at.node->kind == YamlNode::Kind::String)
        return expr::anyItem(checkExpression(at, m_context, place, m_problems));
    if (at.node->kind != YamlNode::Kind::List) {
        expected(at, u"a list or an expression"_s, m_problems);
        return {};
    }
    if (at.node->items.size() > maxItems)
        m_problems.add(
            at, u"a map over %1 items; at most %2 are allowed"_s.arg(at.node->items.size()).arg(maxItems));
    return expr::anyItem(checkTemplates(at, m_context, place, m_problems));
}

void StepReader::readMap(const NodeAt &at, StepSpec &step)
{
    step.kind = StepKind::Map;
    const MappingReader reader(at, {u"items"_s, u"maxParallel"_s, u"failurePolicy"_s, u"step"_s}, m_problems);
    expr::ValueType item;
    if (const auto items = reader.require(u"items"))
        item = readItems(*items, step);
    readSpread(reader, step);
    const auto child = reader.require(u"step");
    if (child && !isTooDeep(*child))
        readTemplate(*child, item, step);
}

void StepReader::readTemplate(const NodeAt &at, const expr::ValueType &item, StepSpec &step)
{
    if (const YamlMember *map = at.node->find(u"map"))
        m_problems.addAt(map->mark, at.member(*map).path,
                         u"the step of a map cannot be a map itself; expected a run, a parallel or a gate"_s);
    TemplateContext context = m_context;
    const YamlMember *id = at.node->find(u"id");
    const QStringList ids{id ? id->value->value.toString() : QString()};
    context.levels += StepLevel{std::make_shared<const StepList>(ids, step.children), 0, false};
    context.item = item;
    step.children = {StepReader(at, context, m_pack, m_nesting + 1, m_problems).read()};
}

QString StepReader::readReference(const MappingReader &reader, const QString &key,
                                  const QStringList &declared)
{
    const auto id = reader.requiredText(key);
    if (!id || declared.contains(*id))
        return id.value_or(QString());
    m_problems.add(*reader.find(key), u"unknown %1 \"%2\"%3"_s.arg(key, *id, didYouMean(*id, declared)));
    return {};
}

void StepReader::readApproval(const MappingReader &reader, StepSpec &step)
{
    step.kind = StepKind::Approval;
    step.gate = readReference(reader, u"approval"_s, m_pack.approvals);
    if (const auto message = reader.find(u"message")) {
        checkTemplate(*message, m_context, openPlace(u"message"_s), m_problems);
        step.message = message->node->value.toString();
    }
}

void StepReader::readPolicy(const MappingReader &reader, StepSpec &step)
{
    step.kind = StepKind::Policy;
    step.gate = readReference(reader, u"policy"_s, m_pack.policies);
    step.failActionContinue = reader.choice(u"failAction", {u"halt"_s, u"continue"_s}) == u"continue"_s;
    const auto input = reader.find(u"input");
    if (input && input->node->kind != YamlNode::Kind::Mapping) {
        expected(*input, u"a mapping"_s, m_problems);
    } else if (input) {
        checkTemplates(*input, m_context, openPlace(u"input"_s), m_problems);
        step.input = toJson(*input->node).toObject();
    }
}

void StepReader::readGate(const NodeAt &at, StepSpec &step)
{
    const bool isApproval = at.node->find(u"approval") != nullptr;
    const bool isPolicy = at.node->find(u"policy") != nullptr;
    if (at.node->kind == YamlNode::Kind::Mapping && isApproval == isPolicy) {
        const QString found = isApproval ? u"both"_s : u"none"_s;
        m_problems.add(at, u"expected exactly one of \"approval\" and \"policy\", found "_s + found);
        return;
    }
    // Keys of the other kind of gate are as unknown here as any other.
    const QStringList keys = isApproval ? QStringList{u"approval"_s, u"message"_s}
                                        : QStringList{u"policy"_s, u"input"_s, u"failAction"_s};
    const MappingReader reader(at, keys, m_problems);
    if (isApproval)
        readApproval(reader, step);
    else if (isPolicy)
        readPolicy(reader, step);
}

} // namespace

QSet<QString> allStepIds(const YamlNode &steps)
{
    QSet<QString> ids;
    std::vector<const YamlNode *> open;
    const auto push = [&open](const YamlNode &list) {
        for (const auto &step : list.items)
            open.push_back(step.get());
    };
    push(steps);
    while (!open.empty()) {
        const YamlNode *step = open.back();
        open.pop_back();
        if (const YamlMember *id = step->find(u"id"))
            ids += id->value->value.toString();
        if (const YamlMember *parallel = step->find(u"parallel")) {
            if (const YamlMember *children = parallel->value->find(u"steps"))
                push(*children->value);
        }
        if (const YamlMember *map = step->find(u"map")) {
            if (const YamlMember *child = map->value->find(u"step"))
                open.push_back(child->value.get());
        }
    }
    return ids;
}

QList<StepSpec> readSteps(const NodeAt &list, const TemplateContext &context, const PackContext &pack,
                          bool sideBySide, int nesting, Problems &problems)
{
    if (list.node->kind != YamlNode::Kind::List) {
        expected(list, u"a list of steps"_s, problems);
        return {};
    }
    if (list.node->items.empty())
        problems.add(list, u"the list of steps is empty; expected at least one"_s);
    QList<StepSpec> steps;
    UniqueNames ids(u"step id"_s);
    TemplateContext inner = context;
    inner.levels += StepLevel{std::make_shared<const StepList>(idsIn(*list.node), steps), 0, sideBySide};
    for (size_t i = 0; i < list.node->items.size(); ++i) {
        const NodeAt item = list.item(i);
        inner.levels.last().position = qsizetype(i);
        steps += StepReader(item, inner, pack, nesting, problems).read();
        if (!steps.last().id.isEmpty())
            ids.add(steps.last().id, item, problems);
    }
    return steps;
}

// NOLINTEND(misc-no-recursion)

QList<StepSpec> readFinally(const NodeAt &list, const TemplateContext &context, const PackContext &pack,
                            Problems &problems)
{
    QList<StepSpec> steps = readSteps(list, context, pack, false, 0, problems);
    for (qsizetype i = 0; i < steps.size(); ++i) {
        const NodeAt item = list.item(size_t(i));
        if (!steps[i].id.isEmpty() && context.levels.last().list->positionOf(steps[i].id) >= 0)
            problems.add(
                item, u"step id \"%1\" is used among the steps already; expected another"_s.arg(steps[i].id));
        for (const QString &kind : {u"parallel"_s, u"map"_s, u"gate"_s}) {
            if (const YamlMember *other = item.node->find(kind))
                problems.addAt(other->mark, item.member(*other).path,
                               u"finally holds run steps only, found %1"_s.arg(kind));
        }
        if (const YamlMember *member = item.node->find(u"continueOnError"))
            problems.addAt(member->mark, item.member(*member).path,
                           u"\"continueOnError\" has no meaning in finally: what follows goes on anyway"_s);
    }
    return steps;
}

} // namespace engine
