#include "engine/evidence/checks/policy_checks.h"

#include "engine/base/duration.h"

#include <QSet>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

Finding missed(const QString &detail)
{
    return failed(Headline::UntrustedForPurpose, detail);
}

Finding checkOutcome(const QStringList &outcomes, const QJsonObject &claims)
{
    const QString outcome = claims[u"outcome"_s].toString();
    return outcomes.contains(outcome)
               ? passed(outcome)
               : missed(u"the run %1; it must have %2"_s.arg(outcome, outcomes.join(u" or "_s)));
}

Finding checkSigner(const QStringList &signers, const QString &signer)
{
    return signers.contains(signer) ? passed() : missed(u"the key %1 is not one of them"_s.arg(signer));
}

Finding checkSealed(const QJsonObject &claims)
{
    const QString mode = claims[u"sandbox"_s][u"mode"_s].toString();
    return mode == u"sealed"_s ? passed() : missed(u"the sandbox was \"%1\""_s.arg(mode));
}

Finding checkAge(std::chrono::milliseconds maximum, const QJsonObject &claims, Timestamp now)
{
    const auto completed = parseIso(claims[u"completedAt"_s].toString());
    if (!completed)
        return missed(u"completedAt of the attestation: %1"_s.arg(completed.error().message));
    if (*completed > now)
        return missed(u"the run ends at %1, which is in the future"_s.arg(toIso(*completed)));
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - *completed);
    if (age > maximum)
        return missed(u"the run ended %1 ago; at most %2 are allowed"_s.arg(toWords(age), toWords(maximum)));
    return passed(u"the run ended %1 ago"_s.arg(toWords(age)));
}

/// People, not approvals: one may have approved at several gates, or with several keys.
Finding checkRole(const RequiredApprovals &demand, const Bundle &bundle, const ProvenFacts &facts)
{
    QSet<QString> people;
    for (const StandingApproval &approval : facts.approvals) {
        const TrustedKey *key = bundle.trust.find(approval.keyId);
        if (key && key->roles.contains(demand.role))
            people += approval.approver;
    }
    QStringList names(people.begin(), people.end());
    names.sort();
    if (people.size() >= demand.people)
        return passed(names.join(u", "_s));
    const QString who = names.isEmpty() ? u"nobody"_s : names.join(u", "_s);
    return missed(u"%1 of %2: %3"_s.arg(names.size()).arg(demand.people).arg(who));
}

Finding checkCount(int there, int demanded)
{
    const QString detail = u"%1 of %2"_s.arg(there).arg(demanded);
    return there >= demanded ? passed(detail) : missed(detail);
}

} // namespace

QList<DemandFinding> checkDemands(const VerificationPolicy &policy, const Bundle &bundle,
                                  const ProvenFacts &facts)
{
    const QJsonObject claims = bundle.attestation ? *bundle.attestation : QJsonObject();
    QList<DemandFinding> demands;
    const QString obstacle = facts.signer.isEmpty() ? u"no signature holds"_s
                             : !bundle.attestation  ? u"the attestation cannot be read"_s
                                                    : QString();
    const auto add = [&](const QString &id, const QString &title, const Finding &finding) {
        demands += {id, title, obstacle.isEmpty() ? finding : notRun(obstacle)};
    };
    if (!policy.outcomes.isEmpty())
        add(u"policy-outcome"_s, u"the run ended as the policy wants"_s,
            checkOutcome(policy.outcomes, claims));
    if (!policy.signers.isEmpty())
        add(u"policy-signer"_s, u"one of the policy's keys has signed"_s,
            checkSigner(policy.signers, facts.signer));
    if (policy.sealedOnly)
        add(u"policy-sealed"_s, u"the run was sealed, as the policy wants"_s, checkSealed(claims));
    if (policy.maximumAge)
        add(u"policy-age"_s, u"the evidence is as young as the policy wants"_s,
            checkAge(*policy.maximumAge, claims, bundle.now));
    for (const RequiredApprovals &demand : policy.approvals)
        add(u"policy-approvals-"_s + demand.role,
            u"so many with the role \"%1\" have approved"_s.arg(demand.role),
            checkRole(demand, bundle, facts));
    if (policy.transparencyLogs > 0)
        add(u"policy-transparency-logs"_s, u"so many transparency logs have it"_s,
            checkCount(facts.transparencyLogs, policy.transparencyLogs));
    if (policy.timestampAuthorities > 0)
        add(u"policy-timestamp-authorities"_s, u"so many authorities gave it a timestamp"_s,
            checkCount(facts.timestampAuthorities, policy.timestampAuthorities));
    return demands;
}

} // namespace engine
