#include "engine/pack/expression/lexer.h"

#include "engine/base/json.h"

#include <array>

using namespace Qt::StringLiterals;

namespace engine::expr {

namespace {

bool isDigit(QChar c)
{
    return c >= u'0' && c <= u'9';
}

bool isNameStart(QChar c)
{
    return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || c == u'_';
}

bool isKeyword(const QString &text)
{
    static const QStringList keywords{u"or"_s,   u"and"_s,  u"not"_s,   u"in"_s,  u"if"_s,
                                      u"else"_s, u"true"_s, u"false"_s, u"null"_s};
    return keywords.contains(text);
}

class Lexer
{
public:
    Lexer(const QString &text, qsizetype begin)
        : m_text(text)
        , m_begin(begin)
        , m_at(begin + 2)
    {
    }

    Result<TokenList> read();

private:
    bool readToken();
    bool readName();
    bool readNumber();
    bool readString();
    bool readEscape(QString &out);
    bool readUnicodeEscape(QString &out);
    bool readHex(char16_t &out);
    bool readSymbol();
    bool unexpected();

    bool add(TokenKind kind, qsizetype begin, QString text, QJsonValue value = {});
    bool fail(qsizetype offset, QString message);
    QChar peek(qsizetype ahead = 0) const
    {
        return m_at + ahead < m_text.size() ? m_text[m_at + ahead] : QChar();
    }
    bool isSymbol(qsizetype fromEnd, QChar symbol) const;
    bool isStepId() const;

