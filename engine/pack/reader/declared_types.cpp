#include "engine/pack/reader/declared_types.h"

#include "engine/pack/reader/module_check.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace engine {

using namespace expr;

namespace {

constexpr int maxSchemaDepth = 16;

ValueType ofKind(unsigned kinds)
{
    return {kinds, {}, {}};
}

/// The types that the name of a type stands for: in a schema, an input or an output.
unsigned kindsOf(const QString &name)
{
    static const QHash<QString, unsigned> kinds{
        {u"null"_s, Null},     {u"boolean"_s, Boolean}, {u"integer"_s, Integer}, {u"number"_s, Numeric},
        {u"string"_s, String}, {u"array"_s, Array},     {u"object"_s, Object}};
    return kinds.value(name, Any);
}

unsigned kindsOf(const QJsonObject &schema)
{
    unsigned kinds = 0;
    const QJsonValue type = schema.value(u"type"_s);
    if (type.isString())
        kinds = kindsOf(type.toString());
    for (const QJsonValue name : type.toArray())
        kinds |= kindsOf(name.toString());
    QJsonArray values = schema.value(u"enum"_s).toArray();
    if (schema.contains(u"const"_s))
        values = {schema.value(u"const"_s)};
    unsigned ofValues = 0;
    for (const QJsonValue value : std::as_const(values))
        ofValues |= typeOf(value);
    if (ofValues & Integer)
        ofValues |= kinds & Number; // 1.0 equals 1.
    return (kinds ? kinds : Any) & (ofValues ? ofValues : Any);
}

// NOLINTBEGIN(misc-no-recursion): maxSchemaDepth

ValueType typeOfSchema(const QJsonValue &value, int depth)
{
    const QJsonObject schema = value.toObject();
    if (schema.isEmpty() || depth >= maxSchemaDepth || schema.contains(u"$ref"_s))
        return {};
    const unsigned kinds = kindsOf(schema);
    TypeDetail detail;
    if (!schema.contains(u"prefixItems"_s))
        detail.element = typeOfSchema(schema.value(u"items"_s), depth + 1);
    const QJsonObject properties = schema.value(u"properties"_s).toObject();
    for (auto property = properties.begin(); property != properties.end(); ++property)
        detail.members.insert(property.key(), typeOfSchema(property.value(), depth + 1));
    const bool hasPatterns = schema.contains(u"patternProperties"_s);
    const QJsonValue others = schema.value(u"additionalProperties"_s);
    detail.isDeclared = others.isBool() && !others.toBool() && !hasPatterns;
    if (!detail.isDeclared)
        detail.rest = hasPatterns ? ValueType() : typeOfSchema(others, depth + 1);
    if (kinds == 0) // No value fits; whoever gives one will hear that.
        return {};
    return {kinds, {}, std::make_shared<const TypeDetail>(std::move(detail))};
}

// NOLINTEND(misc-no-recursion)

ValueType fileType()
{
    return exactObject({{u"name"_s, ofKind(String)},
                        {u"sha256"_s, ofKind(String)},
                        {u"size"_s, ofKind(Integer)},
                        {u"path"_s, ofKind(String)}});
}

/// Something whose members are declared, so that an unknown one is called by what it would be.
TypeDetail declared(const QString &noun, const QString &owner)
{
    TypeDetail detail;
    detail.isDeclared = true;
    detail.noun = noun;
    detail.owner = owner;
    return detail;
}

QString ofStep(const StepSpec &step)
{
    return u"of step %1"_s.arg(quoted(step.id));
}

ValueType runOutputs(const StepSpec &step)
{
    TypeDetail detail = declared(u"output"_s, ofStep(step));
    detail.rest = ValueType(); // What else a process writes can be reached by a name that is not known now.
    for (const StepOutputSpec &output : step.run.outputs + builtinOutputs(step.run.uses)) {
        ValueType type = ofKind(kindsOf(output.type));
        if (output.secret)
            type.secret = u"secret output %1 of step %2"_s.arg(quoted(output.name), quoted(step.id));
        detail.members.insert(output.name, type);
    }
    // Of a module that could not be read nothing is known.
    const bool isOwn = step.run.uses.startsWith("./"_L1);
    detail.isDeclared = !step.run.uses.isEmpty() && (!isOwn || !step.run.module.name.isEmpty());
    return objectType(std::move(detail));
}

ValueType policyOutputs(const StepSpec &step)
{
    TypeDetail detail = declared(u"output"_s, ofStep(step));
    detail.members = {
        {u"allow"_s, ofKind(Boolean)},
        {u"denials"_s, arrayType(exactObject({{u"id"_s, ofKind(String)}, {u"message"_s, ofKind(String)}}))}};
    return objectType(std::move(detail));
}

ValueType mapOutputs(const StepSpec &step)
{
    TypeDetail detail = declared(u"output"_s, ofStep(step));
    detail.members = {{u"succeeded"_s, ofKind(Integer)},
                      {u"failed"_s, ofKind(Integer)},
                      {u"errors"_s, arrayType(ofKind(String | Null))}};
    return objectType(std::move(detail));
}

// NOLINTBEGIN(misc-no-recursion): steps nest at most 8 levels deep

ValueType outputsOf(const StepSpec &step)
{
    switch (step.kind) {
    case StepKind::Run: return runOutputs(step);
    case StepKind::Map: return mapOutputs(step);
    case StepKind::Policy: return policyOutputs(step);
    case StepKind::Approval: return objectType(declared(u"output"_s, ofStep(step)));
    case StepKind::Parallel: break;
    }
    TypeDetail detail = declared(u"output"_s, ofStep(step));
    for (const StepSpec &child : step.children)
        detail.members.insert(child.id, outputsOf(child));
    return objectType(std::move(detail));
}

// NOLINTEND(misc-no-recursion)

/// Which there will be shows when the step has run.
ValueType artifactsOfRun()
{
    TypeDetail detail;
    detail.rest = fileType();
    return objectType(std::move(detail));
}

ValueType artifactsOf(const StepSpec &step)
{
    static const ValueType ofRun = artifactsOfRun();
    return step.kind == StepKind::Run ? ofRun : objectType(declared(u"artifact"_s, ofStep(step)));
}

} // namespace

