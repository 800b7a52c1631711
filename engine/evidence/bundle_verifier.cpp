#include "engine/evidence/bundle_verifier.h"

#include "engine/evidence/checks/policy_checks.h"

using namespace Qt::StringLiterals;

namespace engine {

namespace {

struct NamedFinding
{
    QString id;
    QString title;
    Finding finding;
    bool isOptional = false; ///< Good is good without it.
};

/// Runs the checks of one bundle. When it was not read to its end, nothing but that can be said.
class CheckRun
{
public:
    CheckRun(const Bundle &bundle, const SignatureFinding &signature)
        : m_bundle(bundle)
        , m_signature(signature)
        , m_gates(isWhole() ? checkGates(bundle) : GatesFinding{unread(), {}})
        , m_logs(of(checkLogEntries))
        , m_timestamps(of(checkTimestamps))
    {
    }

    QList<NamedFinding> all() const
    {
        return {
            {u"container"_s, u"the archive is a well-formed bundle"_s, checkContainer(m_bundle)},
            {u"listing"_s, u"every file is listed and there"_s, of(checkListing)},
            {u"digests"_s, u"every file is as listed"_s, of(checkDigests)},
            {u"signature"_s, u"the signatures hold"_s, m_signature.finding},
            {u"key-trust"_s, u"the signing key is trusted"_s, of(checkKeyTrust)},
            {u"plan-hash"_s, u"the plan has the recorded hash"_s, of(checkPlanHash)},
            {u"journal"_s, u"the journal is unbroken"_s, of(checkJournal)},
            {u"steps-allowed"_s, u"only what the plan allows was run, in its order"_s, of(checkSteps)},
            {u"gates"_s, u"every gate was opened by a valid quorum"_s, m_gates.finding},
            {u"attestation-consistent"_s, u"attestation, journal and files agree"_s, of(checkAttestation)},
            {u"provenance"_s, u"the provenance for other tools says the same"_s, of(checkProvenance)},
            {u"transparency-log"_s, u"a log has the attestation"_s, m_logs, true},
            {u"timestamps"_s, u"an authority saw the signature"_s, m_timestamps, true},
        };
    }

    QList<NamedFinding> demands(const VerificationPolicy &policy) const
    {
        const ProvenFacts facts{m_signature.keyId, m_gates.approvals, m_logs.proofs, m_timestamps.proofs};
        QList<NamedFinding> findings;
        for (const DemandFinding &demand : checkDemands(policy, m_bundle, facts))
            findings += {demand.id, demand.title, demand.finding};
        return findings;
    }

    static Finding unread() { return notRun(u"the archive was not read to its end"_s); }

private:
    bool isWhole() const { return m_bundle.end.problem.isEmpty(); }
    Finding of(Finding (*check)(const Bundle &)) const { return isWhole() ? check(m_bundle) : unread(); }
    Finding of(Finding (*check)(const Bundle &, const SignatureFinding &)) const
    {
        return isWhole() ? check(m_bundle, m_signature) : unread();
    }

    const Bundle &m_bundle;
    const SignatureFinding &m_signature;
    const GatesFinding m_gates;
    const Finding m_logs;
    const Finding m_timestamps;
};

/// What a bundle without a good signature seems to prove, it does not.
void withdraw(QList<NamedFinding> &findings, const SignatureFinding &signature)
{
    if (signature.finding.result == CheckResult::Passed
        || findings.first().finding.result != CheckResult::Passed)
        return;
    for (NamedFinding &named : findings) {
        if (named.finding.result == CheckResult::Passed)
            named.finding = notRun(u"the signature does not hold"_s);
    }
}

Headline worstOf(const QList<NamedFinding> &findings)
{
    Headline worst = Headline::Good;
    bool allRun = true;
    for (const NamedFinding &named : findings) {
        if (named.finding.result == CheckResult::Failed)
            worst = std::min(worst, named.finding.headline);
        allRun = allRun && (named.isOptional || named.finding.result != CheckResult::NotRun);
    }
    return worst == Headline::Good && !allRun ? Headline::NotCheckable : worst;
}

void addClaims(const Bundle &bundle, VerificationReport &report)
{
    const QJsonObject claims = bundle.attestation ? *bundle.attestation : QJsonObject();
    report.runId = claims[u"runId"_s].toString();
    report.packName = claims[u"packName"_s].toString();
    report.packVersion = claims[u"packVersion"_s].toString();
    report.planHash = claims[u"planHash"_s].toString();
    report.outcome = claims[u"outcome"_s].toString();
}

} // namespace

Result<VerificationReport> verifyBundle(const QString &path, const TrustStore &trust, Timestamp now,
                                        const VerifyOptions &options)
{
    Contents contents(options.limits);
    const auto end = readArchive(path, options, contents);
    if (!end)
        return end.error();

    const Bundle bundle(*end, contents, trust, now);
    const SignatureFinding signature =
        end->problem.isEmpty() ? checkSignature(bundle) : SignatureFinding{CheckRun::unread(), {}, {}};
    const CheckRun checks(bundle, signature);
    QList<NamedFinding> findings = checks.all();
    if (options.policy)
        findings += checks.demands(*options.policy);
    withdraw(findings, signature);

    VerificationReport report;
    report.bundlePath = path;
    report.bundleSha256 = end->sha256;
    report.verifiedAt = now;
    report.headline = worstOf(findings);
    report.signerKeyId = end->problem.isEmpty() ? signature.keyId : QString();
    addClaims(bundle, report);
    for (const NamedFinding &named : findings)
        report.checks += Check{named.id, named.title, named.finding.result, named.finding.detail};
    return report;
}

} // namespace engine
