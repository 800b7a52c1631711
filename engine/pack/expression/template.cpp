#include "engine/pack/expression/template.h"

#include "engine/base/json.h"
#include "engine/pack/expression/checker.h"
#include "engine/pack/expression/evaluator.h"
#include "engine/pack/expression/lexer.h"
#include "engine/pack/expression/parser.h"

#include <QJsonArray>

#include <algorithm>
#include <vector>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr qsizetype maxExpressions = 100'000;
constexpr int maxValueDepth = 128;

/// Literal text, or one expression with its braces.
struct Part
{
    qsizetype begin = 0; ///< Offsets in the template's text.
    qsizetype end = 0;
    std::optional<expr::Expression> expression{};

    bool isDecidedBy(const Scope &scope) const;
};

bool Part::isDecidedBy(const Scope &scope) const
{
    const auto isKnown = [&](const QString &root) { return expr::rootValue(scope, root).has_value(); };
    return !expression || std::all_of(expression->roots.begin(), expression->roots.end(), isKnown);
}

/// Turns an offset in the text (see expr::tokenize()) into a position in the document.
Error located(Error error, const QString &text, const SourcePos &where)
{
    const QStringView before =
        QStringView(text).first(std::clamp<qsizetype>(error.where.column - 1, 0, text.size()));
    const qsizetype lineStart = before.lastIndexOf(u'\n') + 1;
    const qsizetype column = expr::utf8Size(before.sliced(lineStart));
    error.code = ErrorCode::InvalidInput; // Inside, NotFound says what default() answers.
    error.where = where;
    // How several lines stand in the document (indented, folded, escaped) is not known here.
    if (text.contains(u'\n'))
        error.message += u" (line %1, column %2 of the text)"_s.arg(before.count(u'\n') + 1).arg(column + 1);
    else if (where.column > 0)
        error.where.column += int(column);
    return error;
}

/// Writes the text of a template with several parts. Literal text is collected and escaped in one go, because
/// two pieces can make a "{{" together.
class TemplateWriter
{
public:
    void addText(QStringView text) { m_run += text; }
    void addExpression(QStringView source);
    QString finish();

private:
    QString m_out;
    QString m_run;
    qsizetype m_expressions = 0;
    bool m_hasText = false;
};

void TemplateWriter::addExpression(QStringView source)
{
    m_hasText = m_hasText || !m_run.isEmpty();
    QString text = escapeTemplate(m_run);
    if (text.endsWith(u'{')) {
        text.chop(1);
        text += u"{{ '{' }}"_s;
    }
    m_out += text;
    m_out += source;
    m_run.clear();
    ++m_expressions;
}

QString TemplateWriter::finish()
{
    const bool isLone = m_expressions == 1 && !m_hasText && m_run.isEmpty();
    m_out += escapeTemplate(m_run);
    return isLone ? u"{{ '' }}"_s + m_out : m_out; // Alone it would keep its type, but it was joined to text.
}

// NOLINTBEGIN(misc-no-recursion): maxValueDepth

/// A value with each string in it replaced by what change makes of it.
template<class Change>
Result<QJsonValue> withStrings(const QJsonValue &value, const Change &change, int depth = 0)
{
    if (value.isString())
        return change(value.toString());
    if (!value.isArray() && !value.isObject())
        return value;
    if (depth >= maxValueDepth)
        return invalid(u"value is nested deeper than %1 levels"_s.arg(maxValueDepth));
    const auto inside = [](Error error, const QString &name) {
        error.where.path.prepend(u'/' + pointerToken(name));
        return error;
    };
    if (value.isArray()) {
        QJsonArray out;
        const QJsonArray array = value.toArray();
        for (const auto item : array) {
            const auto changed = withStrings(item, change, depth + 1);
            if (!changed)
                return inside(changed.error(), QString::number(out.size()));
            out.append(*changed);
        }
        return QJsonValue(out);
    }
    QJsonObject out;
    const QJsonObject object = value.toObject();
    for (auto member = object.begin(); member != object.end(); ++member) {
        const auto changed = withStrings(member.value(), change, depth + 1);
        if (!changed)
            return inside(changed.error(), member.key());
        out.insert(member.key(), *changed);
    }
    return QJsonValue(out);
}

