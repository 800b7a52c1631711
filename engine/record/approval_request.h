#pragma once

#include "engine/record/gate_record.h"

namespace engine {

/// Where a run's journal ends.
struct JournalHead
{
    qint64 sequence = 0; ///< Of the last event; 0: there is none.
    QString hash{};

    bool operator==(const JournalHead &) const = default;
};

/// What an engine remembers of a request that it exported for a decision elsewhere. One decision may answer
/// it.
struct ExportedRequest
{
    QString id{}; ///< ULID.
    RunId run{};
    QString path{}; ///< Of the gate.
    int revision = 1;
    QString planHash{};
    QString nonceDigest{};   ///< "sha256:" and hex of the nonce's text.
    QString requestDigest{}; ///< See requestDigest() in engine/evidence/approval.
    JournalHead head{};      ///< When it was exported.
    QString exportedBy{};
    Timestamp createdAt{};
    Timestamp expiresAt{};
    QString decisionId{}; ///< Of the decision that answered it; empty: it is open.

    bool operator==(const ExportedRequest &) const = default;
};

/// What a response came to that was imported and accepted.
struct ImportedResponse
{
    RunId run{};
    QString path{}; ///< Of the gate.
    Verdict verdict = Verdict::Reject;
    QString approver{};
    QString requestId{};

    bool operator==(const ImportedResponse &) const = default;
};

/// That a decision of the same change answers a request.
struct RequestAnswer
{
    QString requestId{};
    QString decisionId{};

    bool operator==(const RequestAnswer &) const = default;
};

} // namespace engine