    const QString m_text;
    const qsizetype m_begin;
    qsizetype m_at;
    qsizetype m_openBraces = 0;
    TokenList m_list;
    Error m_error;
};

bool Lexer::fail(qsizetype offset, QString message)
{
    m_error = errorAt(offset, std::move(message));
    return false;
}

bool Lexer::add(TokenKind kind, qsizetype begin, QString text, QJsonValue value)
{
    m_list.tokens.push_back({kind, begin, m_at, std::move(text), std::move(value)});
    return true;
}

bool Lexer::isSymbol(qsizetype fromEnd, QChar symbol) const
{
    const auto count = qsizetype(m_list.tokens.size());
    if (count < fromEnd)
        return false;
    const Token &token = m_list.tokens[size_t(count - fromEnd)];
    return token.kind == TokenKind::Symbol && token.text == symbol;
}

/// Directly after the root "steps" and a dot a name may hold dashes, as the ids of steps do.
bool Lexer::isStepId() const
{
    if (!isSymbol(1, u'.') || m_list.tokens.size() < 2 || isSymbol(3, u'.'))
        return false;
    const Token &root = m_list.tokens[m_list.tokens.size() - 2];
    return root.kind == TokenKind::Name && root.text == "steps"_L1;
}

bool Lexer::readName()
{
    const qsizetype start = m_at;
    const bool dashes = isStepId();
    while (isNameStart(peek()) || isDigit(peek()) || (dashes && peek() == u'-'))
        ++m_at;
    QString name = m_text.sliced(start, m_at - start);
    const bool keyword = isKeyword(name) && !isSymbol(1, u'.');
    return add(keyword ? TokenKind::Keyword : TokenKind::Name, start, std::move(name));
}

bool Lexer::readNumber()
{
    const qsizetype start = m_at;
    bool isInteger = true;
    while (isDigit(peek()))
        ++m_at;
    if (peek() == u'.') {
        isInteger = false;
        ++m_at;
        while (isDigit(peek()))
            ++m_at;
    }
    if (peek() == u'e' || peek() == u'E') {
        isInteger = false;
        m_at += peek(1) == u'+' || peek(1) == u'-' ? 2 : 1;
        while (isDigit(peek()))
            ++m_at;
    }
    QString text = m_text.sliced(start, m_at - start);
    const auto value = parseJson(text.toLatin1());
    if (!value)
        return fail(start, u"number \"%1\": %2"_s.arg(text, value.error().message));
    constexpr double maxInteger = 9007199254740991.0;
    if (isInteger && value->toDouble() > maxInteger)
        return fail(start, u"integer %1 is beyond 2^53-1"_s.arg(text));
    return add(TokenKind::Number, start, std::move(text), *value);
}

bool Lexer::readHex(char16_t &out)
{
    const QString digits = m_text.mid(m_at, 4);
    bool ok = digits.size() == 4;
    for (const QChar c : digits)
        ok = ok && (isDigit(c) || (c.toLower() >= u'a' && c.toLower() <= u'f'));
    if (!ok)
        return fail(m_at, u"expected four hexadecimal digits after \\u"_s);
    out = char16_t(digits.toUShort(nullptr, 16));
    m_at += 4;
    return true;
}

bool Lexer::readUnicodeEscape(QString &out)
{
    const qsizetype start = m_at - 2;
    char16_t unit = 0;
    if (!readHex(unit))
        return false;
    out += QChar(unit);
    if (!QChar::isSurrogate(unit))
        return true;
    const QString lone = u"lone surrogate %1 in a string"_s.arg(m_text.sliced(start, m_at - start));
    if (QChar::isLowSurrogate(unit) || peek() != u'\\' || peek(1) != u'u')
        return fail(start, lone);
    m_at += 2;
    if (!readHex(unit))
        return false;
    out += QChar(unit);
    return QChar::isLowSurrogate(unit) || fail(start, lone);
}

bool Lexer::readEscape(QString &out)
{
    const QChar letter = peek(1);
    m_at += 2;
    switch (letter.unicode()) {
    case u'\\':
    case u'\'':
    case u'"': out += letter; return true;
    case u'n': out += u'\n'; return true;
    case u't': out += u'\t'; return true;
    case u'u': return readUnicodeEscape(out);
    }
    return fail(m_at - 2, u"unknown escape \"%1\" in a string"_s.arg(m_text.mid(m_at - 2, 2)));
}

bool Lexer::readString()
{
    const qsizetype start = m_at;
    const QChar quote = peek();
    QString value;
    ++m_at;
    while (m_at < m_text.size() && peek() != quote) {
        if (peek() != u'\\')
            value += m_text[m_at++];
        else if (m_at + 1 == m_text.size())
            break;
        else if (!readEscape(value))
            return false;
    }
    if (peek() != quote)
        return fail(start, u"string without an end"_s);
    ++m_at;
    return add(TokenKind::String, start, std::move(value));
}

bool Lexer::unexpected()
{
    struct Habit
    {
        QStringView written;
        QStringView meant;
    };
    static constexpr std::array habits{Habit{u"&&", u"and"}, Habit{u"||", u"or"}, Habit{u"!", u"not"},
                                       Habit{u"=", u"=="}};
    const QStringView rest = QStringView(m_text).sliced(m_at);
    for (const auto &[written, meant] : habits) {
        if (rest.startsWith(written))
            return fail(m_at, u"unexpected \"%1\"; write \"%2\""_s.arg(written, meant));
    }
    const qsizetype length = rest.size() > 1 && rest[0].isHighSurrogate() && rest[1].isLowSurrogate() ? 2 : 1;
    return fail(m_at, u"unexpected character \"%1\""_s.arg(rest.first(length)));
}

bool Lexer::readSymbol()
{
    const qsizetype start = m_at;
    const bool isDouble = peek(1) == u'=' && QStringView(u"=!<>").contains(peek());
    if (!isDouble && !QStringView(u"<>+-*/%()[]{},.:").contains(peek()))
        return unexpected();
    if (peek() == u'{')
        ++m_openBraces;
    else if (peek() == u'}' && --m_openBraces < 0)
        return unexpected();
    m_at += isDouble ? 2 : 1;
    return add(TokenKind::Symbol, start, m_text.sliced(start, m_at - start));
}

bool Lexer::readToken()
{
    const QChar c = peek();
    if (isNameStart(c))
        return readName();
    if (isDigit(c))
        return readNumber();
    if (c == u'"' || c == u'\'')
        return readString();
    return readSymbol();
}

Result<TokenList> Lexer::read()
{
    while (true) {
        while (QStringView(u" \t\r\n").contains(peek()) && m_at < m_text.size())
            ++m_at;
        if (m_at - m_begin - 2 > maxExpressionLength)
            return errorAt(m_begin, u"expression has more than %1 characters"_s.arg(maxExpressionLength));
        if (m_at >= m_text.size())
            return errorAt(m_begin, u"\"{{\" without its \"}}\"; write {{ '{{' }} for the text itself"_s);
        if (m_openBraces == 0 && peek() == u'}' && peek(1) == u'}')
            break;
        if (!readToken())
            return m_error;
    }
    add(TokenKind::End, m_at, {});
    m_list.end = m_at + 2;
    return std::move(m_list);
}

} // namespace

Error errorAt(qsizetype offset, QString message)
{
    return {ErrorCode::InvalidInput, std::move(message), {{}, 0, int(offset) + 1, {}}, {}};
}

bool TokenCursor::is(QStringView text) const
{
    return (token().kind == TokenKind::Keyword || token().kind == TokenKind::Symbol) && token().text == text;
}

bool TokenCursor::take(QStringView text)
{
    if (!is(text))
        return false;
    advance();
    return true;
}

Result<> TokenCursor::expect(QStringView text)
{
    if (!take(text))
        return unexpected(u"\"%1\""_s.arg(text));
    return {};
}

QString TokenCursor::found() const
{
    switch (token().kind) {
    case TokenKind::End: return u"\"}}\""_s;
    case TokenKind::String: return u"a string"_s;
    case TokenKind::Name:
    case TokenKind::Keyword:
    case TokenKind::Number:
    case TokenKind::Symbol: break;
    }
    return u"\"%1\""_s.arg(token().text);
}

Error TokenCursor::unexpected(QStringView wanted) const
{
    return errorAt(token().begin, u"expected %1, found %2"_s.arg(wanted, found()));
}

Result<TokenList> tokenize(const QString &text, qsizetype begin)
{
    return Lexer(text, begin).read();
}

} // namespace engine::expr