// NOLINTEND(misc-no-recursion)

} // namespace

struct Template::Data
{
    QString text{};
    SourcePos where{};
    std::vector<Part> parts{};
    expr::References references{};

    bool isOneExpression() const { return parts.size() == 1 && parts.front().expression; }
    QStringView source(const Part &part) const
    {
        return QStringView(text).sliced(part.begin, part.end - part.begin);
    }
    Result<QJsonValue> valueOf(const Part &part, const Scope &scope, expr::Budget &budget) const;
    Result<QString> textOf(const Part &part, const Scope &scope, expr::Budget &budget) const;
    Result<QJsonValue> join(const Scope &scope) const;
    Result<QJsonValue> foldParts(const Scope &scope) const;
};

Result<QJsonValue> Template::Data::valueOf(const Part &part, const Scope &scope, expr::Budget &budget) const
{
    auto value = expr::evaluate(part.expression->tree, text, scope, budget);
    const bool isSecret = scope.secrets && part.expression->roots.contains(u"secrets"_s);
    if (!value && (isSecret || scope.hidesValues)) {
        Error hidden = value.error();
        hidden.message = u"cannot be evaluated; why is not shown, because a secret is part of it"_s;
        return hidden;
    }
    if (!value)
        return value;
    if (auto ok = expr::Budget::checkSize(expr::sizeOf(*value)); !ok)
        return expr::errorAt(part.begin, ok.error().message);
    return value;
}

Result<QString> Template::Data::textOf(const Part &part, const Scope &scope, expr::Budget &budget) const
{
    if (!part.expression)
        return source(part).toString();
    const auto value = valueOf(part, scope, budget);
    if (!value)
        return value.error();
    auto joined = expr::textOf(*value);
    if (!joined)
        return expr::errorAt(part.begin, joined.error().message);
    return joined;
}

Result<QJsonValue> Template::Data::join(const Scope &scope) const
{
    expr::Budget budget;
    QString out;
    qsizetype size = 0;
    for (const Part &part : parts) {
        const auto piece = textOf(part, scope, budget);
        if (!piece)
            return piece.error();
        size += expr::utf8Size(*piece);
        if (auto ok = expr::Budget::checkSize(size); !ok)
            return expr::errorAt(part.begin, ok.error().message);
        out += *piece;
    }
    return QJsonValue(out);
}

Result<QJsonValue> Template::Data::foldParts(const Scope &scope) const
{
    expr::Budget budget;
    TemplateWriter writer;
    qsizetype size = 0;
    for (const Part &part : parts) {
        if (!part.isDecidedBy(scope)) {
            writer.addExpression(source(part));
            continue;
        }
        const auto piece = textOf(part, scope, budget);
        if (!piece)
            return piece.error();
        size += expr::utf8Size(*piece);
        if (auto ok = expr::Budget::checkSize(size); !ok)
            return expr::errorAt(part.begin, ok.error().message);
        writer.addText(*piece);
    }
    return QJsonValue(writer.finish());
}

Result<Template> Template::parse(const QString &text, const SourcePos &where)
{
    auto data = std::make_shared<Data>();
    data->text = text;
    data->where = where;
    qsizetype expressions = 0;
    for (qsizetype at = 0; at < text.size();) {
        const qsizetype open = text.indexOf("{{"_L1, at);
        if (open != at)
            data->parts.push_back({at, open < 0 ? text.size() : open, std::nullopt});
        if (open < 0)
            break;
        if (++expressions > maxExpressions) {
            const QString message = u"more than %1 expressions in one string"_s.arg(maxExpressions);
            return located(expr::errorAt(open, message), text, where);
        }
        const auto list = expr::tokenize(text, open);
        if (!list)
            return located(list.error(), text, where);
        auto expression = expr::parseExpression(list->tokens, data->references);
        if (!expression)
            return located(expression.error(), text, where);
        data->parts.push_back({open, list->end, *std::move(expression)});
        at = list->end;
    }
    return Template(std::move(data));
}

