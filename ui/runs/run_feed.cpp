#include "ui/runs/run_feed.h"

#include "engine/base/when_done.h"
#include "ui/approvals/gates_model.h"
#include "ui/common/time_text.h"
#include "ui/runs/runs_model.h"

#include <QTimer>

#include <utility>

namespace ui {

using namespace Qt::StringLiterals;

namespace {

QString packOf(const engine::RunSummary &run)
{
    return run.packName + u' ' + run.packVersion;
}

} // namespace

RunFeed::RunFeed(engine::RunService *service, QObject *parent)
    : QObject(parent)
    , m_service(service)
    , m_runs(new RunsModel(this))
    , m_gates(new GatesModel(this))
{
    connect(service, &engine::RunService::runChanged, this, [this](const engine::RunSummary &run) {
        if (m_pending > 0)
            m_lateRuns.append(run);
        else
            take(run);
    });
    connect(service, &engine::RunService::gateChanged, this, [this](const engine::GateRequest &gate) {
        if (m_pending > 0)
            m_lateGates.append(gate);
        else
            take(gate);
    });
    auto *clock = new QTimer(this);
    clock->setInterval(std::chrono::seconds(1));
    connect(clock, &QTimer::timeout, this, &RunFeed::tick);
    clock->start();
    tick();
}

void RunFeed::refresh()
{
    m_pending += 2;
    engine::RunFilter filter;
    filter.limit = MaxRuns;
    engine::whenDone(m_service->runs(filter), this,
                     [this](const engine::Result<QList<engine::RunSummary>> &runs) {
                         if (runs) {
                             m_runs->reset(*runs);
                             for (const engine::RunSummary &run : *runs)
                                 m_gates->setPack(run.id, packOf(run));
                         } else {
                             Q_EMIT failed(runs.error());
                         }
                         answered();
                     });
    engine::whenDone(m_service->openGates(), this,
                     [this](const engine::Result<QList<engine::GateRequest>> &gates) {
                         if (gates)
                             m_gates->reset(*gates);
                         else
                             Q_EMIT failed(gates.error());
                         answered();
                     });
}

void RunFeed::answered()
{
    if (--m_pending > 0)
        return;
    // What was announced meanwhile may be newer than what was read.
    for (const engine::RunSummary &run : std::exchange(m_lateRuns, {}))
        take(run);
    for (const engine::GateRequest &gate : std::exchange(m_lateGates, {}))
        m_gates->apply(gate);
    announceGates();
    Q_EMIT refreshed();
}

void RunFeed::take(const engine::RunSummary &run)
{
    m_runs->apply(run);
    m_gates->setPack(run.id, packOf(run));
}

void RunFeed::take(const engine::GateRequest &gate)
{
    m_gates->apply(gate);
    announceGates();
}

void RunFeed::announceGates()
{
    const int count = m_gates->rowCount();
    if (count != m_announced) {
        m_announced = count;
        Q_EMIT openGatesChanged(count);
    }
}

void RunFeed::tick()
{
    const engine::Timestamp now = currentTime();
    m_runs->setNow(now);
    m_gates->setNow(now);
}

} // namespace ui
