#include "engine/pack/reader/template_check.h"

#include "engine/base/nearest_name.h"
#include "engine/pack/reader/declared_types.h"
#include "engine/pack/reader/mapping_reader.h"

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// How many names are compared with a misspelt one, and among how many problems.
constexpr qsizetype maxCandidates = 1000;
constexpr qsizetype maxHinted = 200;

/// What a TemplateContext means to the expressions in it.
class ContextScope : public expr::TypeScope
{
public:
    ContextScope(const TemplateContext &context, const Problems &problems)
        : m_context(context)
        , m_problems(problems)
    {
    }

    Result<expr::ValueType> root(const QString &name) const override;
    Result<expr::ValueType> member(const QString &root, const QString &name) const override;
    QString hint(const QString &name, const QStringList &candidates) const override;

private:
    Result<expr::ValueType> declared(const expr::ValueType &all, const QString &noun,
                                     const QString &name) const;
    Result<expr::ValueType> step(const QString &id) const;
    QString whyNotVisible(const QString &id) const;
    QStringList visible() const;

    const TemplateContext &m_context;
    const Problems &m_problems;
};

QString ContextScope::hint(const QString &name, const QStringList &candidates) const
{
    if (m_problems.count() > maxHinted)
        return {};
    return didYouMean(name, candidates.first(std::min(candidates.size(), maxCandidates)));
}

Result<expr::ValueType> ContextScope::root(const QString &name) const
{
    if (name == "inputs"_L1)
        return m_context.inputs;
    if (m_context.inModule)
        return invalid(u"\"%1\" does not exist in a module; expected \"inputs\""_s.arg(name));
    if (name == "run"_L1) {
        static const expr::ValueType run = typeOfRun();
        return run;
    }
    if (name == "item"_L1 && m_context.item)
        return *m_context.item;
    if (name == "index"_L1 && m_context.item)
        return expr::ValueType{expr::Integer, {}, {}};
    if (name == "steps"_L1 || name == "secrets"_L1 || (name == "input"_L1 && m_context.inRule))
        return expr::ValueType();
    if (name == "input"_L1)
        return invalid(u"\"input\" exists only in the rules of a policy; did you mean \"inputs\"?"_s);
    return invalid(u"\"%1\" exists only inside the step of a map"_s.arg(name));
}

Result<expr::ValueType> ContextScope::member(const QString &root, const QString &name) const
{
    if (root == "inputs"_L1)
        return declared(m_context.inputs, u"input"_s, name);
    return root == "secrets"_L1 ? declared(m_context.secrets, u"secret"_s, name) : step(name);
}

Result<expr::ValueType> ContextScope::declared(const expr::ValueType &all, const QString &noun,
                                               const QString &name) const
{
    if (!all.detail)
        return expr::ValueType();
    const auto &members = all.detail->members;
    if (const auto found = members.constFind(name); found != members.cend())
        return *found;
    const QString owner = m_context.inModule ? u"module"_s : u"pack"_s;
    return invalid(u"unknown %1 \"%2\"%3"_s.arg(
        noun, name,
        members.isEmpty() ? u"; the %1 declares no %2s"_s.arg(owner, noun) : hint(name, members.keys())));
}

Result<expr::ValueType> ContextScope::step(const QString &id) const
{
    for (const StepLevel &level : m_context.levels) {
        const qsizetype at = level.list->positionOf(id);
        if (at >= 0 && at < level.position && !level.sideBySide)
            return level.list->typeAt(at);
    }
    return invalid(whyNotVisible(id));
}

QString ContextScope::whyNotVisible(const QString &id) const
{
    for (qsizetype i = m_context.levels.size() - 1; i >= 0; --i) {
        const StepLevel &level = m_context.levels[i];
        const qsizetype at = level.list->positionOf(id);
        if (at < 0)
            continue;
        if (at == level.position && i == m_context.levels.size() - 1)
            return u"step \"%1\" is this step itself"_s.arg(id);
        if (at == level.position)
            return u"step \"%1\" encloses this step and has no results yet"_s.arg(id);
        if (level.sideBySide)
            return u"step \"%1\" runs side by side with this step"_s.arg(id);
        return u"step \"%1\" comes later"_s.arg(id);
    }
    if (m_context.allSteps.contains(id))
        return u"step \"%1\" stands inside another step and is not visible here"_s.arg(id);
    return u"unknown step \"%1\"%2"_s.arg(id, hint(id, visible()));
}

