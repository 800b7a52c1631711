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

QList<NamedFinding> runChecks(const Bundle &bundle, const SignatureFinding &signature,
                              const std::optional<VerificationPolicy> &policy)
{
    const GatesFinding gates = checkGates(bundle);
    const Finding logs = checkLogEntries(bundle, signature);
    const Finding timestamps = checkTimestamps(bundle, signature);
    QList<NamedFinding> findings{
        {u"container"_s, u"the archive is a well-formed bundle"_s, checkContainer(bundle)},
        {u"listing"_s, u"every file is listed and there"_s, checkListing(bundle)},
        {u"digests"_s, u"every file is as listed"_s, checkDigests(bundle)},
        {u"signature"_s, u"the signatures hold"_s, signature.finding},
        {u"key-trust"_s, u"the signing key is trusted"_s, checkKeyTrust(bundle, signature)},
        {u"plan-hash"_s, u"the plan has the recorded hash"_s, checkPlanHash(bundle)},
        {u"journal"_s, u"the journal is unbroken"_s, checkJournal(bundle)},
        {u"steps-allowed"_s, u"only what the plan allows was run, in its order"_s, checkSteps(bundle)},
        {u"gates"_s, u"every gate was opened by a valid quorum"_s, gates.finding},
        {u"attestation-consistent"_s, u"attestation, journal and files agree"_s, checkAttestation(bundle)},
        {u"provenance"_s, u"the provenance for other tools says the same"_s,
         checkProvenance(bundle, signature)},
        {u"transparency-log"_s, u"a log has the attestation"_s, logs, true},
        {u"timestamps"_s, u"an authority saw the signature"_s, timestamps, true},
    };
    if (!policy)
        return findings;
    const ProvenFacts facts{signature.keyId, gates.approvals, logs.proofs, timestamps.proofs};
    for (const DemandFinding &demand : checkDemands(*policy, bundle, facts))
        findings += {demand.id, demand.title, demand.finding};
    return findings;
}

/// What a bundle without a good signature seems to prove, it does not; and of one that was not read to its
/// end, nothing else can be said.
void withdraw(QList<NamedFinding> &findings, const SignatureFinding &signature)
{
    const bool isWhole = findings.first().finding.result == CheckResult::Passed;
    const bool isSigned = signature.finding.result == CheckResult::Passed;
    for (NamedFinding &named : findings) {
        if (!isWhole && &named != &findings.first())
            named.finding = notRun(u"the archive was not read to its end"_s);
        else if (isWhole && !isSigned && named.finding.result == CheckResult::Passed)
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
    const SignatureFinding signature = checkSignature(bundle);
    QList<NamedFinding> findings = runChecks(bundle, signature, options.policy);
    withdraw(findings, signature);

    VerificationReport report;
    report.bundlePath = path;
    report.bundleSha256 = end->sha256;
    report.headline = worstOf(findings);
    report.signerKeyId = end->problem.isEmpty() ? signature.keyId : QString();
    addClaims(bundle, report);
    for (const NamedFinding &named : findings)
        report.checks += Check{named.id, named.title, named.finding.result, named.finding.detail};
    return report;
}

} // namespace engine
