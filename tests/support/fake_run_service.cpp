#include "tests/support/fake_run_service.h"

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;
using engine::Result;

namespace {

engine::Error notFound(const QString &what)
{
    return {engine::ErrorCode::NotFound, u"no %1"_s.arg(what), {}, {}};
}

bool matches(const engine::LogLine &line, const engine::LogQuery &query)
{
    const bool isStep = query.stepPath.isEmpty() || line.stepPath == query.stepPath
                        || line.stepPath.startsWith(query.stepPath + u'/');
    return line.sequence > query.after && isStep && line.level >= query.minLevel
           && line.message.contains(query.text, Qt::CaseInsensitive);
}

} // namespace

QString FakeRunService::gateKey(const engine::RunId &id, const QString &path)
{
    return id.value + u' ' + path;
}

void FakeRunService::release()
{
    m_held = false;
    deliver();
}

void FakeRunService::deliver()
{
    if (m_held)
        return;
    for (const auto &give : std::exchange(m_waiting, {}))
        give();
}

QFuture<Result<engine::ServiceInfo>> FakeRunService::info()
{
    calls.append(u"info"_s);
    return answer<engine::ServiceInfo>(serviceInfo);
}

QFuture<Result<QByteArray>> FakeRunService::metrics()
{
    calls.append(u"metrics"_s);
    return answer<QByteArray>(metricsText);
}

QFuture<Result<engine::Incident>> FakeRunService::switchIncident(const engine::IncidentSwitch &request)
{
    calls.append(request.on ? u"incident on"_s : u"incident off"_s);
    incidentSwitches.append(request);
    return answer<engine::Incident>(incidentResult);
}

QFuture<Result<engine::PackDescription>> FakeRunService::describePack(const QString &packPath)
{
    calls.append(u"describePack "_s + packPath);
    return answer<engine::PackDescription>(packs.value(packPath, notFound(u"pack at "_s + packPath)));
}

QFuture<Result<engine::PlanPreview>> FakeRunService::plan(const engine::PlanRequest &request)
{
    calls.append(u"plan "_s + request.packPath);
    planRequests.append(request);
    return answer<engine::PlanPreview>(planner ? planner(request) : notFound(u"planner"_s));
}

QFuture<Result<engine::RunId>> FakeRunService::submit(const engine::RunRequest &request)
{
    calls.append(u"submit "_s + request.expectedPlanHash);
    runRequests.append(request);
    return answer<engine::RunId>(submitted);
}

QFuture<Result<engine::RunId>> FakeRunService::rerun(const engine::RunId &id, const QString &requestedBy)
{
    calls.append(u"rerun %1 %2"_s.arg(id.value, requestedBy).trimmed());
    return answer<engine::RunId>(submitted);
}

QFuture<Result<>> FakeRunService::resumeFromFailed(const engine::RunId &id, const QString &by)
{
    calls.append(u"resumeFromFailed %1 %2"_s.arg(id.value, by).trimmed());
    return answer<void>(resumeResult);
}

QFuture<Result<QList<engine::RunSummary>>> FakeRunService::runs(const engine::RunFilter &filter)
{
    calls.append(u"runs"_s);
    QList<engine::RunSummary> found;
    for (const engine::RunSummary &run : std::as_const(runList)) {
        const bool fits = (filter.states.isEmpty() || filter.states.contains(run.state))
                          && (filter.packName.isEmpty() || filter.packName == run.packName);
        if (fits && found.size() < filter.limit)
            found.append(run);
    }
    return answer<QList<engine::RunSummary>>(found);
}

QFuture<Result<engine::RunView>> FakeRunService::run(const engine::RunId &id)
{
    calls.append(u"run "_s + id.value);
    const auto found = views.constFind(id);
    return found == views.cend() ? answer<engine::RunView>(notFound(u"run "_s + id.value))
                                 : answer<engine::RunView>(*found);
}

QFuture<Result<QByteArray>> FakeRunService::canonicalPlan(const engine::RunId &id)
{
    calls.append(u"canonicalPlan "_s + id.value);
    const auto found = plans.constFind(id);
    return found == plans.cend() ? answer<QByteArray>(notFound(u"run "_s + id.value))
                                 : answer<QByteArray>(*found);
}

