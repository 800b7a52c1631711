#include "engine/pack/expression/parser.h"

#include "engine/base/nearest_name.h"
#include "engine/pack/expression/functions.h"

#include <QScopeGuard>

#include <span>

using namespace Qt::StringLiterals;

// Every function of the parser can come back to itself; m_depth keeps that to maxNesting times.
// NOLINTBEGIN(misc-no-recursion)

namespace engine::expr {

namespace {

struct Sign
{
    QStringView text;
    Operator meaning;
};

constexpr Sign disjunctions[] = {{u"or", Operator::Or}};
constexpr Sign conjunctions[] = {{u"and", Operator::And}};
constexpr Sign comparisons[] = {{u"==", Operator::Equal},  {u"!=", Operator::NotEqual},
                                {u"<", Operator::Less},    {u"<=", Operator::LessEqual},
                                {u">", Operator::Greater}, {u">=", Operator::GreaterEqual},
                                {u"in", Operator::In}};
constexpr Sign sums[] = {{u"+", Operator::Add}, {u"-", Operator::Subtract}};
constexpr Sign products[] = {
    {u"*", Operator::Multiply}, {u"/", Operator::Divide}, {u"%", Operator::Remainder}};

class Parser
{
public:
    Parser(const std::vector<Token> &tokens, References &references)
        : m_at(tokens)
        , m_references(references)
    {
    }

    Result<Expression> parse();

private:
    using Rule = Result<Node> (Parser::*)();

    Result<Node> conditional();
    Result<Node> disjunction() { return chain(Kind::Or, disjunctions, &Parser::conjunction); }
    Result<Node> conjunction() { return chain(Kind::And, conjunctions, &Parser::negation); }
    Result<Node> negation() { return prefix(Kind::Not, u"not", &Parser::negation, &Parser::comparison); }
    Result<Node> comparison();
    Result<Node> sum() { return chain(Kind::Chain, sums, &Parser::product); }
    Result<Node> product() { return chain(Kind::Chain, products, &Parser::sign); }
    Result<Node> sign() { return prefix(Kind::Negate, u"-", &Parser::sign, &Parser::access); }
    Result<Node> access();
    Result<Node> primary();

    Result<Node> chain(Kind kind, std::span<const Sign> signs, Rule operand);
    Result<Node> prefix(Kind kind, QStringView sign, Rule operand, Rule otherwise);
    Result<Node> name();
    Result<Node> call(const Token &name);
    Result<Node> object();
    Result<> list(std::vector<Node> &out, QStringView end);
    Result<> key(Node &node);
    Result<> noteReference(const Node &node);

    const Sign *takeOneOf(std::span<const Sign> signs);
    Node nodeHere(Kind kind) const;
    Error tooDeep() const;

