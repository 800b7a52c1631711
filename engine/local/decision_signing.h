#pragma once

#include "engine/api/values.h"
#include "engine/base/clock.h"
#include "engine/local/key_ring.h"

namespace engine {

/// What a person says at a gate, as the envelope that they sign with their key: the statement of the request,
/// made now.
///
/// @param source  asked when their key is protected
/// Fails like KeyRing::operatorKey(). Blocks while the person is asked.
Result<QByteArray> signDecision(const KeyRing &keys, const DecisionRequest &request, const Clock &clock,
                                const PassphraseSource &source);
/// The same of a withdrawal.
Result<QByteArray> signWithdrawal(const KeyRing &keys, const WithdrawalRequest &request, const Clock &clock,
                                  const PassphraseSource &source);

} // namespace engine
