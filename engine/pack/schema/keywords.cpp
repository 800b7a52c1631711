#include "engine/pack/schema/keywords.h"

#include <QMap>

using namespace Qt::StringLiterals;

namespace engine::schema {

static const QMap<QString, Keyword> &keywords()
{
    static const QMap<QString, Keyword> all = [] {
        QMap<QString, Keyword> map{
            {u"$ref"_s, Keyword::Reference},
            {u"$schema"_s, Keyword::Dialect},
            {u"pattern"_s, Keyword::Pattern},
            {u"format"_s, Keyword::Format},
            {u"uniqueItems"_s, Keyword::UniqueItems},
            {u"multipleOf"_s, Keyword::MultipleOf},
            {u"items"_s, Keyword::ChildOrList},
            {u"properties"_s, Keyword::ChildMap},
            {u"patternProperties"_s, Keyword::Unsupported},
            {u"definitions"_s, Keyword::Definitions},
            {u"dependencies"_s, Keyword::Dependencies},
        };
        for (const auto &name : {u"$id"_s, u"$comment"_s, u"title"_s, u"description"_s, u"default"_s,
                                 u"examples"_s, u"readOnly"_s, u"writeOnly"_s})
            map.insert(name, Keyword::Annotation);
        for (const auto &name :
             {u"type"_s, u"enum"_s, u"const"_s, u"maximum"_s, u"exclusiveMaximum"_s, u"minimum"_s,
              u"exclusiveMinimum"_s, u"maxLength"_s, u"minLength"_s, u"maxItems"_s, u"minItems"_s,
              u"maxProperties"_s, u"minProperties"_s, u"required"_s})
            map.insert(name, Keyword::Assertion);
        for (const auto &name : {u"not"_s, u"if"_s, u"then"_s, u"else"_s})
            map.insert(name, Keyword::InPlace);
        for (const auto &name : {u"allOf"_s, u"anyOf"_s, u"oneOf"_s})
            map.insert(name, Keyword::InPlaceList);
        for (const auto &name :
             {u"additionalItems"_s, u"contains"_s, u"additionalProperties"_s, u"propertyNames"_s})
            map.insert(name, Keyword::Child);
        return map;
    }();
    return all;
}

std::optional<Keyword> keywordOf(const QString &name)
{
    const auto found = keywords().constFind(name);
    return found == keywords().cend() ? std::nullopt : std::optional(*found);
}

QStringList keywordNames()
{
    return keywords().keys();
}

} // namespace engine::schema
