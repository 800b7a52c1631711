#pragma once

#include "engine/evidence/approval/approval_response.h"
#include "engine/evidence/trust.h"

namespace engine {

/// A response to an exported request, signed by a key that is trusted for decisions.
struct SignedResponse
{
    TrustedKey signer;
    ApprovalResponse response{};
};

/// Opens the file of a response. Fails with InvalidInput for one that cannot be read or has not exactly one
/// signature; with UntrustedKey, RevokedKey.
Result<SignedResponse> openResponse(const QByteArray &file, const TrustStore &trust, Timestamp now);

/// Whether a response is for the request that it names, and came in time: all that can be told without the
/// gate. A clock elsewhere may differ from this one by maxClockDifference.
///
/// Fails with RequestMismatch, naming what differs, or with ResponseExpired.
///
/// Pure.
Result<> checkAnswer(const ExportedRequest &request, const SignedResponse &signedResponse, Timestamp now);

inline constexpr std::chrono::minutes maxClockDifference{5};

/// Whether the journal is the one that the request was exported from, and nothing has come of its gate since
/// but answers to it: other requests, decisions of others, their withdrawals, and refusals. What happens
/// elsewhere in the run does not matter, as it does not for a decision that is made here.
///
/// So a quorum can be collected with several files that were exported at once.
///
/// @param since  the events from the request's head on, that one first
/// Fails with StaleJournal.
///
/// Pure.
Result<> checkJournalSince(const ExportedRequest &request, const QList<RunEvent> &since);

} // namespace engine
