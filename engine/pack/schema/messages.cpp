#include "engine/pack/schema/messages.h"

#include "engine/base/json.h"
#include "engine/pack/reader/describe_json.h"

#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine::schema {

namespace {

enum class Role {
    Problem,
    Alternatives, ///< Every alternative failed; what each of them said comes right before, and goes.
    Consequence,  ///< Of a problem inside.
};

struct Sentence
{
    QRegularExpression pattern{}; ///< Of the library's sentence.
    QString ours{};               ///< \1 is what the pattern captured.
    Role role = Role::Problem;
};

const QList<Sentence> &sentences()
{
    const auto expression = [](const char16_t *text) {
        return QRegularExpression(QRegularExpression::anchoredPattern(QString::fromUtf16(text)));
    };
    static const QList<Sentence> all{
        {expression(u"Value type not permitted by 'type' constraint\\."),
         u"the schema allows no value of this type"_s},
        {expression(u"Failed to match expected value set by 'const' constraint\\."),
         u"expected the value that the schema gives"_s},
        {expression(u"Failed to match against any enum values\\."),
         u"expected one of the values that the schema lists"_s},
        {expression(u"Missing required property '(.*)'\\."), u"property \"\\1\" is missing"_s},
        {expression(u"Missing dependency '(.*)'\\."), u"property \"\\1\" is missing beside the others"_s},
        {expression(u"Object contains a property that could not be validated using 'properties' or "
                    "'additionalProperties' constraints: '(.*)'\\."),
         u"unknown property \"\\1\""_s},
        {expression(u"String should be no fewer than (.*) characters in length\\."),
         u"expected text of at least \\1 characters"_s},
        {expression(u"String should be no more than (.*) characters in length\\."),
         u"expected text of at most \\1 characters"_s},
        {expression(u"Array should contain no fewer than (.*) elements\\."),
         u"expected at least \\1 items"_s},
        {expression(u"Array should contain no more than (.*) elements\\."), u"expected at most \\1 items"_s},
        {expression(u"Object should have no fewer than (.*) properties\\."),
         u"expected at least \\1 properties"_s},
        {expression(u"Object should have no more than (.*) properties\\."),
         u"expected at most \\1 properties"_s},
        {expression(u"Expected number greater than or equal to (.*)"),
         u"expected a number of at least \\1"_s},
        {expression(u"Expected number less than or equal to (.*)"), u"expected a number of at most \\1"_s},
        {expression(u"Expected number greater than (.*)"), u"expected a number above \\1"_s},
        {expression(u"Expected number less than (.*)"), u"expected a number below \\1"_s},
        {expression(u"Value should be a multiple of (.*)"), u"expected a multiple of \\1"_s},
        {expression(u"Failed to any values against subschema in 'contains' constraint\\."),
         u"expected an item that fits \"contains\""_s},
        {expression(u"Target should not validate against schema specified in 'not' constraint\\."),
         u"fits what \"not\" excludes"_s},
        {expression(u"Failed to validate against any schemas allowed by anyOf constraint\\."),
         u"fits none of the alternatives of \"anyOf\""_s, Role::Alternatives},
        {expression(u"Failed to validate against any child schemas allowed by oneOf constraint\\."),
         u"fits none of the alternatives of \"oneOf\""_s, Role::Alternatives},
        {expression(u"Failed to validate against exactly one child schema\\."),
         u"fits more than one alternative of \"oneOf\""_s},
        {expression(u"Failed to validate .*"), u"does not fit a part of the schema"_s, Role::Consequence},
    };
    return all;
}

/// "100.000000" becomes "100", "0.500000" becomes "0.5".
QString withoutZeros(QString text)
{
    static const QRegularExpression zeros(u"(\\d+)(?:\\.0+|(\\.\\d*[1-9])0*)(?!\\d)"_s);
    return text.replace(zeros, u"\\1\\2"_s);
}

struct Found
{
    Role role = Role::Problem;
    Error error{};
};

Found translate(const valijson::ValidationResults::Error &error, QJsonValue value)
{
    QString path;
    for (size_t i = 1; i < error.context.size(); ++i) { // "<root>", then "[name]" for each step down.
        const QString name = QString::fromStdString(error.context[i]).mid(1).chopped(1);
        path += u'/' + pointerToken(name);
        value = value.isArray() ? value.toArray().at(name.toLongLong()) : value.toObject().value(name);
    }
    QString text = QString::fromStdString(error.description);
    Role role = Role::Problem;
    for (const Sentence &sentence : sentences()) {
        const auto match = sentence.pattern.match(text);
        if (!match.hasMatch())
            continue;
        role = sentence.role;
        text = QString(sentence.ours).replace(u"\\1"_s, withoutZeros(match.captured(1)));
        break;
    }
    if (!text.contains("property \""_L1))
        text += u", found "_s + describeJson(value);
    return {role, {ErrorCode::InvalidInput, text, {{}, 0, 0, path}, {}}};
}

} // namespace

QList<Error> problemsOf(const valijson::ValidationResults &results, const QJsonValue &value)
{
    QList<Error> problems;
    QList<Error> consequences;
    for (const auto &result : results) {
        const Found found = translate(result, value);
        const QString &path = found.error.where.path;
        if (found.role == Role::Alternatives)
            problems.removeIf([&path](const Error &problem) {
                return problem.where.path == path || problem.where.path.startsWith(path + u'/');
            });
        QList<Error> &list = found.role == Role::Consequence ? consequences : problems;
        if (!list.contains(found.error))
            list += found.error;
    }
    return problems.isEmpty() ? consequences : problems;
}

} // namespace engine::schema
