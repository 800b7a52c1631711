#include "engine/plan/simulation_needs.h"

#include "engine/pack/egress.h"
#include "engine/pack/expression/template.h"
#include "engine/plan/plan_values.h"

#include <QUrl>

using namespace Qt::StringLiterals;

namespace engine {

static SimulatedRequest requestOf(const QString &path, const QString &address, const SandboxSpec &sandbox)
{
    const auto value = isDecided(address) ? evaluateAll(address, {}) : Result<QJsonValue>(QJsonValue());
    const QUrl url(value ? value->toString() : QString(), QUrl::StrictMode);
    const auto host = normalHost(url.host());
    if (!host) // A template, or an address that the run will refuse.
        return {path, address, false, true};
    const EgressRule place{*host, url.port(url.scheme() == "http"_L1 ? 80 : 443)};
    const bool isAny = !hasEgressList(sandbox);
    return {path, toString(place), true, isAny || isAllowed(sandbox.egress, place.host, place.port)};
}

void SimulationNeeds::add(const QString &path, const RunSpec &run)
{
    if (run.uses == "builtin:http"_L1)
        m_requests += requestOf(path, run.with.value(u"url"_s).toString(), m_sandbox);
    if (!run.module.name.isEmpty())
        m_modules.insert(run.module.name, {run.module.name, run.module.digest, {}});
}

} // namespace engine
