#include "engine/pack/expression/checker.h"

#include "engine/pack/expression/evaluator.h"
#include "engine/pack/expression/function_types.h"
#include "engine/pack/expression/functions.h"

#include <algorithm>

using namespace Qt::StringLiterals;

// The checker follows the tree, whose depth the parser limits: see Node.
// NOLINTBEGIN(misc-no-recursion)

namespace engine::expr {

namespace {

constexpr int maxMergedMembers = 256;       ///< In one expression, see united().
constexpr qsizetype maxConstantSize = 4096; ///< Larger values are not followed while nothing runs.

/// What is known of one part of an expression.
struct Part
{
    ValueType type{};
    std::optional<QJsonValue> value{}; ///< When it is the same at each evaluation.
};

using Parts = std::vector<Part>;

class Checker
{
public:
    Checker(const QString &text, const TypeScope &scope, Findings &findings)
        : m_text(text)
        , m_scope(scope)
        , m_findings(findings)
    {
    }

    Part check(const Node &node);

private:
    Parts partsOf(const Node &node);
    std::optional<Part> constant(const Node &node, const Parts &parts);
    ValueType typeOf(const Node &node, const Parts &parts);
    ValueType root(const Node &node);
    ValueType access(const Node &node, const Parts &parts);
    ValueType named(const Node &access);
    ValueType memberOf(const ValueType &container, const Part &key, const Node &access, const Node &keyNode);
    std::optional<ValueType> memberOfObject(const ValueType &container, const Part &key, const Node &access,
                                            const Node &keyNode);
    ValueType array(const Parts &parts);
    ValueType chain(const Node &node, const Parts &parts);
    ValueType combined(Operator op, const ValueType &a, const ValueType &b, const Node &operand);
    ValueType comparing(const Node &node, const Parts &parts);
    ValueType call(const Node &node, const Parts &parts);
    ValueType either(const ValueType &a, const ValueType &b) { return united(a, b, m_work); }
    void condition(const Node &node, const Part &part, QStringView name);
    void report(const Node &node, const QString &message);

