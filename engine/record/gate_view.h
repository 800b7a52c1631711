#pragma once

#include "engine/plan/outline.h"
#include "engine/record/gate_record.h"

namespace engine {

/// What a person is shown before deciding, and the digest that binds the decision to it.
struct GateView
{
    GateRequest gate{};
    QString packName{};
    QString packVersion{};
    QString packDigest{};
    Outline next{}; ///< What runs when it is approved; see stepsAfter().

    bool operator==(const GateView &) const = default;
};

GateView gateViewOf(const GateRequest &gate, const RunSummary &run, const Plan &plan);

/// "sha256:" and hex over the canonical JSON of everything in the view except the gate's state.
QString shownDigest(const GateView &view);

QJsonObject toJson(const GateRequest &gate);
QJsonObject toJson(const GateView &view);

} // namespace engine
