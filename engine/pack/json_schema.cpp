#include "engine/pack/json_schema.h"

#include "engine/base/json.h"
#include "engine/pack/reader/describe_json.h"
#include "engine/pack/schema/own_constraints.h"
#include "engine/pack/schema/schema_check.h"

#include <QRegularExpression>

#include <valijson/schema.hpp>
#include <valijson/validator.hpp>

using namespace Qt::StringLiterals;
using engine::schema::JsonAdapter;

namespace engine {

/// The library's sentence in our form: no capital, no full stop, numbers without trailing zeros.
static QString sentence(QString text)
{
    static const QRegularExpression zeros(u"(\\d\\.\\d*?)0+(?!\\d)"_s);
    static const QRegularExpression point(u"(\\d)\\.(?!\\d)"_s);
    text.replace(zeros, u"\\1"_s).replace(point, u"\\1"_s);
    if (text.endsWith(u'.'))
        text.chop(1);
    if (!text.isEmpty() && (text.size() < 2 || !text[1].isUpper()))
        text[0] = text[0].toLower();
    return text;
}

/// Whether it only says that a value inside, or a part of the schema that has its own say, did not fit.
static bool isConsequence(const std::string &description)
{
    static const QRegularExpression form(
        u"^Failed to validate (item #|against (schema|additional|child|dependent|"
        "corresponding))"_s);
    return form.match(QString::fromStdString(description)).hasMatch();
}

/// The library's path: "<root>", then "[name]" for each step down.
static Error problemOf(const valijson::ValidationResults::Error &error, QJsonValue value)
{
    QString path;
    for (size_t i = 1; i < error.context.size(); ++i) {
        const QString name = QString::fromStdString(error.context[i]).mid(1).chopped(1);
        path += u'/' + pointerToken(name);
        value = value.isArray() ? value.toArray().at(name.toLongLong()) : value.toObject().value(name);
    }
    const QString message =
        sentence(QString::fromStdString(error.description)) + u", found "_s + describeJson(value);
    return {ErrorCode::InvalidInput, message, {{}, 0, 0, path}, {}};
}

static Result<> parseInto(valijson::Schema &parsed, const QJsonObject &schema)
{
    const auto prepared = schema::prepare(schema);
    if (!prepared)
        return prepared.error();
    try {
        valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
        schema::addOwnConstraints(parser);
        parser.populateSchema(JsonAdapter(*prepared), parsed);
    } catch (const std::exception &exception) {
        return invalid(sentence(QString::fromUtf8(exception.what())));
    }
    return {};
}

Result<> checkSchema(const QJsonObject &schema)
{
    valijson::Schema parsed;
    return parseInto(parsed, schema);
}

Result<> validateAgainst(const QJsonObject &schema, const QJsonValue &value)
{
    valijson::Schema parsed;
    if (auto checked = parseInto(parsed, schema); !checked)
        return checked;
    valijson::ValidationResults results;
    try {
        if (valijson::Validator().validate(parsed, JsonAdapter(value), &results))
            return {};
    } catch (const std::exception &exception) {
        return invalid(sentence(QString::fromUtf8(exception.what())));
    }
    QList<Error> problems;
    QList<Error> consequences;
    for (const auto &error : results) {
        QList<Error> &list = isConsequence(error.description) ? consequences : problems;
        if (const Error problem = problemOf(error, value); !list.contains(problem))
            list += problem;
    }
    if (problems.isEmpty() && consequences.isEmpty())
        return invalid(u"the value does not fit the schema, found "_s + describeJson(value));
    return combined(problems.isEmpty() ? consequences : problems);
}

} // namespace engine