/// The ids that can be named, the nearest ones when there are many.
QStringList ContextScope::visible() const
{
    QStringList ids;
    for (qsizetype i = m_context.levels.size() - 1; i >= 0; --i) {
        const StepLevel &level = m_context.levels[i];
        const qsizetype count = std::min(level.position, maxCandidates);
        if (!level.sideBySide)
            ids += level.list->ids().sliced(level.position - count, count);
    }
    return ids;
}

} // namespace

expr::Place openPlace(const QString &key, unsigned expected)
{
    expr::Place place = secretPlace(u"\"%1\""_s.arg(key), expected);
    place.secretsOnly = u"\"env\" and \"with\" of a run step"_s;
    return place;
}

expr::Place secretPlace(const QString &name, unsigned expected)
{
    expr::Place place;
    place.name = name;
    place.expected = expected;
    return place;
}

/// An error with a place in a text becomes a problem of the document.
static void addInside(const NodeAt &at, const Error &error, Problems &problems)
{
    // Inside a folded or escaped text the column is not known; the text's own is then the best there is.
    const int column = at.node->textColumn > 0 ? error.where.column : at.node->mark.column;
    problems.addAt({at.node->mark.line, column}, at.path, error.message, error.code);
}

static std::optional<Template> parse(const NodeAt &at, Problems &problems)
{
    const auto text = textOf(at, problems);
    if (!text)
        return {};
    SourcePos where = problems.positionOf(at);
    where.column = at.node->textColumn;
    auto parsed = Template::parse(*text, where);
    if (!parsed) {
        addInside(at, parsed.error(), problems);
        return {};
    }
    return *std::move(parsed);
}

static expr::ValueType check(const NodeAt &at, const Template &parsed, const TemplateContext &context,
                             const expr::Place &place, Problems &problems)
{
    const expr::Checked checked = parsed.check(ContextScope(context, problems), place);
    for (const Error &problem : checked.problems)
        addInside(at, problem, problems);
    return checked.type;
}

expr::ValueType checkTemplate(const NodeAt &at, const TemplateContext &context, const expr::Place &place,
                              Problems &problems)
{
    const auto parsed = parse(at, problems);
    return parsed ? check(at, *parsed, context, place, problems) : expr::ValueType();
}

expr::ValueType checkExpression(const NodeAt &at, const TemplateContext &context, const expr::Place &place,
                                Problems &problems)
{
    const bool isText = at.node->kind == YamlNode::Kind::String;
    const auto parsed = isText ? parse(at, problems) : std::nullopt;
    if (parsed && !parsed->isLiteral())
        return check(at, *parsed, context, place, problems);
    if (!isText || parsed)
        expected(at, u"an expression in {{ }}"_s, problems);
    return {};
}

// NOLINTBEGIN(misc-no-recursion): the reader bounds the depth

static expr::ValueType checkItems(const NodeAt &at, const TemplateContext &context, const expr::Place &place,
                                  Problems &problems)
{
    constexpr int perItem = 16;
    std::optional<expr::ValueType> all;
    int work = int(perItem * std::min<size_t>(at.node->items.size(), 100'000));
    for (size_t i = 0; i < at.node->items.size(); ++i) {
        const expr::ValueType item = checkTemplates(at.item(i), context, place, problems);
        all = all ? expr::united(*all, item, work) : item;
    }
    return expr::arrayType(all.value_or(expr::ValueType()));
}

expr::ValueType checkTemplates(const NodeAt &at, const TemplateContext &context, const expr::Place &place,
                               Problems &problems)
{
    expr::Place inside = place;
    inside.expected = expr::Any;
    switch (at.node->kind) {
    case YamlNode::Kind::Null: return {expr::Null, {}, {}};
    case YamlNode::Kind::Boolean: return {expr::Boolean, {}, {}};
    case YamlNode::Kind::Number: return {expr::typeOf(at.node->value), {}, {}};
    case YamlNode::Kind::String: return checkTemplate(at, context, place, problems);
    case YamlNode::Kind::List: return checkItems(at, context, inside, problems);
    case YamlNode::Kind::Mapping: break;
    }
    QMap<QString, expr::ValueType> members;
    for (const YamlMember &member : at.node->members)
        members.insert(member.name, checkTemplates(at.member(member), context, inside, problems));
    return expr::exactObject(members);
}

// NOLINTEND(misc-no-recursion)

} // namespace engine
