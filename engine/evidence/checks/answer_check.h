#pragma once

#include "engine/evidence/checks/journal_facts.h"

namespace engine {

/// What is wrong with a decision that answers a request which was exported, as far as the journal tells: that
/// the request was made there before, that this is the response to it, came in time, and is the only one.
/// Empty when nothing is, and for a decision that was made beside the engine.
///
/// @param accepted   one of gate.decisions
/// @param statement  what was signed
QString wrongAnswer(const GateFacts &gate, const AcceptedDecision &accepted, const QJsonObject &statement);

} // namespace engine
