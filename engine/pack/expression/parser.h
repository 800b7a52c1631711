#pragma once

#include "engine/base/result.h"
#include "engine/pack/expression/ast.h"
#include "engine/pack/expression/lexer.h"

#include <QSet>

namespace engine::expr {

/// How deep parentheses, calls, brackets and prefixes may nest.
inline constexpr int maxNesting = 64;

struct Expression
{
    Node tree{};
    QStringList roots{}; ///< The root names in it, without repeats.
};

/// Names in the order of being added, without repeats.
class NameList
{
public:
    void add(const QString &name);
    const QStringList &names() const { return m_names; }

private:
    QStringList m_names;
    QSet<QString> m_known; ///< All of them, once they are many.
};

/// What the expressions of one template name.
struct References
{
    NameList roots{};
    NameList stepIds{};
    NameList secretNames{};
    NameList runNames{}; ///< "" for a "run" without a literal name after it.
};

/// The names an expression may start from: "inputs", "secrets", "steps", "item", "index", "run", "input".
const QStringList &rootNames();

/// Builds the tree of one expression and adds what it names to references.
///
///   conditional := or ["if" or "else" conditional]
///   or          := and {"or" and}
///   and         := not {"and" not}
///   not         := "not" not | comparison
///   comparison  := sum [("==" | "!=" | "<" | "<=" | ">" | ">=" | "in") sum]
///   sum         := product {("+" | "-") product}
///   product     := sign {("*" | "/" | "%") sign}
///   sign        := "-" sign | access
///   access      := primary {"." NAME | "[" conditional "]"}
///   primary     := NUMBER | STRING | "true" | "false" | "null" | ROOT | FUNCTION "(" [conditionals] ")"
///                | "(" conditional ")" | "[" [conditionals] "]" | "{" [STRING ":" conditional {"," ...}] "}"
///
/// Errors as those of tokenize().
Result<Expression> parseExpression(const std::vector<Token> &tokens, References &references);

} // namespace engine::expr