    const QString &m_text;
    const TypeScope &m_scope;
    Findings &m_findings;
    int m_work = maxMergedMembers;
    int m_maybe = 0; ///< Inside how many parts that may not be evaluated, or whose errors default() answers.
    int m_answered = 0; ///< Inside how many first arguments of default(): what is missing is no error there.
};

/// Whether what a node stands for is a name that the scope answers for itself: inputs.x, secrets.x, steps.x.
bool isNamed(const Node &access)
{
    static const QStringList named{u"inputs"_s, u"secrets"_s, u"steps"_s};
    const Node &base = access.children.front();
    const Node &key = access.children[1];
    return base.kind == Kind::Root && named.contains(base.name) && key.kind == Kind::Literal
           && key.value.isString();
}

QString secretOf(const Parts &parts)
{
    for (const Part &part : parts) {
        if (!part.type.secret.isEmpty())
            return part.type.secret;
    }
    return {};
}

/// "a string and null"
QString namesOfBoth(const ValueType &a, const ValueType &b)
{
    return namesOf(a.kinds) + u" and "_s + namesOf(b.kinds);
}

void Checker::report(const Node &node, const QString &message)
{
    m_findings.problems += Problem{node.begin, message, m_maybe == 0};
}

Part Checker::check(const Node &node)
{
    if (node.kind == Kind::Literal)
        return {typeOfValue(node.value), node.value};
    const Parts parts = partsOf(node);
    if (const auto known = constant(node, parts))
        return *known;
    Part part{typeOf(node, parts), {}};
    // An access has looked at what it takes out itself.
    if (node.kind != Kind::Access && node.kind != Kind::Array && node.kind != Kind::Object)
        part.type = tainted(part.type, secretOf(parts));
    return part;
}

/// The children, in the order of evaluation as far as that matters.
Parts Checker::partsOf(const Node &node)
{
    const bool isDefault = node.kind == Kind::Call && !node.function->call;
    const bool isLogic = node.kind == Kind::And || node.kind == Kind::Or;
    Parts parts;
    parts.reserve(node.children.size());
    for (size_t i = 0; i < node.children.size(); ++i) {
        if (i == 0 && node.kind == Kind::Access && isNamed(node)) {
            parts.emplace_back();
            continue;
        }
        const bool isAnswered = isDefault && i == 0;
        const bool isMaybe = isDefault || (isLogic && i > 0) || (node.kind == Kind::If && i != 1);
        m_answered += isAnswered ? 1 : 0;
        m_maybe += isMaybe ? 1 : 0;
        parts.push_back(check(node.children[i]));
        m_answered -= isAnswered ? 1 : 0;
        m_maybe -= isMaybe ? 1 : 0;
    }
    return parts;
}

/// Evaluates a node all of whose children are known. The values are small, so this costs next to nothing.
std::optional<Part> Checker::constant(const Node &node, const Parts &parts)
{
    if (node.kind == Kind::Root || (node.function && node.function->mayGrow))
        return {};
    if (std::any_of(parts.begin(), parts.end(), [](const Part &part) { return !part.value; }))
        return {};
    Node known{node.kind, node.begin, {}, {}, node.function, node.keys, node.operators, {}};
    for (size_t i = 0; i < parts.size(); ++i) {
        Node &literal = known.children.emplace_back();
        literal.begin = node.children[i].begin;
        literal.value = *parts[i].value;
    }
    Budget budget;
    const auto value = evaluate(known, m_text, {}, budget);
    if (!value) {
        Node place;
        place.begin = value.error().where.column - 1;
        if (m_answered == 0 || value.error().code != ErrorCode::NotFound)
            report(place, value.error().message);
        return Part{};
    }
    if (sizeOf(*value) > maxConstantSize)
        return Part{typeOfValue(*value), {}};
    return Part{typeOfValue(*value), *value};
}

ValueType Checker::typeOf(const Node &node, const Parts &parts)
{
    switch (node.kind) {
    case Kind::Literal: return typeOfValue(node.value);
    case Kind::Root: return root(node);
    case Kind::Access: return access(node, parts);
    case Kind::Array: return array(parts);
    case Kind::Object: {
        QMap<QString, ValueType> members;
        for (size_t i = 0; i < parts.size(); ++i)
            members.insert(node.keys[qsizetype(i)], parts[i].type);
        return exactObject(members);
    }
    case Kind::Not: condition(node.children[0], parts[0], u"not"); return {Boolean, {}, {}};
    case Kind::Negate: {
        const unsigned kinds = parts[0].type.kinds;
        if (kinds & Numeric)
            return {kinds & Numeric, {}, {}};
        report(node, u"\"-\" takes a number, not %1"_s.arg(namesOf(kinds)));
        return {};
    }
    case Kind::Chain: return chain(node, parts);
    case Kind::Compare: return comparing(node, parts);
    case Kind::And:
    case Kind::Or:
        for (size_t i = 0; i < parts.size(); ++i) {
            m_maybe += i > 0 ? 1 : 0;
            condition(node.children[i], parts[i], node.kind == Kind::And ? u"and" : u"or");
            m_maybe -= i > 0 ? 1 : 0;
        }
        return {Boolean, {}, {}};
    case Kind::If: condition(node.children[1], parts[1], u"if"); return either(parts[0].type, parts[2].type);
    case Kind::Call: return call(node, parts);
    }
    Q_UNREACHABLE();
}

void Checker::condition(const Node &node, const Part &part, QStringView name)
{
    if (!(part.type.kinds & Boolean))
        report(node, u"\"%1\" takes a boolean, not %2"_s.arg(name, namesOf(part.type.kinds)));
}

ValueType Checker::root(const Node &node)
{
    const auto found = m_scope.root(node.name);
    if (found)
        return *found;
    report(node, found.error().message);
    return {};
}

/// Of inputs.x, secrets.x or steps.x at the start of an access.
ValueType Checker::named(const Node &access)
{
    const Node &base = access.children[0];
    const Node &name = access.children[1];
    if (const auto whole = m_scope.root(base.name); !whole) {
        report(base, whole.error().message);
        return {};
    }
    const auto found = m_scope.member(base.name, name.value.toString());
    if (found)
        return *found;
    report(name, found.error().message);
    return {};
}

ValueType Checker::access(const Node &node, const Parts &parts)
{
    ValueType type = isNamed(node) ? named(node) : parts[0].type;
    size_t next = isNamed(node) ? 2 : 1;
    QString keySecret;
    for (; next < parts.size(); ++next) {
        type = memberOf(type, parts[next], node, node.children[next]);
        if (keySecret.isEmpty())
            keySecret = parts[next].type.secret;
    }
    if (node.children[0].kind == Kind::Root && !type.secret.isEmpty())
        m_findings.secrets += Problem{node.begin, type.secret, true};
    return tainted(type, keySecret);
}

/// Why nothing of these types can be had with a key of those types.
static QString whyNoMember(unsigned container, unsigned key, const QString &path)
{
    const bool isObject = container & Object;
    const bool isArray = container & Array;
    if (!isObject && !isArray)
        return u"\"%1\" is %2 and has no members"_s.arg(path, namesOf(container));
    if (isObject && isArray)
        return u"members of \"%1\" are named by strings, items numbered by integers, not by %2"_s.arg(
            path, namesOf(key));
    return (isObject ? u"\"%1\" is an object, whose members are named by strings, not by %2"_s
                     : u"\"%1\" is an array, whose items are numbered by integers, not by %2"_s)
        .arg(path, namesOf(key));
}

ValueType Checker::memberOf(const ValueType &container, const Part &key, const Node &access,
                            const Node &keyNode)
{
    std::optional<ValueType> found;
    const bool mayBeObject = (container.kinds & Object) && (key.type.kinds & String);
    const bool mayBeArray = (container.kinds & Array) && (key.type.kinds & Integer);
    if (mayBeObject)
        found = memberOfObject(container, key, access, keyNode);
    if (mayBeArray)
        found = found ? either(*found, anyItem(container)) : anyItem(container);
    if (found)
        return *found;
    const bool isMissing = m_answered > 0 && (container.kinds & Null); // default() answers a member of null.
    if (!mayBeObject && !mayBeArray && !isMissing)
        report(keyNode, whyNoMember(container.kinds, key.type.kinds, pathBefore(m_text, access, keyNode)));
    return {Any, container.secret, {}};
}

/// The member of an object; nothing when it cannot be there, which is reported.
std::optional<ValueType> Checker::memberOfObject(const ValueType &container, const Part &key,
                                                 const Node &access, const Node &keyNode)
{
    if (!container.detail)
        return ValueType{Any, container.secret, {}};
    if (!key.value)
        return anyMember(container);
    const TypeDetail &detail = *container.detail;
    const QString name = key.value->toString();
    if (const auto member = detail.members.constFind(name); member != detail.members.cend())
        return *member;
    if (detail.rest && !detail.isDeclared)
        return detail.rest;
    if (m_answered > 0 && !detail.isDeclared)
        return std::nullopt; // Missing, and answered.
    const QString hint = m_scope.hint(name, detail.members.keys());
    if (const QString why = detail.whyAbsent.value(name); !why.isEmpty())
        report(keyNode, why);
    else if (!detail.noun.isEmpty())
        report(keyNode, u"unknown %1 %2 %3%4"_s.arg(detail.noun, quoted(name), detail.owner, hint));
    else
        report(keyNode,
               u"\"%1\" has no member %2%3"_s.arg(pathBefore(m_text, access, keyNode), quoted(name), hint));
    return std::nullopt;
}

ValueType Checker::array(const Parts &parts)
{
    if (parts.empty())
        return arrayType({});
    ValueType element = parts.front().type;
    for (const Part &part : parts)
        element = either(element, part.type);
    return arrayType(element);
}

ValueType Checker::chain(const Node &node, const Parts &parts)
{
    ValueType type = parts[0].type;
    for (size_t i = 0; i < node.operators.size(); ++i)
        type = combined(node.operators[i], type, parts[i + 1].type, node.children[i + 1]);
    return type;
}

/// a op b as combine() does it.
ValueType Checker::combined(Operator op, const ValueType &a, const ValueType &b, const Node &operand)
{
    const unsigned numeric = op == Operator::Remainder ? Integer : Numeric;
    const bool areNumbers = (a.kinds & numeric) && (b.kinds & numeric);
    const bool areTexts = op == Operator::Add && (a.kinds & b.kinds & String);
    const bool areIntegers = ((a.kinds | b.kinds) & Number) == 0 && op != Operator::Divide;
    if (areNumbers || areTexts) {
        const unsigned number = areIntegers || op == Operator::Remainder ? Integer : Numeric;
        return {(areNumbers ? number : 0U) | (areTexts ? unsigned(String) : 0U), {}, {}};
    }
    const QString wanted = op == Operator::Remainder ? u"integers"_s
                           : op == Operator::Add     ? u"numbers or two strings"_s
                                                     : u"numbers"_s;
    const bool mayHelp = op == Operator::Add && ((a.kinds | b.kinds) & String);
    const QString hint = mayHelp ? u"; toString() makes a string of a value"_s : QString();
    report(operand, u"\"%1\" takes two %2, not %3%4"_s.arg(symbolOf(op), wanted, namesOfBoth(a, b), hint));
    return {};
}

ValueType Checker::comparing(const Node &node, const Parts &parts)
{
    const Operator op = node.operators[0];
    const ValueType &a = parts[0].type;
    const ValueType &b = parts[1].type;
    if (op == Operator::In) {
        if (const auto ok = checkIn(a, b); !ok)
            report(node.children[1], ok.error().message);
    } else if (op != Operator::Equal && op != Operator::NotEqual && orderedKinds({a, b}) == 0) {
        report(node.children[1], u"\"%1\" compares two numbers, two strings or two booleans, not %2"_s.arg(
                                     symbolOf(op), namesOfBoth(a, b)));
    }
    return {Boolean, {}, {}};
}

ValueType Checker::call(const Node &node, const Parts &parts)
{
    const Function &function = *node.function;
    QList<ValueType> arguments;
    bool isFitting = true;
    for (size_t i = 0; i < parts.size(); ++i) {
        const auto parameter = std::min(qsizetype(i), function.parameters.size() - 1);
        const unsigned allowed = function.parameters[parameter];
        ValueType argument = parts[i].type;
        if (!(argument.kinds & allowed)) {
            isFitting = false;
            report(node.children[i],
                   u"argument %1 of %2() is %3; expected %4"_s.arg(
                       QString::number(i + 1), function.name, namesOf(argument.kinds), namesOf(allowed)));
        }
        argument.kinds &= allowed; // Otherwise there is no value.
        arguments += argument;
    }
    if (!function.call) { // default()
        ValueType first = parts[0].type;
        if (first.kinds == Null)
            return parts[1].type;
        first.kinds &= ~unsigned(Null);
        return either(first, parts[1].type);
    }
    if (!isFitting || !function.type)
        return {function.result, {}, {}};
    const auto type = function.type(arguments);
    if (type)
        return *type;
    report(node, type.error().message);
    return {function.result, {}, {}};
}

} // namespace

Findings check(const Node &node, const QString &text, const TypeScope &scope)
{
    Findings findings;
    findings.type = Checker(text, scope, findings).check(node).type;
    return findings;
}

QString misfit(const ValueType &type, const Place &place)
{
    const QString wanted = place.expectedName.isEmpty() ? namesOf(place.expected) : place.expectedName;
    if (!(type.kinds & place.expected))
        return u"%1 gives %2; expected %3"_s.arg(place.name, namesOf(type.kinds), wanted);
    const bool isObject = !(type.kinds & place.expected & ~unsigned(Object));
    if (!isObject || place.expectedMember.isEmpty() || !type.detail || type.detail->rest
        || type.detail->members.contains(place.expectedMember))
        return {};
    return u"%1 gives an object without \"%2\"; expected %3"_s.arg(place.name, place.expectedMember, wanted);
}

} // namespace engine::expr

// NOLINTEND(misc-no-recursion)
