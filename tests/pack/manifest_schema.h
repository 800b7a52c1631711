#pragma once

#include "engine/base/json.h"
#include "engine/pack/json_schema.h"
#include "engine/pack/yaml/yaml_document.h"

#include <QFile>

/// A schema of resources/schema: "taskpack.v1" or "module.v1". Empty when it cannot be read.
inline QJsonObject publishedSchema(const QString &name)
{
    QFile file(QStringLiteral(SOURCE_DIR "/resources/schema/%1.schema.json").arg(name));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const auto schema = engine::parseJsonObject(file.readAll());
    return schema ? *schema : QJsonObject();
}

/// publishedSchema() ready for use; aborts the test program where it is none.
inline engine::JsonSchema parsedSchema(const QString &name)
{
    const auto schema = engine::JsonSchema::parse(publishedSchema(name));
    if (!schema || publishedSchema(name).isEmpty())
        qFatal("\"%s\" is no schema", qPrintable(name));
    return *schema;
}

/// What a schema says of a YAML text: nothing where it fits, and where the text is no YAML, of which a schema
/// knows nothing.
inline QString schemaProblem(const engine::JsonSchema &schema, const QByteArray &yaml)
{
    const auto document = engine::readYaml(yaml, QStringLiteral("p.yaml"));
    if (!document)
        return {};
    const auto fits = schema.validate(engine::toJson(*document->root));
    return fits ? QString() : fits.error().toString();
}