ValueType typeOfInput(const InputSpec &input)
{
    if (input.type == InputType::File)
        return fileType();
    ValueType type = typeOfSchema(input.schema, 0);
    const unsigned kinds = kindsOf(toString(input.type));
    type.kinds = type.kinds & kinds ? type.kinds & kinds : kinds;
    return type;
}

ValueType typeOfInputs(const QList<InputSpec> &inputs)
{
    TypeDetail detail = declared({}, {});
    for (const InputSpec &input : inputs)
        detail.members.insert(input.name, typeOfInput(input));
    return objectType(std::move(detail));
}

ValueType typeOfSecrets(const QList<SecretSpec> &secrets)
{
    TypeDetail detail = declared({}, {});
    for (const SecretSpec &secret : secrets)
        detail.members.insert(secret.name, {String, u"secret %1"_s.arg(quoted(secret.name)), {}});
    return objectType(std::move(detail));
}

ValueType typeOfRun()
{
    TypeDetail detail = declared({}, {});
    for (const QString &name : {u"id"_s, u"planHash"_s, u"tenant"_s, u"requestedBy"_s})
        detail.members.insert(name, ofKind(String));
    return objectType(std::move(detail));
}

ValueType typeOfStep(const StepSpec &step)
{
    TypeDetail detail = declared(u"member"_s, ofStep(step));
    detail.members = {
        {u"outputs"_s, outputsOf(step)}, {u"artifacts"_s, artifactsOf(step)}, {u"status"_s, ofKind(String)}};
    if (step.kind == StepKind::Map) {
        ValueType child = step.children.isEmpty() ? ValueType() : outputsOf(step.children.first());
        child.kinds |= Null;
        detail.members.insert(u"results"_s, arrayType(child));
    } else {
        detail.whyAbsent.insert(u"results"_s,
                                u"step %1 has no results; only a map has them"_s.arg(quoted(step.id)));
    }
    return objectType(std::move(detail));
}

} // namespace engine
