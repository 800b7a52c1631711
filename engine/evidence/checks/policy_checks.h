#pragma once

#include "engine/evidence/checks/checks.h"
#include "engine/evidence/verification_policy.h"

namespace engine {

/// What the other checks have proven, as far as a policy may ask.
struct ProvenFacts
{
    QString signer{}; ///< Key id; empty: no signature holds, so that nothing is proven.
    QList<StandingApproval> approvals{};
    int transparencyLogs = 0;
    int timestampAuthorities = 0;
};

/// One check of a demand that a policy makes.
struct DemandFinding
{
    QString id{};
    QString title{};
    Finding finding{};
};

/// A check for each demand of the policy, in the order of its members. Evidence that misses one is good, but
/// not for the reader's purpose.
QList<DemandFinding> checkDemands(const VerificationPolicy &policy, const Bundle &bundle,
                                  const ProvenFacts &facts);

} // namespace engine
