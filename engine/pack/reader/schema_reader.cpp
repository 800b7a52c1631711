#include "engine/pack/reader/schema_reader.h"

#include "engine/base/json.h"
#include "engine/pack/json_schema.h"
#include "engine/pack/reader/mapping_reader.h"
#include "engine/pack/reader/names.h"

using namespace Qt::StringLiterals;

namespace engine {

static QJsonObject readSchemaFile(const NodeAt &at, const QString &path, const PackFileReader &readFile,
                                  Problems &problems)
{
    if (!isPathInside(path)) {
        problems.add(at, u"path \"%1\" leaves the pack; expected a relative path without \"..\""_s.arg(path));
        return {};
    }
    const auto bytes = readFile(path);
    if (!bytes) {
        problems.add(at, bytes.error().message, bytes.error().code);
        return {};
    }
    const auto schema = parseJsonObject(*bytes, path);
    if (schema)
        return *schema;
    problems.add(at, schema.error().toString());
    return {};
}

QJsonObject readSchema(const NodeAt &at, const PackFileReader &readFile, Problems &problems)
{
    if (at.node->kind != YamlNode::Kind::String && at.node->kind != YamlNode::Kind::Mapping) {
        expected(at, u"a JSON Schema or the path of one"_s, problems);
        return {};
    }
    const bool isFile = at.node->kind == YamlNode::Kind::String;
    const QString path = at.node->value.toString();
    QJsonObject schema = isFile ? readSchemaFile(at, path, readFile, problems) : toJson(*at.node).toObject();
    const auto checked = checkSchema(schema);
    if (checked)
        return schema;
    for (const Error &part : partsOf(checked.error())) {
        if (isFile)
            problems.add(at, path + u": "_s + part.toString(), part.code);
        else
            problems.add(at.descend(part.where.path), part.message, part.code);
    }
    return {};
}

} // namespace engine
