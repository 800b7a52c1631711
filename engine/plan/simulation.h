#pragma once

#include "engine/plan/plan.h"

#include <QMap>

namespace engine {

enum class SimulatedOutcome {
    WouldRun,
    WouldSkip,
    WaitsForApproval,
    PolicyAllows,
    PolicyDenies,
    DecidedAtRunTime, ///< A policy whose verdict depends on step results or on a server.
    UnknownUntilRun,  ///< A `when` or the items of a map that depend on step results.
};

QString toString(SimulatedOutcome outcome); ///< "would-run", ...

struct SimulatedStep
{
    QString path{};
    StepKind kind = StepKind::Run;
    SimulatedOutcome outcome = SimulatedOutcome::WouldRun;
    QString reason{}; ///< Why, in one sentence; for an approval: who, how long, quorum.
    int wave = 0;     ///< From 1: steps of one wave may run side by side; 0 for what does not run.
    bool isFinally = false;

    bool operator==(const SimulatedStep &) const = default;
};

enum class SecretState {
    NoSource, ///< Nobody said where its value comes from.
    Found,
    Missing,
    AskedAtStart, ///< Known only when a run starts.
};

QString toString(SecretState state); ///< "no-source", ...

/// Whether a value for a secret could be had where the simulation was asked for.
struct SecretFinding
{
    SecretState state = SecretState::NoSource;
    QString detail{}; ///< "env:TOKEN", "env:TOKEN is not set".

    bool operator==(const SecretFinding &) const = default;
};

struct SimulatedSecret
{
    QString name{};
    bool required = true;
    SecretFinding finding{};

    bool operator==(const SimulatedSecret &) const = default;
};

/// A request that a step of builtin:http makes by the engine.
struct SimulatedRequest
{
    QString path{};
    QString target{};      ///< "api.example.org:443", or the template that gives it in the run.
    bool isKnown = true;   ///< The target is a place, not a template.
    bool isAllowed = true; ///< By the egress list, when there is one or the run is sealed.

    bool operator==(const SimulatedRequest &) const = default;
};

/// What would happen, computed from the plan and the findings alone: byte for byte the same for the same
/// ones.
struct Simulation
{
    QString planHash{};
    QList<SimulatedStep> steps{}; ///< In plan order, containers included, those of finally last.
    int waves = 0;
    int approvals = 0; ///< How many gates would wait for people.
    QList<SimulatedSecret> secrets{};
    SandboxSpec sandbox{};
    QList<SimulatedRequest> requests{};
    QList<ModuleUse> modules{}; ///< Of the pack's own, those that are used, sorted by name; without commands.

    QString toText() const;
    QJsonObject toJson() const;
    bool operator==(const Simulation &) const = default;
};

/// @param findings  by the secret's name
Simulation simulate(const Plan &plan, const QMap<QString, SecretFinding> &findings = {});

} // namespace engine
