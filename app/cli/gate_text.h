#pragma once

#include "engine/api/values.h"

namespace cli {

/// What a person should read before deciding, as text for a terminal: what is asked, by whom, until when,
/// what runs next with every argument, and the plan's hash. Everything of the pack is made printable.
QString gateText(const engine::GateView &view, const QList<engine::Decision> &decisions);

/// "approve by anna: Read it.; withdrawn 2026-01-31T09:05:00.000Z: Too early."
QString decisionText(const engine::Decision &decision);

} // namespace cli
