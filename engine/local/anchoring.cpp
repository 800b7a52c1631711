#include "engine/local/anchoring.h"

#include "engine/base/run_on.h"
#include "engine/local/evidence_export.h"
#include "engine/local/local_run_service.h"
#include "engine/plan/plan.h"

using namespace Qt::StringLiterals;

namespace engine {

Result<AnchorSettings> anchorSettingsFor(const LocalOptions &options)
{
    AnchorSettings settings;
    settings.isByHandOnly = options.readOnly || options.holdsStill;
    if (const QString log = rekorFor(options.rekor); !log.isEmpty()) {
        const auto parsed = parseRekorServer(log, rekorVersionFor(options.rekorVersion));
        if (!parsed)
            return invalid(u"the transparency log: %1"_s.arg(parsed.error().message));
        settings.log = *parsed;
    }
    if (const QString authority = timestampAuthorityFor(options.timestampAuthority); !authority.isEmpty()) {
        const auto parsed = parseTimestampServer(authority);
        if (!parsed)
            return invalid(u"the timestamp authority: %1"_s.arg(parsed.error().message));
        settings.authority = *parsed;
    }
    return settings;
}

static Result<Egress> egressOfRun(const DataDir &dir, const RunId &run)
{
    const auto store = Store::open(dir.storeFile(), Store::Mode::ReadOnly);
    if (!store)
        return store.error();
    const auto bytes = (*store)->plan(run);
    if (!bytes)
        return bytes.error();
    const auto plan = Plan::parse(*bytes);
    if (!plan)
        return plan.error();
    return egressOf(plan->sandbox());
}

QFuture<Result<AnchorBundles::Subject>> LocalAnchorBundles::subject(const RunId &run)
{
    return runOn(m_pool, [this, run]() -> Result<Subject> {
        if (const auto written = writeEvidence(m_dir, run, m_engineKey); !written)
            return written.error();
        const auto trust = m_keys.trust();
        if (!trust)
            return trust.error();
        const auto egress = egressOfRun(m_dir, run);
        if (!egress)
            return egress.error();
        auto subject = readAnchorSubject(m_dir.evidenceFile(run.value), *trust);
        if (!subject)
            return subject.error();
        return Subject{*std::move(subject), *egress};
    });
}

QFuture<Result<AnchorVerdict>> LocalAnchorBundles::add(const RunId &run, const AnchorSubject &subject,
                                                       AnchorKind kind, const QString &service,
                                                       const QByteArray &proof)
{
    return runOn(m_pool, [this, run, subject, kind, service, proof]() -> Result<AnchorVerdict> {
        const auto trust = m_keys.trust();
        if (!trust)
            return trust.error();
        return addAnchor(m_dir.evidenceFile(run.value), kind, service, proof, subject, *trust, m_clock.now());
    });
}

} // namespace engine
