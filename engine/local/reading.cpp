#include "engine/local/reading.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

template<class T>
void read(Result<T> result, T &out, std::optional<Error> &error)
{
    if (result)
        out = *std::move(result);
    else if (!error)
        error = result.error();
}

Result<Plan> readPlan(const Store &store, const RunId &run)
{
    const auto bytes = store.plan(run);
    if (!bytes)
        return bytes.error();
    return Plan::parse(*bytes);
}

} // namespace

Result<RunView> readRunView(const Store &store, const RunId &run)
{
    RunView view;
    std::optional<Error> error;
    read(store.run(run), view.summary, error);
    if (error)
        return *error;
    read(store.steps(run), view.steps, error);
    read(store.attempts(run), view.attempts, error);
    read(store.gates(run), view.gates, error);
    read(store.decisions(run), view.decisions, error);
    read(store.policyDecisions(run), view.policies, error);
    read(store.artifacts(run), view.artifacts, error);
    read(store.anchors(run), view.anchors, error);
    read(store.inputs(run), view.inputs, error);
    read(store.outputs(run), view.outputs, error);
    read(store.lastLogSequence(run), view.lastLogSequence, error);
    QList<RunEvent> events;
    read(store.events(run), events, error);
    if (error)
        return *error;
    const auto plan = readPlan(store, run);
    if (!plan)
        return plan.error();
    QHash<QString, QJsonArray> expansions;
    for (const RunEvent &event : std::as_const(events)) {
        if (event.type == u"map-expanded"_s)
            expansions.insert(event.stepPath, event.data.value(u"items"_s).toArray());
    }
    view.outline = outlineOf(*plan, expansions);
    return view;
}

Result<GateView> readGateView(const Store &store, const RunId &run, const QString &path)
{
    const auto summary = store.run(run);
    if (!summary)
        return summary.error();
    const auto gates = store.gates(run);
    if (!gates)
        return gates.error();
    const auto plan = readPlan(store, run);
    if (!plan)
        return plan.error();
    for (const GateRequest &gate : *gates) {
        if (gate.path == path)
            return gateViewOf(gate, *summary, *plan);
    }
    return Error{ErrorCode::NotFound, u"run %1 has no gate \"%2\""_s.arg(run.value, path), {}, {}};
}

Result<QList<GateRequest>> readOpenGates(const Store &store)
{
    const auto gates = store.openGates();
    if (!gates)
        return gates;
    QList<GateRequest> live;
    for (const GateRequest &gate : *gates) {
        const auto run = store.run(gate.run);
        if (!run)
            return run.error();
        if (!isFinal(run->state) && run->state != RunState::Interrupted)
            live += gate;
    }
    return live;
}

Result<Levels> readLevels(const Store &store)
{
    const auto runs = store.unfinishedRuns();
    const auto ready = store.readySteps();
    const auto gates = store.openGates();
    const auto incident = store.incident();
    for (const Error *error : {runs ? nullptr : &runs.error(), ready ? nullptr : &ready.error(),
                               gates ? nullptr : &gates.error(), incident ? nullptr : &incident.error()}) {
        if (error)
            return *error;
    }
    Levels levels;
    for (const RunSummary &run : *runs)
        ++levels.runs[run.state];
    levels.readySteps = *ready;
    levels.isIncident = incident->isOn;
    for (const GateRequest &gate : *gates)
        levels.gates += gate.requestedAt;
    return levels;
}

} // namespace engine
