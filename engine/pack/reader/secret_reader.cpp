#include "engine/pack/reader/declaration_reader.h"
#include "engine/pack/reader/names.h"

using namespace Qt::StringLiterals;

namespace engine {

QList<SecretSpec> readSecrets(const MappingReader &spec, Problems &problems)
{
    QList<SecretSpec> secrets;
    UniqueNames names(u"secret"_s);
    spec.forEach(u"secrets", [&](const NodeAt &item) {
        const MappingReader reader(item, {u"name"_s, u"required"_s, u"allowShort"_s, u"description"_s},
                                   problems);
        SecretSpec secret;
        secret.name = readName(reader, u"name", problems).value_or(QString());
        secret.required = reader.boolean(u"required", secret.required);
        secret.allowShort = reader.boolean(u"allowShort", secret.allowShort);
        secret.description = reader.text(u"description").value_or(QString());
        if (!secret.name.isEmpty())
            names.add(secret.name, item, problems);
        secrets += secret;
    });
    return secrets;
}

} // namespace engine
