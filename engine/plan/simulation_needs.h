#pragma once

#include "engine/plan/simulation.h"

namespace engine {

/// What the steps of a plan need beside themselves. Internal to engine/plan.
class SimulationNeeds
{
public:
    explicit SimulationNeeds(const SandboxSpec &sandbox)
        : m_sandbox(sandbox)
    {
    }

    void add(const QString &path, const RunSpec &run); ///< A run step that is not skipped.

    const QList<SimulatedRequest> &requests() const { return m_requests; }
    QList<ModuleUse> modules() const { return m_modules.values(); }

private:
    const SandboxSpec m_sandbox;
    QList<SimulatedRequest> m_requests;
    QMap<QString, ModuleUse> m_modules;
};

} // namespace engine
