#include "engine/base/json.h"
#include "engine/pack/json_schema.h"
#include "engine/run/attempt.h"

using namespace Qt::StringLiterals;

namespace engine {

/// The first few problems in one sentence; the log of a step is no place for thousands.
static QString summaryOf(const Error &error)
{
    constexpr qsizetype shown = 10;
    const QList<Error> parts = partsOf(error);
    QStringList texts;
    for (const Error &part : parts.first(std::min(parts.size(), shown)))
        texts += part.toString();
    if (parts.size() > shown)
        texts += u"%1 more"_s.arg(parts.size() - shown);
    return u"the value does not fit its schema: "_s + texts.join(u"; "_s);
}

Collected validateValue(const AttemptSpec &attempt)
{
    Collected collected;
    const auto schema = parseJsonObject(attempt.with.value(u"schema"_s).toString().toUtf8(), u"schema"_s);
    if (!schema) {
        collected.problem = schema.error().toString();
        return collected;
    }
    const auto checked = validateAgainst(*schema, attempt.with.value(u"value"_s));
    if (!checked)
        collected.problem = summaryOf(checked.error());
    collected.outputs = {{u"valid"_s, bool(checked)}};
    return collected;
}

} // namespace engine
