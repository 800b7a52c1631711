#include "engine/pack/egress.h"
#include "engine/pack/reader/declaration_reader.h"

using namespace Qt::StringLiterals;

namespace engine {

static EgressRule readEgressRule(const NodeAt &at, Problems &problems)
{
    const MappingReader reader(at, {u"host"_s, u"port"_s}, problems);
    EgressRule rule;
    if (const auto host = reader.requiredText(u"host")) {
        const auto normal = normalHost(*host);
        if (normal)
            rule.host = *normal;
        else
            problems.add(*reader.find(u"host"), normal.error().message);
    }
    reader.require(u"port");
    rule.port = reader.integer(u"port", rule.port, 1, 65535);
    return rule;
}

SandboxSpec readSandbox(const MappingReader &spec, Problems &problems)
{
    SandboxSpec sandbox;
    const auto at = spec.find(u"sandbox");
    if (!at)
        return sandbox;
    const MappingReader reader(*at, {u"mode"_s, u"egress"_s, u"onViolation"_s}, problems);
    const auto mode = reader.choice(u"mode", {toString(SandboxMode::Open), toString(SandboxMode::Sealed)});
    if (mode)
        sandbox.mode = *mode == toString(SandboxMode::Sealed) ? SandboxMode::Sealed : SandboxMode::Open;
    sandbox.recordViolations = reader.choice(u"onViolation", {u"fail"_s, u"record"_s}) == u"record"_s;
    UniqueNames places(u"place"_s);
    reader.forEach(u"egress", [&](const NodeAt &item) {
        const EgressRule rule = readEgressRule(item, problems);
        if (rule.host.isEmpty())
            return;
        places.add(toString(rule), item, problems);
        sandbox.egress += rule;
    });
    return sandbox;
}

} // namespace engine
