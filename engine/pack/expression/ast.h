#pragma once

#include <QJsonValue>
#include <QStringList>

#include <vector>

namespace engine::expr {

struct Function;

enum class Kind {
    Literal, ///< value
    Root,    ///< name
    Access,  ///< children[0], then one key for each "." or "[]"
    Array,   ///< children
    Object,  ///< keys and children, side by side
    Not,     ///< children[0]
    Negate,  ///< children[0]
    Chain,   ///< children joined from left to right by operators; one level of precedence
    Compare, ///< children[0], operators[0], children[1]
    And,     ///< children
    Or,      ///< children
    If,      ///< children: value, condition, other value
    Call,    ///< function and children
};

enum class Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    And,
    Or,
};

/// A part of a parsed expression. Chains of operators and of member accesses are flat lists, so the depth of
/// the tree is the depth of nesting that the parser limits: walking it recursively is safe.
struct Node
{
    Kind kind = Kind::Literal;
    qsizetype begin = 0; ///< Offset of its first character in the template's text.
    QJsonValue value{};
    QString name{};
    const Function *function = nullptr;
    QStringList keys{};
    std::vector<Operator> operators{};
    std::vector<Node> children{};
};

} // namespace engine::expr
