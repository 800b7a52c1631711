#include "engine/base/json.h"
#include "engine/pack/inputs.h"
#include "engine/pack/reader/declaration_reader.h"
#include "engine/pack/reader/names.h"
#include "engine/pack/reader/schema_reader.h"

using namespace Qt::StringLiterals;

namespace engine {

static std::optional<InputType> readType(const MappingReader &reader)
{
    static constexpr InputType types[] = {InputType::String,  InputType::Integer, InputType::Number,
                                          InputType::Boolean, InputType::Array,   InputType::Object,
                                          InputType::File};
    QStringList names;
    for (const InputType type : types)
        names += toString(type);
    reader.require(u"type");
    const auto name = reader.choice(u"type", names);
    return name ? std::optional(types[names.indexOf(*name)]) : std::nullopt;
}

static void checkDefault(const NodeAt &at, InputSpec &input, Problems &problems)
{
    if (input.required)
        problems.add(at, u"a required input has no default; expected one of \"required\" and \"default\""_s);
    if (input.type == InputType::File) {
        problems.add(at, u"an input of type file has no default"_s);
        return;
    }
    const auto checked = bindInputs({input}, {{input.name, toJson(*at.node)}});
    if (checked) {
        input.defaultValue = checked->values.value(input.name);
        return;
    }
    const qsizetype own = pointerToken(input.name).size() + 1; // Paths begin with the name of the input.
    for (const Error &part : partsOf(checked.error()))
        problems.add(at.descend(part.where.path.sliced(own)), part.message);
}

static InputSpec readInput(const NodeAt &at, const PackFileReader &readFile, Problems &problems)
{
    const MappingReader reader(
        at, {u"name"_s, u"type"_s, u"required"_s, u"default"_s, u"schema"_s, u"description"_s}, problems);
    InputSpec input;
    input.name = readName(reader, u"name", problems).value_or(QString());
    const auto type = readType(reader);
    input.type = type.value_or(input.type);
    input.required = reader.boolean(u"required", false);
    input.description = reader.text(u"description").value_or(QString());
    if (const auto schema = reader.find(u"schema")) {
        if (type == InputType::File)
            problems.add(*schema, u"an input of type file has no schema"_s);
        else
            input.schema = readSchema(*schema, readFile, problems);
    }
    const auto value = reader.find(u"default");
    if (value && type && !input.name.isEmpty())
        checkDefault(*value, input, problems);
    return input;
}

QList<InputSpec> readInputs(const MappingReader &spec, const PackFileReader &readFile, Problems &problems)
{
    QList<InputSpec> inputs;
    UniqueNames names(u"input"_s);
    spec.forEach(u"inputs", [&](const NodeAt &item) {
        inputs += readInput(item, readFile, problems);
        if (!inputs.last().name.isEmpty())
            names.add(inputs.last().name, item, problems);
    });
    return inputs;
}

} // namespace engine
