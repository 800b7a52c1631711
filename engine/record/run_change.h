#pragma once

#include "engine/record/anchor.h"
#include "engine/record/approval_request.h"

namespace engine {

/// An event as the engine words it; the store gives it its number, its time and its place in the chain.
struct EventDraft
{
    QString type{};
    QString stepPath{};
    QJsonObject data{};

    bool operator==(const EventDraft &) const = default;
};

/// Everything that changes at once. The store writes it in one transaction or not at all.
struct RunChange
{
    RunId run{};
    Timestamp at{};

    struct Status
    {
        RunState state = RunState::Queued;
        bool partial = false;
        QString reason{};

        bool operator==(const Status &) const = default;
    };
    std::optional<Status> status{};       ///< completedAt is set when the state is final.
    std::optional<QJsonObject> outputs{}; ///< Of the run.
    QList<StepRecord> steps{};            ///< Inserted or replaced by path.
    QList<AttemptRecord> attempts{};      ///< Inserted or replaced by path and attempt.
    QList<Artifact> artifacts{};
    QList<GateRequest> gates{}; ///< Inserted or replaced by path.
    QList<Decision> decisions{};
    QList<Decision>
        withdrawn{}; ///< Approvals that stand in the store, with the withdrawal that they get now.
    QList<ExportedRequest> requests{}; ///< New ones, which are open.
    QList<RequestAnswer> answers{};    ///< Requests that decisions of this change answer.
    QList<PolicyDecision> policies{};
    std::optional<QList<AnchorRecord>> anchors{}; ///< All that the run has from now on, without proofs.
    QList<EventDraft> events{};                   ///< In this order.

    bool isEmpty() const;
    bool operator==(const RunChange &) const = default;
};

/// A run as it is first written.
struct NewRun
{
    RunSummary summary{};
    QByteArray plan{};    ///< Canonical.
    QJsonObject inputs{}; ///< As bound; see BoundInputs::values.
    QString packPath{};   ///< Where the pack was read, for people only.
    RunId rerunOf{};      ///< The run whose plan and inputs these are; empty: none.

    bool operator==(const NewRun &) const = default;
};

} // namespace engine
