#pragma once

#include "engine/base/result.h"

#include <QJsonValue>

#include <vector>

namespace engine::expr {

/// The longest expression between "{{" and "}}", in characters.
inline constexpr qsizetype maxExpressionLength = 65'536;

enum class TokenKind { Name, Keyword, Number, String, Symbol, End };

struct Token
{
    TokenKind kind = TokenKind::End;
    qsizetype begin = 0; ///< Offsets in the template's text.
    qsizetype end = 0;
    QString text{};     ///< Of a string: without quotes and escapes. Otherwise as written.
    QJsonValue value{}; ///< Of a number.
};

struct TokenList
{
    std::vector<Token> tokens{}; ///< The last one is End, at the "}}".
    qsizetype end = 0;           ///< Just after the "}}".
};

/// Reads the tokens of the expression whose "{{" stands at offset begin of text, up to its "}}".
///
/// Errors of the lexer, the parser and the evaluator carry no document position yet: their where.column is 1
/// + the offset in the template's text, and Template turns that into a position.
Result<TokenList> tokenize(const QString &text, qsizetype begin);

/// Where a parser stands in a list of tokens, which must outlive it.
class TokenCursor
{
public:
    explicit TokenCursor(const std::vector<Token> &tokens)
        : m_tokens(tokens)
    {
    }

    const Token &token() const { return m_tokens[m_at]; }
    void advance() { ++m_at; } ///< Not beyond End.

    bool is(QStringView text) const; ///< A keyword or symbol.
    bool take(QStringView text);     ///< Advances if is().
    Result<> expect(QStringView text);
    Error unexpected(QStringView wanted) const; ///< "expected WANTED, found ...".

private:
    QString found() const;

    const std::vector<Token> &m_tokens;
    size_t m_at = 0;
};

/// An error at an offset of the template's text, see above.
Error errorAt(qsizetype offset, QString message);

} // namespace engine::expr
