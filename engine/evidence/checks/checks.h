#pragma once

#include "engine/evidence/checks/bundle.h"

namespace engine {

/// What one check found. The headline counts only when it failed.
struct Finding
{
    CheckResult result = CheckResult::NotRun;
    Headline headline = Headline::Good;
    QString detail{};
    int proofs = 0; ///< Of logs and timestamp authorities: how many, each by its key, have proven it.
};

inline Finding passed(QString detail = {})
{
    return {CheckResult::Passed, Headline::Good, std::move(detail), 0};
}

inline Finding failed(Headline headline, QString detail)
{
    return {CheckResult::Failed, headline, std::move(detail), 0};
}

inline Finding tampered(QString detail)
{
    return failed(Headline::Tampered, std::move(detail));
}

inline Finding notRun(QString why)
{
    return {CheckResult::NotRun, Headline::Good, std::move(why), 0};
}

/// A document that should be there and readable: its lack is incomplete, its form not-checkable.
inline Finding failed(const Error &error)
{
    return failed(error.code == ErrorCode::NotFound ? Headline::Incomplete : Headline::NotCheckable,
                  error.message);
}

/// The signature's finding, and whose signature it is when it holds.
struct SignatureFinding
{
    Finding finding{};
    QString keyId{};
    std::optional<PublicKey> key{};
};

/// An approval that opened a gate, by a person with a key that are as they should be.
struct StandingApproval
{
    QString approver{};
    QString keyId{};
};

struct GatesFinding
{
    Finding finding{};
    QList<StandingApproval> approvals{}; ///< Of gates without a fault.
};

/// Why a key does not count; Good when it does.
struct KeyJudgement
{
    Headline headline = Headline::Good;
    QString problem{};
};

/// Whether key is trusted for role at the time it signed, and not revoked by now. keyId names it in the
/// problem.
///
/// @param at  when it signed, as the signed text says
KeyJudgement judgeKey(const TrustedKey *key, const QString &keyId, const QString &role, Timestamp at,
                      Timestamp now);

/// Whether the bundle neither has a signature nor says that it should.
bool isUnsigned(const Bundle &bundle);

// Each reads the bundle only.
Finding checkContainer(const Bundle &bundle);
Finding checkListing(const Bundle &bundle);
Finding checkDigests(const Bundle &bundle);
SignatureFinding checkSignature(const Bundle &bundle);
Finding checkKeyTrust(const Bundle &bundle, const SignatureFinding &signature);
Finding checkPlanHash(const Bundle &bundle);
Finding checkJournal(const Bundle &bundle);
Finding checkSteps(const Bundle &bundle);
GatesFinding checkGates(const Bundle &bundle);
Finding checkAttestation(const Bundle &bundle);
Finding checkProvenance(const Bundle &bundle, const SignatureFinding &signature);
Finding checkLogEntries(const Bundle &bundle, const SignatureFinding &signature);
Finding checkTimestamps(const Bundle &bundle, const SignatureFinding &signature);

} // namespace engine