    TokenCursor m_at;
    References &m_references;
    NameList m_roots;
    int m_depth = 0;
};

const Sign *Parser::takeOneOf(std::span<const Sign> signs)
{
    for (const Sign &sign : signs) {
        if (m_at.take(sign.text))
            return &sign;
    }
    return nullptr;
}

Node Parser::nodeHere(Kind kind) const
{
    Node node;
    node.kind = kind;
    node.begin = m_at.token().begin;
    return node;
}

Error Parser::tooDeep() const
{
    return errorAt(m_at.token().begin, u"expression is nested deeper than %1 levels"_s.arg(maxNesting));
}

Result<Expression> Parser::parse()
{
    if (m_at.token().kind == TokenKind::End)
        return errorAt(m_at.token().begin, u"empty expression"_s);
    auto tree = conditional();
    if (!tree)
        return tree.error();
    if (m_at.token().kind != TokenKind::End)
        return m_at.unexpected(u"an operator or \"}}\"");
    for (const QString &root : m_roots.names())
        m_references.roots.add(root);
    return Expression{*std::move(tree), m_roots.names()};
}

Result<Node> Parser::conditional()
{
    const auto leave = qScopeGuard([this] { --m_depth; });
    if (++m_depth > maxNesting)
        return tooDeep();
    auto value = disjunction();
    if (!value || !m_at.take(u"if"))
        return value;
    auto condition = disjunction();
    if (!condition)
        return condition;
    if (auto ok = m_at.expect(u"else"); !ok)
        return ok.error();
    auto other = conditional();
    if (!other)
        return other;
    Node node;
    node.kind = Kind::If;
    node.begin = value->begin;
    for (auto *part : {&value, &condition, &other})
        node.children.push_back(std::move(**part));
    return node;
}

Result<Node> Parser::chain(Kind kind, std::span<const Sign> signs, Rule operand)
{
    auto first = (this->*operand)();
    const Sign *sign = first ? takeOneOf(signs) : nullptr;
    if (!sign)
        return first;
    Node node;
    node.kind = kind;
    node.begin = first->begin;
    node.children.push_back(*std::move(first));
    for (; sign; sign = takeOneOf(signs)) {
        auto next = (this->*operand)();
        if (!next)
            return next;
        node.operators.push_back(sign->meaning);
        node.children.push_back(*std::move(next));
    }
    return node;
}

Result<Node> Parser::prefix(Kind kind, QStringView sign, Rule operand, Rule otherwise)
{
    Node node = nodeHere(kind);
    if (!m_at.take(sign))
        return (this->*otherwise)();
    const auto leave = qScopeGuard([this] { --m_depth; });
    if (++m_depth > maxNesting)
        return tooDeep();
    auto value = (this->*operand)();
    if (!value)
        return value;
    node.children.push_back(*std::move(value));
    return node;
}

Result<Node> Parser::comparison()
{
    auto left = sum();
    const Sign *sign = left ? takeOneOf(comparisons) : nullptr;
    if (!sign)
        return left;
    auto right = sum();
    if (!right)
        return right;
    const qsizetype next = m_at.token().begin;
    if (takeOneOf(comparisons))
        return errorAt(next, u"comparisons cannot be chained; join them with \"and\""_s);
    Node node;
    node.kind = Kind::Compare;
    node.begin = left->begin;
    node.operators.push_back(sign->meaning);
    node.children.push_back(*std::move(left));
    node.children.push_back(*std::move(right));
    return node;
}

Result<Node> Parser::access()
{
    Node node = nodeHere(Kind::Access);
    auto base = primary();
    if (!base)
        return base;
    node.children.push_back(*std::move(base));
    while (m_at.is(u".") || m_at.is(u"[")) {
        if (auto ok = key(node); !ok)
            return ok.error();
    }
    if (auto ok = noteReference(node); !ok)
        return ok.error();
    if (node.children.size() == 1)
        return std::move(node.children.front());
    return node;
}

Result<> Parser::key(Node &node)
{
    if (m_at.take(u"[")) {
        auto index = conditional();
        if (!index)
            return index.error();
        node.children.push_back(*std::move(index));
        return m_at.expect(u"]");
    }
    m_at.advance();
    if (m_at.token().kind != TokenKind::Name)
        return m_at.unexpected(u"a name after \".\"");
    Node name = nodeHere(Kind::Literal);
    name.value = m_at.token().text;
    node.children.push_back(std::move(name));
    m_at.advance();
    return {};
}

Result<> Parser::noteReference(const Node &node)
{
    const Node &base = node.children.front();
    if (base.kind != Kind::Root)
        return {};
    m_roots.add(base.name);
    const bool isNamed = node.children.size() > 1 && node.children[1].kind == Kind::Literal
                         && node.children[1].value.isString();
    if (base.name == "steps"_L1) {
        if (!isNamed) // What an expression waits for must show before anything runs.
            return errorAt(base.begin, u"\"steps\" needs the id of a step: steps.ID or steps['ID']"_s);
        m_references.stepIds.add(node.children[1].value.toString());
    } else if (base.name == "secrets"_L1) {
        if (!isNamed) // Likewise which secrets it needs; and nothing may look through all of them.
            return errorAt(base.begin,
                           u"\"secrets\" needs the name of a secret: secrets.NAME or secrets['NAME']"_s);
        m_references.secretNames.add(node.children[1].value.toString());
    } else if (base.name == "run"_L1) {
        m_references.runNames.add(isNamed ? node.children[1].value.toString() : QString());
    }
    return {};
}

Result<Node> Parser::primary()
{
    Node node = nodeHere(Kind::Literal);
    const Token &here = m_at.token();
    switch (here.kind) {
    case TokenKind::Name: return name();
    case TokenKind::Number:
        node.value = here.value;
        m_at.advance();
        return node;
    case TokenKind::String:
        node.value = here.text;
        m_at.advance();
        return node;
    case TokenKind::Keyword:
    case TokenKind::Symbol:
    case TokenKind::End: break;
    }
    if (m_at.take(u"null")) {
        node.value = QJsonValue::Null;
        return node;
    }
    if (m_at.is(u"true") || m_at.is(u"false")) {
        node.value = m_at.take(u"true") || !m_at.take(u"false");
        return node;
    }
    if (m_at.take(u"[")) {
        node.kind = Kind::Array;
        if (auto ok = list(node.children, u"]"); !ok)
            return ok.error();
        return node;
    }
    if (m_at.is(u"{"))
        return object();
    if (!m_at.take(u"("))
        return m_at.unexpected(u"a value");
    auto inner = conditional();
    if (inner) {
        if (auto ok = m_at.expect(u")"); !ok)
            return ok.error();
    }
    return inner;
}

Result<Node> Parser::name()
{
    const Token &name = m_at.token();
    Node root = nodeHere(Kind::Root);
    m_at.advance();
    if (m_at.is(u"("))
        return call(name);
    if (findFunction(name.text))
        return errorAt(name.begin, u"\"%1\" is a function; write %1(...)"_s.arg(name.text));
    if (!rootNames().contains(name.text))
        return errorAt(name.begin,
                       u"unknown name \"%1\""_s.arg(name.text) + didYouMean(name.text, rootNames()));
    root.name = name.text;
    return root;
}

Result<Node> Parser::call(const Token &name)
{
    const Function *function = findFunction(name.text);
    if (!function) {
        return errorAt(name.begin,
                       u"unknown function \"%1\""_s.arg(name.text) + didYouMean(name.text, functionNames()));
    }
    Node node;
    node.kind = Kind::Call;
    node.begin = name.begin;
    node.function = function;
    m_at.advance();
    if (auto ok = list(node.children, u")"); !ok)
        return ok.error();
    const auto count = int(node.children.size());
    if (count < function->minArguments
        || (function->maxArguments != Function::anyNumber && count > function->maxArguments)) {
        return errorAt(name.begin,
                       u"%1() %2, not %3"_s.arg(name.text, argumentRule(*function), QString::number(count)));
    }
    return node;
}

/// Values between commas up to end, the opening bracket being taken.
Result<> Parser::list(std::vector<Node> &out, QStringView end)
{
    if (m_at.take(end))
        return {};
    do {
        auto item = conditional();
        if (!item)
            return item.error();
        out.push_back(*std::move(item));
    } while (m_at.take(u","));
    if (!m_at.take(end))
        return m_at.unexpected(u"\",\" or \"%1\""_s.arg(end));
    return {};
}

Result<Node> Parser::object()
{
    Node node = nodeHere(Kind::Object);
    m_at.advance();
    if (m_at.take(u"}"))
        return node;
    QSet<QString> names;
    do {
        const Token &name = m_at.token();
        if (name.kind != TokenKind::String)
            return m_at.unexpected(u"a name in quotes");
        if (names.contains(name.text))
            return errorAt(name.begin, u"name \"%1\" stands twice in one object"_s.arg(name.text));
        names.insert(name.text);
        node.keys += name.text;
        m_at.advance();
        if (auto ok = m_at.expect(u":"); !ok)
            return ok.error();
        auto value = conditional();
        if (!value)
            return value;
        node.children.push_back(*std::move(value));
    } while (m_at.take(u","));
    if (!m_at.take(u"}"))
        return m_at.unexpected(u"\",\" or \"}\"");
    return node;
}

} // namespace

void NameList::add(const QString &name)
{
    constexpr qsizetype few = 16; // Up to so many, comparing each is cheaper than a set.
    if (m_names.size() < few ? m_names.contains(name) : m_known.contains(name))
        return;
    m_names += name;
    if (m_names.size() == few)
        m_known = QSet<QString>(m_names.cbegin(), m_names.cend());
    else if (m_names.size() > few)
        m_known.insert(name);
}

const QStringList &rootNames()
{
    static const QStringList names{u"inputs"_s, u"secrets"_s, u"steps"_s, u"item"_s,
                                   u"index"_s,  u"run"_s,     u"input"_s};
    return names;
}

Result<Expression> parseExpression(const std::vector<Token> &tokens, References &references)
{
    return Parser(tokens, references).parse();
}

} // namespace engine::expr

// NOLINTEND(misc-no-recursion)
