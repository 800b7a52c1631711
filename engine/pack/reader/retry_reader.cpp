#include "engine/base/duration.h"
#include "engine/pack/reader/declaration_reader.h"

using namespace Qt::StringLiterals;

namespace engine {

static double readFactor(const MappingReader &reader, double fallback, Problems &problems)
{
    const auto at = reader.find(u"factor");
    if (!at)
        return fallback;
    const double factor = at->node->kind == YamlNode::Kind::Number ? at->node->value.toDouble() : 0;
    if (factor >= 1 && factor <= 100)
        return factor;
    expected(*at, u"a number from 1 to 100"_s, problems);
    return fallback;
}

static QList<int> readExitCodes(const MappingReader &reader, Problems &problems)
{
    QList<int> codes;
    UniqueNames names(u"exit code"_s);
    reader.forEach(u"onExitCodes", [&](const NodeAt &item) {
        const double code = item.node->kind == YamlNode::Kind::Number ? item.node->value.toDouble() : 0;
        if (code < 1 || code > 255 || code != int(code))
            return expected(item, u"an exit code from 1 to 255"_s, problems);
        names.add(QString::number(int(code)), item, problems);
        codes += int(code);
    });
    const auto list = reader.find(u"onExitCodes");
    if (list && list->node->kind == YamlNode::Kind::List && list->node->items.empty())
        problems.add(*list, u"the list of exit codes is empty; expected at least one"_s);
    return codes;
}

RetrySpec readRetries(const NodeAt &at, Problems &problems)
{
    const MappingReader reader(
        at,
        {u"maxAttempts"_s, u"backoff"_s, u"factor"_s, u"maxBackoff"_s, u"maxDuration"_s, u"onExitCodes"_s},
        problems);
    RetrySpec retries;
    reader.require(u"maxAttempts");
    retries.maxAttempts = reader.integer(u"maxAttempts", retries.maxAttempts, 1, RetrySpec::MaxAttempts);
    retries.backoff = reader.duration(u"backoff", true).value_or(retries.backoff);
    retries.factor = readFactor(reader, retries.factor, problems);
    retries.maxBackoff = reader.duration(u"maxBackoff");
    retries.maxDuration = reader.duration(u"maxDuration");
    retries.onExitCodes = readExitCodes(reader, problems);
    if (retries.maxBackoff && *retries.maxBackoff < retries.backoff)
        problems.add(*reader.find(u"maxBackoff"),
                     u"\"maxBackoff\" of %1 is shorter than \"backoff\" of %2"_s.arg(
                         toIsoDuration(*retries.maxBackoff), toIsoDuration(retries.backoff)));
    return retries;
}

} // namespace engine