QFuture<Result<QList<engine::RunEvent>>> FakeRunService::events(const engine::RunId &id, qint64 after)
{
    calls.append(u"events %1 %2"_s.arg(id.value).arg(after));
    QList<engine::RunEvent> found;
    for (const engine::RunEvent &event : journals.value(id)) {
        if (event.sequence > after)
            found.append(event);
    }
    return answer<QList<engine::RunEvent>>(found);
}

QFuture<Result<QList<engine::LogLine>>> FakeRunService::logs(const engine::LogQuery &query)
{
    calls.append(u"logs %1 %2"_s.arg(query.run.value).arg(query.after));
    logQueries.append(query);
    QList<engine::LogLine> found;
    for (const engine::LogLine &line : lines.value(query.run)) {
        if (found.size() < query.limit && matches(line, query))
            found.append(line);
    }
    return answer<QList<engine::LogLine>>(found);
}

QFuture<Result<>> FakeRunService::resolveStep(const engine::RunId &id, const QString &path,
                                              const engine::StepResolution &resolution)
{
    calls.append(u"resolve %1 %2 %3"_s.arg(id.value, path, toString(resolution.outcome)));
    return answer<void>({});
}

QFuture<Result<>> FakeRunService::cancel(const engine::RunId &id, const QString &by)
{
    calls.append(u"cancel "_s + id.value + (by.isEmpty() ? QString() : u" by "_s + by));
    return answer<void>(cancelResult);
}

QFuture<Result<QList<engine::GateRequest>>> FakeRunService::openGates()
{
    calls.append(u"openGates"_s);
    return answer<QList<engine::GateRequest>>(openGateList);
}

QFuture<Result<engine::GateView>> FakeRunService::gate(const engine::RunId &id, const QString &path)
{
    calls.append(u"gate %1 %2"_s.arg(id.value, path));
    const auto found = gateViews.constFind(gateKey(id, path));
    return found == gateViews.cend() ? answer<engine::GateView>(notFound(u"gate "_s + path))
                                     : answer<engine::GateView>(*found);
}

QFuture<Result<>> FakeRunService::decide(const engine::DecisionRequest &request)
{
    calls.append(u"decide %1 %2 %3"_s.arg(request.run.value, request.path, toString(request.verdict)));
    decisions.append(request);
    return answer<void>(decideResult);
}

QFuture<Result<>> FakeRunService::withdraw(const engine::WithdrawalRequest &request)
{
    calls.append(u"withdraw %1 %2"_s.arg(request.run.value, request.path));
    withdrawals.append(request);
    return answer<void>(withdrawResult);
}

QFuture<Result<engine::ExportedApproval>>
FakeRunService::exportApproval(const engine::ApprovalExport &request)
{
    calls.append(u"exportApproval %1 %2"_s.arg(request.run.value, request.path));
    approvalExports.append(request);
    return answer<engine::ExportedApproval>(exportApprovalResult);
}

QFuture<Result<engine::ImportedResponse>>
FakeRunService::importApproval(const engine::ApprovalImport &request)
{
    calls.append(u"importApproval %1"_s.arg(QString::fromUtf8(request.file)));
    approvalImports.append(request);
    return answer<engine::ImportedResponse>(importApprovalResult);
}

QFuture<Result<>> FakeRunService::saveArtifact(const engine::RunId &id, const QString &artifactId,
                                               const QString &destination)
{
    calls.append(u"saveArtifact %1 %2 %3"_s.arg(id.value, artifactId, destination));
    return answer<void>(saveResult);
}

QFuture<Result<>> FakeRunService::exportEvidence(const engine::RunId &id, const QString &destination)
{
    calls.append(u"exportEvidence %1 %2"_s.arg(id.value, destination));
    return answer<void>(exportResult);
}

QFuture<Result<QList<engine::AnchorRecord>>> FakeRunService::anchorEvidence(const engine::RunId &id,
                                                                            const QString &by)
{
    calls.append(u"anchorEvidence %1 %2"_s.arg(id.value, by));
    return answer(anchorResult);
}

QFuture<Result<engine::VerificationReport>> FakeEvidenceVerifier::verify(const QString &bundlePath,
                                                                         const QString &, const QString &)
{
    verified.append(bundlePath);
    return engine::runOn(this, [answer = result] { return answer; });
}
