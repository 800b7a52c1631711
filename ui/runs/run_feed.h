#pragma once

#include "engine/api/run_service.h"

namespace ui {

class GatesModel;
class RunsModel;

/// Keeps the models of runs and open gates in step with a service: asks once, then follows its signals.
class RunFeed : public QObject
{
    Q_OBJECT
public:
    static constexpr int MaxRuns = 500; ///< How many of the newest runs are read.

    RunFeed(engine::RunService *service, QObject *parent);

    RunsModel *runs() const { return m_runs; }
    GatesModel *gates() const { return m_gates; }

    /// Asks again for everything.
    void refresh();

Q_SIGNALS:
    void openGatesChanged(int count);
    /// Runs or gates could not be read; what the models show is old.
    void failed(const engine::Error &error);
    void refreshed(); ///< Both answers are in the models.

private:
    void answered();
    void take(const engine::RunSummary &run);
    void take(const engine::GateRequest &gate);
    void announceGates();
    void tick();

    engine::RunService *m_service;
    RunsModel *m_runs;
    GatesModel *m_gates;
    int m_announced = 0;
    int m_pending = 0; ///< Questions without an answer yet.
    QList<engine::RunSummary> m_lateRuns;
    QList<engine::GateRequest> m_lateGates;
};

} // namespace ui
