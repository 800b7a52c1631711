#pragma once

#include "engine/api/evidence_verifier.h"
#include "engine/api/run_service.h"
#include "engine/base/run_on.h"

#include <QHash>
#include <QPromise>
#include <QStringList>

#include <functional>
#include <memory>

/// A RunService that answers what a test puts into it and writes down what it was asked.
///
/// Signals are emitted by the test itself: Q_EMIT service.runChanged(...).
class FakeRunService : public engine::RunService
{
    Q_OBJECT
public:
    using engine::RunService::RunService;

    // What it answers. An unknown pack, run or gate is NotFound.
    engine::ServiceInfo serviceInfo{QStringLiteral("local"), QStringLiteral("anna"), QStringLiteral("key-1"),
                                    QStringLiteral("/data"), QStringLiteral("0.1.0")};
    QByteArray metricsText{};
    QHash<QString, engine::Result<engine::PackDescription>> packs{};
    std::function<engine::Result<engine::PlanPreview>(const engine::PlanRequest &)>
        planner{}; ///< Unset: NotFound.
    engine::Result<engine::RunId> submitted{engine::RunId{QStringLiteral("run_01HZZZZZZZZZZZZZZZZZZZZZZZ")}};
    QList<engine::RunSummary> runList{}; ///< Newest first; runs() applies states, pack name and limit.
    QHash<engine::RunId, engine::RunView> views{};
    QHash<engine::RunId, QByteArray> plans{};
    QHash<engine::RunId, QList<engine::RunEvent>> journals{};
    QHash<engine::RunId, QList<engine::LogLine>> lines{}; ///< By sequence; logs() applies the whole query.
    QList<engine::GateRequest> openGateList{};
    QHash<QString, engine::GateView> gateViews{}; ///< By gateKey().
    engine::Result<engine::Incident> incidentResult{engine::Incident{}};
    engine::Result<> decideResult{};
    engine::Result<> withdrawResult{};
    engine::Result<engine::ExportedApproval> exportApprovalResult{engine::ExportedApproval{}};
    engine::Result<engine::ImportedResponse> importApprovalResult{engine::ImportedResponse{}};
    engine::Result<> resumeResult{};
    engine::Result<> cancelResult{};
    engine::Result<> saveResult{};
    engine::Result<> exportResult{};
    engine::Result<QList<engine::AnchorRecord>> anchorResult{QList<engine::AnchorRecord>()};

    static QString gateKey(const engine::RunId &id, const QString &path);

    // What it was asked.
    QStringList calls{}; ///< "describePack /p", "plan /p", "submit sha256:...", "run ID", "gate ID PATH", ...
    QList<engine::PlanRequest> planRequests{};
    QList<engine::RunRequest> runRequests{};
    QList<engine::IncidentSwitch> incidentSwitches{};
    QList<engine::DecisionRequest> decisions{};
    QList<engine::WithdrawalRequest> withdrawals{};
    QList<engine::ApprovalExport> approvalExports{};
    QList<engine::ApprovalImport> approvalImports{};
    QList<engine::LogQuery> logQueries{};

    /// From now on answers are computed when asked but held back until release().
    void hold() { m_held = true; }
    void release();
    qsizetype heldAnswers() const { return m_waiting.size(); }

    QFuture<engine::Result<engine::ServiceInfo>> info() override;
    QFuture<engine::Result<QByteArray>> metrics() override;
    QFuture<engine::Result<engine::Incident>> switchIncident(const engine::IncidentSwitch &request) override;
    QFuture<engine::Result<engine::PackDescription>> describePack(const QString &packPath) override;
    QFuture<engine::Result<engine::PlanPreview>> plan(const engine::PlanRequest &request) override;
    QFuture<engine::Result<engine::RunId>> submit(const engine::RunRequest &request) override;
    QFuture<engine::Result<engine::RunId>> rerun(const engine::RunId &id,
                                                 const QString &requestedBy) override;
    QFuture<engine::Result<>> resumeFromFailed(const engine::RunId &id, const QString &by) override;
    QFuture<engine::Result<QList<engine::RunSummary>>> runs(const engine::RunFilter &filter) override;
    QFuture<engine::Result<engine::RunView>> run(const engine::RunId &id) override;
    QFuture<engine::Result<QByteArray>> canonicalPlan(const engine::RunId &id) override;
    QFuture<engine::Result<QList<engine::RunEvent>>> events(const engine::RunId &id, qint64 after) override;
    QFuture<engine::Result<QList<engine::LogLine>>> logs(const engine::LogQuery &query) override;
    QFuture<engine::Result<>> resolveStep(const engine::RunId &id, const QString &path,
                                          const engine::StepResolution &resolution) override;
    QFuture<engine::Result<>> cancel(const engine::RunId &id, const QString &by = {}) override;
    QFuture<engine::Result<QList<engine::GateRequest>>> openGates() override;
    QFuture<engine::Result<engine::GateView>> gate(const engine::RunId &id, const QString &path) override;
    QFuture<engine::Result<>> decide(const engine::DecisionRequest &request) override;
    QFuture<engine::Result<>> withdraw(const engine::WithdrawalRequest &request) override;
    QFuture<engine::Result<engine::ExportedApproval>>
    exportApproval(const engine::ApprovalExport &request) override;
    QFuture<engine::Result<engine::ImportedResponse>>
    importApproval(const engine::ApprovalImport &request) override;
    QFuture<engine::Result<>> saveArtifact(const engine::RunId &id, const QString &artifactId,
                                           const QString &destination) override;
    QFuture<engine::Result<>> exportEvidence(const engine::RunId &id, const QString &destination) override;
    QFuture<engine::Result<QList<engine::AnchorRecord>>> anchorEvidence(const engine::RunId &id,
                                                                        const QString &by) override;

private:
    /// Answers later, as a real engine does; a continuation of a finished future would run at once.
    template<class T>
    QFuture<engine::Result<T>> answer(engine::Result<T> value)
    {
        auto promise = std::make_shared<QPromise<engine::Result<T>>>();
        promise->start();
        m_waiting.append([promise, value = std::move(value)] {
            promise->addResult(value);
            promise->finish();
        });
        if (!m_held)
            QMetaObject::invokeMethod(this, &FakeRunService::deliver, Qt::QueuedConnection);
        return promise->future();
    }

    void deliver();

    bool m_held = false;
    QList<std::function<void()>> m_waiting;
};

/// A verifier that answers what a test puts into it.
class FakeEvidenceVerifier : public engine::EvidenceVerifier
{
    Q_OBJECT
public:
    using engine::EvidenceVerifier::EvidenceVerifier;

    engine::Result<engine::VerificationReport> result{engine::VerificationReport{}};
    QStringList verified{}; ///< The paths, in the order they were asked.

    QFuture<engine::Result<engine::VerificationReport>>
    verify(const QString &bundlePath, const QString &trustFile = {}, const QString &policyFile = {}) override;
};
