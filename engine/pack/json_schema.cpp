#include "engine/pack/json_schema.h"

#include "engine/pack/reader/describe_json.h"
#include "engine/pack/schema/messages.h"
#include "engine/pack/schema/own_constraints.h"
#include "engine/pack/schema/schema_check.h"

#include <valijson/schema.hpp>
#include <valijson/validator.hpp>

using namespace Qt::StringLiterals;
using engine::schema::JsonAdapter;

namespace engine {

/// What the library says of a broken schema, in our form.
static Error brokenSchema(const std::exception &exception)
{
    QString text = QString::fromUtf8(exception.what());
    if (text.endsWith(u'.'))
        text.chop(1);
    return invalid(u"not a JSON Schema: "_s + text);
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
        return brokenSchema(exception);
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
        return brokenSchema(exception);
    }
    const QList<Error> problems = schema::problemsOf(results, value);
    if (problems.isEmpty())
        return invalid(u"the value does not fit the schema, found "_s + describeJson(value));
    return combined(problems);
}

} // namespace engine
