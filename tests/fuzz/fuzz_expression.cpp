// LIBS: engine_pack
#include "engine/base/json.h"
#include "engine/pack/expression/template.h"
#include "engine/pack/expression/value.h"
#include "tests/pack/exact_types.h"
#include "tests/pack/random_expression.h"

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

/// What the checker says of types and what evaluating does agree.
void checkTypes(const engine::Template &parsed, const engine::Scope &scope, bool isExact)
{
    const engine::expr::Checked checked = parsed.check(ExactTypes(scope), {});
    for (const engine::Error &problem : checked.problems)
        check(!problem.message.isEmpty());
    const auto value = parsed.evaluate(scope);
    check(!checked.alwaysFails || !value);
    check(!value || (checked.type.kinds & engine::expr::typeOf(*value)));
    check(value || !isExact || !checked.problems.isEmpty() || isOfValues(value.error().message));
}

/// The bytes as choices of an expression that is well formed.
void checkRandom(const uint8_t *data, size_t size)
{
    size_t at = 0;
    RandomExpression random([&](quint32 below) { return at < size ? data[at++] % below : 0; });
    const QString text = random.next();
    const auto parsed = engine::Template::parse(u"{{ "_s + text + u" }}"_s);
    check(bool(parsed));
    checkTypes(*parsed, RandomExpression::scope(), isExact(text));
}

} // namespace

/// The text as a template: an error must say something, evaluating must end, folding must not change the
/// result, and the checker must agree with both. Then the bytes as choices of a template.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const engine::Scope early = knownEarly();
    static const engine::Scope late = knownLate();

    checkRandom(data, size);
    const QString text = QString::fromUtf8(reinterpret_cast<const char *>(data), qsizetype(size));
    const auto parsed = engine::Template::parse(text);
    if (!parsed) {
        check(!parsed.error().message.isEmpty());
        return 0;
    }
    checkTypes(*parsed, late, false);
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
