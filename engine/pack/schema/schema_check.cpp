#include "engine/pack/schema/schema_check.h"

#include "engine/base/json.h"
#include "engine/base/nearest_name.h"
#include "engine/pack/reader/describe_json.h"
#include "engine/pack/schema/keywords.h"
#include "engine/pack/schema/reference_graph.h"
#include "engine/pack/schema/text_rules.h"

#include <QUrl>

using namespace Qt::StringLiterals;

namespace engine::schema {

namespace {

class Checker
{
public:
    Result<QJsonObject> check(const QJsonObject &schema);

private:
    QJsonValue rewrite(const QJsonValue &schema, const QString &path, int depth);
    void rewriteKeyword(const QString &name, const QJsonValue &value, QJsonObject &to, const QString &owner,
                        int depth);
    QJsonObject rewriteMap(const QJsonValue &value, const QString &path, const QString *inPlaceOwner,
                           int depth);
    QJsonArray rewriteList(const QJsonValue &value, const QString &path, const QString *inPlaceOwner,
                           int depth);
    QJsonValue rewriteIn(const QJsonValue &value, const QString &path, const QString *inPlaceOwner,
                         int depth);
    void checkReference(const QJsonValue &value, const QString &owner);
    void checkText(Keyword keyword, const QJsonValue &value, const QString &path);
    void checkDialect(const QJsonValue &value, const QString &path);
    void problem(const QString &path, QString message);