Result<QJsonValue> Template::evaluate(const Scope &scope) const
{
    expr::Budget budget;
    auto value = m_data->isOneExpression() ? m_data->valueOf(m_data->parts.front(), scope, budget)
                                           : m_data->join(scope);
    if (!value)
        return located(value.error(), m_data->text, m_data->where);
    return value;
}

Result<QJsonValue> Template::fold(const Scope &scope) const
{
    const auto isDecided = [&](const Part &part) { return part.isDecidedBy(scope); };
    if (std::all_of(m_data->parts.begin(), m_data->parts.end(), isDecided)) {
        auto value = evaluate(scope);
        if (!value)
            return value;
        return withStrings(*value,
                           [](const QString &text) { return Result<QJsonValue>(escapeTemplate(text)); });
    }
    if (m_data->isOneExpression())
        return QJsonValue(m_data->text);
    auto value = m_data->foldParts(scope);
    if (!value)
        return located(value.error(), m_data->text, m_data->where);
    return value;
}

bool Template::isLiteral() const
{
    return std::none_of(m_data->parts.begin(), m_data->parts.end(),
                        [](const Part &part) { return part.expression.has_value(); });
}

QStringList Template::roots() const
{
    return m_data->references.roots.names();
}

QStringList Template::stepIds() const
{
    return m_data->references.stepIds.names();
}

QStringList Template::secretNames() const
{
    return m_data->references.secretNames.names();
}

QStringList Template::runNames() const
{
    return m_data->references.runNames.names();
}

expr::Checked Template::check(const expr::TypeScope &scope, const expr::Place &place) const
{
    expr::Checked out;
    const bool isOne = m_data->isOneExpression();
    out.type = {expr::String, {}, {}};
    const auto add = [&](qsizetype offset, const QString &message) {
        out.problems += located(expr::errorAt(offset, message), m_data->text, m_data->where);
    };
    for (const Part &part : m_data->parts) {
        if (!part.expression)
            continue;
        const expr::Findings found = expr::check(part.expression->tree, m_data->text, scope);
        for (const expr::Problem &problem : found.problems) {
            add(problem.offset, problem.message);
            out.alwaysFails = out.alwaysFails || problem.isCertain;
        }
        for (const expr::Problem &use : found.secrets) {
            if (!place.secretsOnly.isEmpty())
                add(use.offset, u"%1 may not be used in %2; only in %3"_s.arg(use.message, place.name,
                                                                              place.secretsOnly));
        }
        out.type = isOne ? found.type : expr::tainted(out.type, found.type.secret);
    }
    const QString misfit = isLiteral() ? QString() : expr::misfit(out.type, place);
    if (!misfit.isEmpty())
        add(isOne ? m_data->parts.front().expression->tree.begin : 0, misfit);
    return out;
}

QString escapeTemplate(const QString &text)
{
    return QString(text).replace("{{"_L1, "{{ '{{' }}"_L1);
}

/// Puts operation in place of every string of value; what it makes of expressions is limited in all, not only
/// each.
static Result<QJsonValue> transformAll(const QJsonValue &value, const Scope &scope,
                                       Result<QJsonValue> (Template::*operation)(const Scope &) const)
{
    qsizetype size = 0;
    return withStrings(value, [&](const QString &text) -> Result<QJsonValue> {
        if (!text.contains("{{"_L1))
            return QJsonValue(text);
        const auto parsed = Template::parse(text);
        if (!parsed)
            return parsed.error();
        auto result = (*parsed.*operation)(scope);
        if (!result)
            return result;
        size += expr::sizeOf(*result);
        if (auto ok = expr::Budget::checkSize(size); !ok)
            return ok.error();
        return result;
    });
}

Result<QJsonValue> evaluateAll(const QJsonValue &value, const Scope &scope)
{
    return transformAll(value, scope, &Template::evaluate);
}

Result<QJsonValue> foldAll(const QJsonValue &value, const Scope &scope)
{
    return transformAll(value, scope, &Template::fold);
}

} // namespace engine
