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

struct JsonSchema::Parsed
{
    valijson::Schema schema{};
};

Result<JsonSchema> JsonSchema::parse(const QJsonObject &schema)
{
    const auto prepared = schema::prepare(schema);
    if (!prepared)
        return prepared.error();
    const auto parsed = std::make_shared<Parsed>();
    try {
        valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
        schema::addOwnConstraints(parser);
        parser.populateSchema(JsonAdapter(*prepared), parsed->schema);
    } catch (const std::exception &exception) {
        return brokenSchema(exception);
    }
    return JsonSchema(parsed);
}

Result<> JsonSchema::validate(const QJsonValue &value) const
{
    valijson::ValidationResults results;
    try {
        if (valijson::Validator().validate(m_parsed->schema, JsonAdapter(value), &results))
            return {};
    } catch (const std::exception &exception) {
        return brokenSchema(exception);
    }
    const QList<Error> problems = schema::problemsOf(results, value);
    if (problems.isEmpty())
        return invalid(u"the value does not fit the schema, found "_s + describeJson(value));
    return combined(problems);
}

Result<> checkSchema(const QJsonObject &schema)
{
    if (const auto parsed = JsonSchema::parse(schema); !parsed)
        return parsed.error();
    return {};
}

Result<> validateAgainst(const QJsonObject &schema, const QJsonValue &value)
{
    const auto parsed = JsonSchema::parse(schema);
    return parsed ? parsed->validate(value) : parsed.error();
}

} // namespace engine
