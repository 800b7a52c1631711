// LIBS: engine_pack
#include "engine/base/json.h"
#include "engine/pack/expression/template.h"

#include <cstdlib>

using namespace Qt::StringLiterals;

namespace {

engine::Scope knownEarly()
{
    engine::Scope scope;
    scope.inputs = QJsonObject{{u"a"_s, u"x{{ y }}{"_s},
                               {u"n"_s, 3},
                               {u"list"_s, QJsonArray{1, u"{{"_s, QJsonValue::Null}},
                               {u"object"_s, QJsonObject{{u"k"_s, u"{"_s}}}};
    return scope;
}

engine::Scope knownLate()
{
    engine::Scope scope = knownEarly();
    scope.steps = QJsonObject{{u"b"_s, QJsonObject{{u"outputs"_s, QJsonObject{{u"c"_s, u"{ z"_s}}}}}};
    scope.item = u"{{ item }}"_s;
    scope.index = 1;
    return scope;
}

void check(bool holds)
{
    if (!holds)
        std::abort();
}

} // namespace

/// The text as a template: an error must say something, evaluating must end, and folding must not change the
/// result.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const engine::Scope early = knownEarly();
    static const engine::Scope late = knownLate();

    const QString text = QString::fromUtf8(reinterpret_cast<const char *>(data), qsizetype(size));
    const auto parsed = engine::Template::parse(text);
    if (!parsed) {
        check(!parsed.error().message.isEmpty());
        return 0;
    }
    const auto expected = parsed->evaluate(late);
    check(expected || !expected.error().message.isEmpty());
    const auto folded = parsed->fold(early);
    check(folded || !expected);
    if (!folded || !expected)
        return 0;
    const auto result = engine::evaluateAll(*folded, late);
    check(bool(result));
    check(engine::canonicalJsonOf(*result) == engine::canonicalJsonOf(*expected));

    const auto escaped = engine::evaluateAll(engine::escapeTemplate(text), engine::Scope());
    check(escaped && *escaped == QJsonValue(text));
    return 0;
}