    ReferenceGraph m_graph;
    QList<Error> m_problems;
};

void Checker::problem(const QString &path, QString message)
{
    m_problems += Error{ErrorCode::InvalidInput, std::move(message), {{}, 0, 0, path}, {}};
}

void Checker::checkReference(const QJsonValue &value, const QString &owner)
{
    const QString target = value.toString();
    if (!value.isString() || (target != "#"_L1 && !target.startsWith("#/"_L1)))
        problem(owner + u"/$ref"_s,
                u"expected a reference inside the schema such as #/definitions/x, found "_s
                    + describeJson(value));
    else
        m_graph.addReference(owner, QUrl::fromPercentEncoding(target.sliced(1).toUtf8()));
}

void Checker::checkDialect(const QJsonValue &value, const QString &path)
{
    const QString dialect = value.toString();
    if (dialect != "http://json-schema.org/draft-07/schema#"_L1
        && dialect != "http://json-schema.org/draft-07/schema"_L1)
        problem(path, u"expected the dialect http://json-schema.org/draft-07/schema#, found "_s
                          + describeJson(value));
}

void Checker::checkText(Keyword keyword, const QJsonValue &value, const QString &path)
{
    if (!value.isString()) {
        problem(path, u"expected text, found "_s + describeJson(value));
        return;
    }
    if (keyword == Keyword::Pattern) {
        if (const auto compiled = compilePattern(value.toString()); !compiled)
            problem(path, compiled.error().message);
    } else if (const QStringList names = formatNames(); !names.contains(value.toString())) {
        problem(path, u"format \"%1\" is not supported; expected one of %2"_s.arg(value.toString(),
                                                                                  names.join(u", "_s)));
    }
}

/// inPlaceOwner: the schema around it when both check the same value.
// NOLINTNEXTLINE(misc-no-recursion): rewrite() bounds the depth
QJsonValue Checker::rewriteIn(const QJsonValue &value, const QString &path, const QString *inPlaceOwner,
                              int depth)
{
    if (inPlaceOwner)
        m_graph.addInPlace(*inPlaceOwner, path);
    return rewrite(value, path, depth);
}

// NOLINTNEXTLINE(misc-no-recursion): rewrite() bounds the depth
QJsonObject Checker::rewriteMap(const QJsonValue &value, const QString &path, const QString *inPlaceOwner,
                                int depth)
{
    if (!value.isObject())
        problem(path, u"expected an object, found "_s + describeJson(value));
    QJsonObject rewritten;
    const QJsonObject object = value.toObject();
    for (auto it = object.begin(); it != object.end(); ++it) {
        const QJsonValue child = it.value();
        const bool isNames = inPlaceOwner && child.isArray(); // Of dependencies.
        rewritten.insert(
            it.key(),
            isNames ? child : rewriteIn(child, path + u'/' + pointerToken(it.key()), inPlaceOwner, depth));
    }
    return rewritten;
}

// NOLINTNEXTLINE(misc-no-recursion): rewrite() bounds the depth
QJsonArray Checker::rewriteList(const QJsonValue &value, const QString &path, const QString *inPlaceOwner,
                                int depth)
{
    const QJsonArray list = value.toArray();
    if (list.isEmpty())
        problem(path, u"expected a list of schemas, found "_s + describeJson(value));
    QJsonArray rewritten;
    for (qsizetype i = 0; i < list.size(); ++i)
        rewritten.append(rewriteIn(list[i], path + u'/' + QString::number(i), inPlaceOwner, depth));
    return rewritten;
}

// NOLINTNEXTLINE(misc-no-recursion): rewrite() bounds the depth
void Checker::rewriteKeyword(const QString &name, const QJsonValue &value, QJsonObject &to,
                             const QString &owner, int depth)
{
    const QString path = owner + u'/' + pointerToken(name);
    const auto keyword = keywordOf(name);
    if (!keyword) {
        if (!name.startsWith("x-"_L1))
            problem(path, u"unknown keyword \"%1\"%2"_s.arg(name, didYouMean(name, keywordNames())));
        return;
    }
    switch (*keyword) {
    case Keyword::Annotation: return;
    case Keyword::Assertion: to.insert(name, value); return;
    case Keyword::Dialect: checkDialect(value, path); return;
    case Keyword::Reference:
        checkReference(value, owner);
        to.insert(name, value);
        return;
    case Keyword::Pattern:
    case Keyword::Format:
        checkText(*keyword, value, path);
        to.insert(QLatin1StringView(*keyword == Keyword::Pattern ? patternKey : formatKey), value);
        return;
    case Keyword::UniqueItems:
        if (!value.isBool())
            problem(path, u"expected true or false, found "_s + describeJson(value));
        to.insert(QLatin1StringView(uniqueItemsKey), value);
        return;
    case Keyword::MultipleOf:
        if (!(value.toDouble() > 0))
            problem(path, u"expected a number above 0, found "_s + describeJson(value));
        to.insert(name, value);
        return;
    case Keyword::InPlace: to.insert(name, rewriteIn(value, path, &owner, depth)); return;
    case Keyword::InPlaceList: to.insert(name, rewriteList(value, path, &owner, depth)); return;
    case Keyword::Child: to.insert(name, rewriteIn(value, path, nullptr, depth)); return;
    case Keyword::ChildOrList:
        to.insert(name, value.isArray() ? QJsonValue(rewriteList(value, path, nullptr, depth))
                                        : rewriteIn(value, path, nullptr, depth));
        return;
    case Keyword::Unsupported:
        m_problems += Error{
            ErrorCode::Unsupported, u"keyword \"%1\" is not supported"_s.arg(name), {{}, 0, 0, path}, {}};
        return;
    case Keyword::ChildMap:
    case Keyword::Definitions: to.insert(name, rewriteMap(value, path, nullptr, depth)); return;
    case Keyword::Dependencies: to.insert(name, rewriteMap(value, path, &owner, depth)); return;
    }
}

// NOLINTNEXTLINE(misc-no-recursion): the depth is bounded here
QJsonValue Checker::rewrite(const QJsonValue &schema, const QString &path, int depth)
{
    constexpr int maxDepth = 64;
    m_graph.addSchema(path);
    if (schema.isBool())
        return schema;
    if (!schema.isObject() || depth >= maxDepth) {
        problem(path, schema.isObject() ? u"schemas are nested deeper than %1 levels"_s.arg(maxDepth)
                                        : u"expected a schema, found "_s + describeJson(schema));
        return true;
    }
    QJsonObject rewritten;
    const QJsonObject object = schema.toObject();
    for (auto it = object.begin(); it != object.end(); ++it)
        rewriteKeyword(it.key(), it.value(), rewritten, path, depth + 1);
    // Draft 7 ignores what stands beside a reference (section 8.3); who wrote it meant it.
    if (rewritten.contains(u"$ref"_s)) {
        for (const QString &name : rewritten.keys()) {
            if (name != "$ref"_L1 && name != "definitions"_L1)
                problem(path + u"/$ref"_s,
                        u"what stands beside a reference is not checked in draft 7; use \"allOf\""_s);
        }
    }
    return rewritten;
}

Result<QJsonObject> Checker::check(const QJsonObject &schema)
{
    const QJsonValue rewritten = rewrite(schema, {}, 0);
    if (m_problems.isEmpty())
        m_problems = m_graph.problems();
    if (!m_problems.isEmpty())
        return combined(m_problems);
    return rewritten.toObject();
}

} // namespace

Result<QJsonObject> prepare(const QJsonObject &schema)
{
    return Checker().check(schema);
}

} // namespace engine::schema
