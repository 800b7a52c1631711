#include "engine/pack/expression/evaluator.h"

#include "engine/pack/expression/functions.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

// The evaluator follows the tree, whose depth the parser limits: see Node.
// NOLINTBEGIN(misc-no-recursion)

namespace engine::expr {

namespace {

using Value = Result<QJsonValue>;

/// Gives an error the place of a node unless it has one already.
Error placed(Error error, const Node &node)
{
    if (error.where.column == 0)
        error.where.column = int(node.begin) + 1;
    return error;
}

class Evaluator
{
public:
    Evaluator(const QString &text, const Scope &scope, Budget &budget)
        : m_text(text)
        , m_scope(scope)
        , m_budget(budget)
    {
    }

    Value evaluate(const Node &node);

private:
    Value evaluateUnplaced(const Node &node);
    Value root(const Node &node) const;
    Value access(const Node &node);
    Value array(const Node &node);
    Value object(const Node &node);
    Value negative(const Node &node);
    Value chain(const Node &node);
    Value comparing(const Node &node);
    Value logic(const Node &node, bool deciding);
    Value call(const Node &node);
    Value fallback(const Node &node);
    Result<bool> condition(const Node &node, QStringView name);

    const QString &m_text;
    const Scope &m_scope;
    Budget &m_budget;
};

Value Evaluator::evaluate(const Node &node)
{
    if (node.kind == Kind::Literal)
        return node.value;
    if (auto ok = m_budget.spend(); !ok)
        return placed(ok.error(), node);
    auto value = evaluateUnplaced(node);
    if (!value)
        return placed(value.error(), node);
    return value;
}

Value Evaluator::evaluateUnplaced(const Node &node)
{
    switch (node.kind) {
    case Kind::Literal: return node.value;
    case Kind::Root: return root(node);
    case Kind::Access: return access(node);
    case Kind::Array: return array(node);
    case Kind::Object: return object(node);
    case Kind::Not: {
        const auto value = condition(node.children[0], u"not");
        if (!value)
            return value.error();
        return QJsonValue(!*value);
    }
    case Kind::Negate: return negative(node);
    case Kind::Chain: return chain(node);
    case Kind::Compare: return comparing(node);
    case Kind::And: return logic(node, false);
    case Kind::Or: return logic(node, true);
    case Kind::If: {
        const auto holds = condition(node.children[1], u"if");
        if (!holds)
            return holds.error();
        return evaluate(node.children[*holds ? 0 : 2]);
    }
    case Kind::Call: return node.function->call ? call(node) : fallback(node);
    }
    Q_UNREACHABLE();
}

Value Evaluator::root(const Node &node) const
{
    const auto value = rootValue(m_scope, node.name);
    if (!value)
        return invalid(u"\"%1\" has no value here"_s.arg(node.name));
    return *value;
}

Value Evaluator::access(const Node &node)
{
    auto value = evaluate(node.children[0]);
    for (size_t i = 1; value && i < node.children.size(); ++i) {
        const Node &keyNode = node.children[i];
        if (auto ok = m_budget.spend(); !ok)
            return placed(ok.error(), keyNode);
        auto key = evaluate(keyNode);
        if (!key)
            return key;
        value = memberOf(*value, *key, pathBefore(m_text, node, keyNode));
        if (!value)
            return placed(value.error(), keyNode);
    }
    return value;
}

Value Evaluator::array(const Node &node)
{
    QJsonArray out;
    qsizetype size = 16;
    for (const Node &child : node.children) {
        auto item = evaluate(child);
        if (!item)
            return item;
        const qsizetype itemSize = sizeOf(*item);
        size += itemSize;
        for (const auto &ok : {Budget::checkSize(size), m_budget.spend(itemSize)}) {
            if (!ok)
                return ok.error();
        }
        out.append(*item);
    }
    return QJsonValue(out);
}

Value Evaluator::object(const Node &node)
{
    QJsonObject out;
    qsizetype size = 16;
    for (size_t i = 0; i < node.children.size(); ++i) {
        auto value = evaluate(node.children[i]);
        if (!value)
            return value;
        const QString &name = node.keys[qsizetype(i)];
        const qsizetype memberSize = utf8Size(name) + sizeOf(*value);
        size += memberSize;
        for (const auto &ok : {Budget::checkSize(size), m_budget.spend(memberSize)}) {
            if (!ok)
                return ok.error();
        }
        out.insert(name, *value);
    }
    return QJsonValue(out);
}

Value Evaluator::negative(const Node &node)
{
    auto value = evaluate(node.children[0]);
    if (!value)
        return value;
    if (!value->isDouble())
        return invalid(u"\"-\" takes a number, not %1"_s.arg(describe(*value)));
    return numberValue(-value->toDouble());
}

Value Evaluator::chain(const Node &node)
{
    auto value = evaluate(node.children[0]);
    for (size_t i = 0; value && i < node.operators.size(); ++i) {
        const Node &operand = node.children[i + 1];
        auto next = evaluate(operand);
        if (!next)
            return next;
        if (auto ok = m_budget.spend(value->isString() ? sizeOf(*value) + sizeOf(*next) : 0); !ok)
            return placed(ok.error(), operand);
        value = combine(node.operators[i], *value, *next);
        if (!value)
            return placed(value.error(), operand);
    }
    return value;
}

Value Evaluator::comparing(const Node &node)
{
    auto left = evaluate(node.children[0]);
    if (!left)
        return left;
    auto right = evaluate(node.children[1]);
    if (!right)
        return right;
    if (auto ok = m_budget.spend(sizeOf(*left) + sizeOf(*right)); !ok)
        return ok.error();
    auto result = relate(node.operators[0], *left, *right);
    if (!result)
        return placed(result.error(), node.children[1]);
    return result;
}

Value Evaluator::logic(const Node &node, bool deciding)
{
    for (const Node &child : node.children) {
        const auto value = condition(child, deciding ? u"or" : u"and");
        if (!value)
            return value.error();
        if (*value == deciding)
            return QJsonValue(deciding);
    }
    return QJsonValue(!deciding);
}

Result<bool> Evaluator::condition(const Node &node, QStringView name)
{
    const auto value = evaluate(node);
    if (!value)
        return value.error();
    if (!value->isBool())
        return placed(invalid(u"\"%1\" takes a boolean, not %2"_s.arg(name, describe(*value))), node);
    return value->toBool();
}

Value Evaluator::call(const Node &node)
{
    const Function &function = *node.function;
    QList<QJsonValue> arguments;
    qsizetype size = 0;
    for (const Node &child : node.children) {
        auto argument = evaluate(child);
        if (!argument)
            return argument;
        const auto i = arguments.size();
        const unsigned allowed = function.parameters[std::min(i, function.parameters.size() - 1)];
        if (!(allowed & typeOf(*argument))) {
            return placed(invalid(u"argument %1 of %2() is %3; expected %4"_s.arg(
                              QString::number(i + 1), function.name, describe(*argument), namesOf(allowed))),
                          child);
        }
        size += sizeOf(*argument);
        arguments += *argument;
    }
    if (auto ok = m_budget.spend(size); !ok)
        return ok.error();
    auto result = function.call(arguments);
    if (!result)
        return result;
    const qsizetype resultSize = sizeOf(*result);
    for (const auto &ok : {Budget::checkSize(resultSize), m_budget.spend(resultSize)}) {
        if (!ok)
            return ok.error();
    }
    return result;
}

Value Evaluator::fallback(const Node &node)
{
    auto value = evaluate(node.children[0]);
    const bool absent = value ? typeOf(*value) == Null : value.error().code == ErrorCode::NotFound;
    return absent ? evaluate(node.children[1]) : value;
}

} // namespace

std::optional<QJsonValue> rootValue(const Scope &scope, const QString &name)
{
    if (name == "inputs"_L1 && scope.inputs)
        return QJsonValue(*scope.inputs);
    if (name == "steps"_L1 && scope.steps)
        return QJsonValue(*scope.steps);
    if (name == "item"_L1 && scope.item)
        return *scope.item;
    if (name == "index"_L1 && scope.index)
        return QJsonValue(*scope.index);
    if (name == "run"_L1 && scope.run)
        return QJsonValue(*scope.run);
    if (name == "input"_L1 && scope.input)
        return *scope.input;
    if (name == "secrets"_L1 && scope.secrets)
        return QJsonValue(*scope.secrets);
    return std::nullopt;
}

// The source before the key, without the "." or "[" that leads to it.
QString pathBefore(const QString &text, const Node &access, const Node &key)
{
    QString path = text.sliced(access.begin, key.begin - access.begin).trimmed();
    while (path.endsWith(u'.') || path.endsWith(u'[') || path.endsWith(u'(')) {
        path.chop(1);
        path = path.trimmed();
    }
    constexpr qsizetype shown = 60;
    return path.size() <= shown ? path : u"..."_s + path.right(shown);
}

Result<QJsonValue> evaluate(const Node &node, const QString &text, const Scope &scope, Budget &budget)
{
    return Evaluator(text, scope, budget).evaluate(node);
}

} // namespace engine::expr

// NOLINTEND(misc-no-recursion)
