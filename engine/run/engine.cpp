#include "engine/run/engine.h"

#include <QFileInfo>
#include <QThread>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

Engine::Engine(EngineSettings settings, ProcessLauncher &launcher, Clock &clock, QObject *parent)
    : QObject(parent)
    , m_settings(std::move(settings))
    , m_launcher(launcher)
    , m_clock(clock)
{
}

Engine::~Engine()
{
    shutdown();
}

Result<> Engine::open()
{
    Q_ASSERT(QThread::currentThread() == thread());
    auto store = Store::open(m_settings.storePath, Store::Mode::ReadWrite);
    if (!store)
        return store.error();
    m_store = *std::move(store);
    m_store->setObserver(&m_metrics);
    constexpr int mostQuestions = 16;
    m_context = std::make_unique<RunContext>(
        RunContext{*m_store, m_launcher, m_clock, m_pool, m_metrics, m_settings.dataDir,
                   Slots{std::max(1, m_settings.maxProcesses)}, Slots{std::max(1, m_settings.maxRequests)},
                   Slots{mostQuestions}, m_settings.policyServer, m_settings.anchors});
    auto incident = m_store->incident();
    if (!incident)
        return incident.error();
    m_incident = *std::move(incident);
    m_context->logsInDetail = m_incident.isOn;
    const auto unfinished = m_store->unfinishedRuns();
    if (!unfinished)
        return unfinished.error();
    for (const RunSummary &summary : *unfinished) {
        if (const auto taken = takeUp(summary); !taken)
            return taken.error();
    }
    if (!commitAll())
        return *m_trouble;
    wantPass();
    return {};
}

Result<> Engine::markInterrupted(const RunSummary &summary, const QString &reason)
{
    const auto steps = m_store->steps(summary.id);
    if (!steps)
        return steps.error();
    RunChange change;
    change.run = summary.id;
    change.at = m_clock.now();
    const bool wasCancelling = summary.state == RunState::Cancelling;
    const RunState state = wasCancelling ? RunState::Cancelled : RunState::Interrupted;
    change.status = RunChange::Status{state, false, reason};
    for (StepRecord step : *steps) {
        if (step.state != StepState::Running && step.state != StepState::Cancelling)
            continue;
        step.state = StepState::Interrupted;
        step.reason = reason;
        step.lastTransitionAt = change.at;
        change.steps += step;
        change.events += EventDraft{
            u"step-state"_s, step.path, {{u"state"_s, toString(step.state)}, {u"reason"_s, reason}}};
    }
    change.events += EventDraft{u"run-state"_s, {}, {{u"state"_s, toString(state)}, {u"reason"_s, reason}}};
    const auto applied = m_store->apply(change);
    return applied ? Result<>() : applied.error();
}

/// A run that an engine left behind.
Result<> Engine::takeUp(const RunSummary &summary)
{
    const auto bytes = m_store->plan(summary.id);
    const auto inputs = m_store->inputs(summary.id);
    for (const Error *error : {bytes ? nullptr : &bytes.error(), inputs ? nullptr : &inputs.error()}) {
        if (error)
            return *error;
    }
    auto plan = Plan::parse(*bytes);
    if (!plan)
        return markInterrupted(summary, u"its stored plan cannot be read: %1"_s.arg(plan.error().message));
    RunExecution *run = add(summary, *std::move(plan), *inputs);
    if (const auto restored = run->restore(); !restored) {
        m_runs.removeOne(run);
        delete run;
        return markInterrupted(summary, u"its history cannot be trusted: %1"_s.arg(restored.error().message));
    }
    if (const auto fits = run->checkPlan(); !fits && fits.error().code != ErrorCode::PlanHashMismatch)
        return fits;
    return {};
}

RunExecution *Engine::add(RunSummary summary, Plan plan, QJsonObject inputs)
{
    const RunId id = summary.id;
    auto *run = new RunExecution(*m_context, std::move(summary), std::move(plan), std::move(inputs), this);
    connect(run, &RunExecution::passWanted, this, &Engine::wantPass);
    connect(run, &RunExecution::runChanged, this, [this, id](const RunSummary &changed) {
        tell(id); // The steps that led to it come first.
        Q_EMIT runChanged(changed);
    });
    connect(run, &RunExecution::outlineChanged, this, [this, id] { Q_EMIT outlineChanged(id); });
    connect(run, &RunExecution::gateChanged, this, &Engine::gateChanged);
    connect(run, &RunExecution::artifactsChanged, this, [this, id] { Q_EMIT artifactsChanged(id); });
    connect(run, &RunExecution::trouble, this, &Engine::setTrouble);
    connect(run, &RunExecution::stepsChanged, this, [this, id](const QList<StepRecord> &steps) {
        tellLater(id);
        News &news = m_news[id];
        for (const StepRecord &step : steps) {
            if (const auto known = news.indexOf.constFind(step.path); known != news.indexOf.cend()) {
                news.steps[*known] = step;
            } else {
                news.indexOf.insert(step.path, news.steps.size());
                news.steps += step;
            }
        }
    });
    connect(run, &RunExecution::logsAppended, this, [this, id](qint64 last) {
        tellLater(id);
        m_news[id].lastLog = last;
    });
    m_runs += run;
    return run;
}

/// High-rate news crosses threads at most 20 times a second.
void Engine::tellLater(const RunId &run)
{
    if (m_news.contains(run))
        return;
    m_news.insert(run, {});
    m_clock.callAfter(std::chrono::milliseconds(50), this, [this, run] { tell(run); });
}

void Engine::tell(const RunId &run)
{
    const News news = m_news.take(run);
    if (!news.steps.isEmpty())
        Q_EMIT stepsChanged(run, news.steps);
    if (news.lastLog > 0)
        Q_EMIT logsAppended(run, news.lastLog);
}

Result<> Engine::submit(const NewRun &newRun, const Plan &plan)
{
    Q_ASSERT(QThread::currentThread() == thread());
    NewRun run = newRun;
    run.summary.state = RunState::Queued;
    QList<StepRecord> steps;
    const RunTree tree(plan);
    for (int id = 1; id < tree.count(); ++id)
        steps += tree.isStep(id) ? QList{tree.record(id)} : QList<StepRecord>();
    const RunSummary &summary = run.summary;
    EventDraft created{u"run-created"_s,
                       {},
                       {{u"planHash"_s, summary.planHash},
                        {u"packName"_s, summary.packName},
                        {u"packVersion"_s, summary.packVersion},
                        {u"packDigest"_s, summary.packDigest},
                        {u"requestedBy"_s, summary.requestedBy},
                        {u"tenant"_s, summary.tenant}}};
    if (!run.rerunOf.isEmpty())
        created.data.insert(u"rerunOf"_s, run.rerunOf.value);
    if (const auto stored = m_store->createRun(run, steps, {created}); !stored) {
        if (stored.error().code == ErrorCode::Database)
            setTrouble(stored.error());
        return stored.error();
    }
    Q_EMIT runChanged(summary);
    RunExecution *const added = add(summary, plan, run.inputs);
    if (m_incident.isOn)
        added->tellIncident(m_incident);
    (void)added->checkPlan(); // A mismatch ends the run by itself.
    wantPass();
    return {};
}

Result<RunExecution *> Engine::find(const RunId &id)
{
    const auto found =
        std::ranges::find_if(m_runs, [&id](const RunExecution *run) { return run->summary().id == id; });
    if (found != m_runs.end())
        return *found;
    const auto stored = m_store->run(id);
    if (!stored)
        return stored.error();
    return Error{ErrorCode::Conflict, u"run %1 is %2"_s.arg(id.value, toString(stored->state)), {}, {}};
}

Result<> Engine::cancel(const RunId &id, const QString &by)
{
    Q_ASSERT(QThread::currentThread() == thread());
    const auto run = find(id);
    if (!run) {
        auditRefusal(by, u"cancel-refused"_s, {{u"runId"_s, id.value}}, run.error());
        return run.error();
    }
    (*run)->cancel(by);
    pass(); // So that it is in the store before it is answered.
    return {};
}

Result<> Engine::resolve(const RunId &id, const QString &stepPath, const StepResolution &resolution)
{
    Q_ASSERT(QThread::currentThread() == thread());
    const auto resolved = resolveSteps(id, stepPath, resolution);
    if (!resolved)
        auditRefusal(resolution.by, u"resolve-refused"_s, {{u"runId"_s, id.value}, {u"step"_s, stepPath}},
                     resolved.error());
    return resolved;
}

Result<> Engine::resolveSteps(const RunId &id, const QString &stepPath, const StepResolution &resolution)
{
    const auto run = find(id);
    if (!run)
        return run.error();
    const QStringList paths = stepPath.isEmpty() ? (*run)->unknownSteps() : QStringList{stepPath};
    if (paths.isEmpty())
        return Error{ErrorCode::Conflict, u"run %1 has no interrupted step"_s.arg(id.value), {}, {}};
    for (const QString &path : paths) {
        if (const auto resolved = (*run)->resolve(path, resolution); !resolved)
            return resolved.error();
    }
    pass(); // So that it is in the store before it is answered.
    return {};
}

Result<> Engine::decide(const RunId &id, const QString &gatePath, const QByteArray &envelope,
                        const TrustStore &trust)
{
    Q_ASSERT(QThread::currentThread() == thread());
    const auto run = find(id);
    const auto decided = run ? (*run)->decide(gatePath, envelope, trust) : Result<>(run.error());
    if (!decided) // Who decided is not known before the decision was judged.
        auditRefusal({}, u"decision-refused"_s, {{u"runId"_s, id.value}, {u"gate"_s, gatePath}},
                     decided.error());
    return decided;
}

Result<> Engine::withdraw(const RunId &id, const QString &gatePath, const QByteArray &envelope,
                          const TrustStore &trust)
{
    Q_ASSERT(QThread::currentThread() == thread());
    const auto run = find(id);
    const auto withdrawn = run ? (*run)->withdraw(gatePath, envelope, trust) : Result<>(run.error());
    if (!withdrawn)
        auditRefusal({}, u"withdrawal-refused"_s, {{u"runId"_s, id.value}, {u"gate"_s, gatePath}},
                     withdrawn.error());
    return withdrawn;
}

Result<> Engine::resumeFromFailed(const RunId &id, const QString &by)
{
    Q_ASSERT(QThread::currentThread() == thread());
    const auto resumed = resumeFailed(id, by);
    if (!resumed)
        auditRefusal(by, u"resume-refused"_s, {{u"runId"_s, id.value}}, resumed.error());
    return resumed;
}

Result<> Engine::resumeFailed(const RunId &id, const QString &by)
{
    const auto stored = m_store->run(id);
    if (!stored)
        return stored.error();
    if (stored->state != RunState::Failed)
        return Error{ErrorCode::Conflict,
                     u"run %1 is %2; only one that failed can go on from its failed steps"_s.arg(
                         id.value, toString(stored->state)),
                     {},
                     {}};
    if (const RunFolder folder(m_settings.dataDir, id); !QFileInfo(folder.workspace()).isDir())
        return Error{ErrorCode::Conflict,
                     u"the workspace of run %1 is gone; rerun it instead"_s.arg(id.value),
                     {},
                     {}};
    return startAgain(*stored, by);
}

Result<> Engine::startAgain(const RunSummary &summary, const QString &by)
{
    const auto bytes = m_store->plan(summary.id);
    const auto inputs = m_store->inputs(summary.id);
    for (const Error *error : {bytes ? nullptr : &bytes.error(), inputs ? nullptr : &inputs.error()}) {
        if (error)
            return *error;
    }
    auto plan = Plan::parse(*bytes);
    if (!plan || plan->hash() != summary.planHash)
        return Error{ErrorCode::PlanHashMismatch,
                     u"the stored plan of run %1 is no longer the one that was run"_s.arg(summary.id.value),
                     {},
                     {}};
    RunExecution *run = add(summary, *std::move(plan), *inputs);
    auto done = run->restore();
    done = done ? run->startAgain(by) : done;
    done = done ? run->commit() : done;
    if (!done) {
        m_runs.removeOne(run);
        delete run;
        return done;
    }
    std::ranges::sort(m_runs, {}, [](const RunExecution *each) { return each->summary().id.value; });
    wantPass();
    return {};
}

void Engine::audit(const QString &actor, const QString &action, const QJsonObject &data)
{
    Q_ASSERT(QThread::currentThread() == thread());
    if (const auto audited = m_store->audit(m_clock.now(), actor, action, data); !audited)
        setTrouble(audited.error());
}

void Engine::auditRefusal(const QString &actor, const QString &action, QJsonObject data, const Error &refusal)
{
    if (refusal.code == ErrorCode::Database || refusal.code == ErrorCode::Io)
        return;
    data.insert(u"code"_s, toString(refusal.code));
    data.insert(u"message"_s, refusal.message);
    audit(actor, action, data);
}

Result<Incident> Engine::switchIncident(bool on, const QString &by, const QString &reason)
{
    Q_ASSERT(QThread::currentThread() == thread());
    if (const auto moved = moveIncident(on, by, reason); !moved) {
        auditRefusal(by, u"incident-refused"_s, {{u"on"_s, on}}, moved.error());
        return moved.error();
    }
    for (RunExecution *run : std::as_const(m_runs))
        run->tellIncident(m_incident);
    Q_EMIT incidentChanged(m_incident);
    wantPass();
    return m_incident;
}

Result<> Engine::moveIncident(bool on, const QString &by, const QString &reason)
{
    if (on == m_incident.isOn)
        return Error{
            ErrorCode::Conflict,
            on ? u"incident mode is on already, since %1 by %2"_s.arg(toIso(m_incident.since), m_incident.by)
               : u"incident mode is not on"_s,
            {},
            {}};
    if (on && reason.trimmed().isEmpty())
        return Error{ErrorCode::ReasonRequired, u"incident mode needs a reason"_s, {}, {}};
    const Timestamp now = m_clock.now();
    const QString action = on ? u"incident-began"_s : u"incident-ended"_s;
    if (const auto audited = m_store->audit(now, by, action, {{u"reason"_s, reason}}); !audited) {
        setTrouble(audited.error());
        return audited;
    }
    m_incident = {on, by, reason, now, {}, {}, {}};
    m_context->logsInDetail = on;
    return {};
}

void Engine::recordSnapshot(const Incident &taken)
{
    if (!m_incident.isOn || taken.since != m_incident.since)
        return; // Switched off meanwhile; the file is there all the same.
    m_incident = taken;
    audit(taken.by, u"incident-snapshot"_s,
          taken.snapshotError.isEmpty()
              ? QJsonObject{{u"file"_s, taken.snapshot}, {u"sha256"_s, taken.snapshotSha256}}
              : QJsonObject{{u"error"_s, taken.snapshotError}});
    Q_EMIT incidentChanged(m_incident);
}

QList<RunId> Engine::activeRuns() const
{
    QList<RunId> ids;
    for (const RunExecution *run : m_runs)
        ids += run->summary().id;
    return ids;
}

QByteArray Engine::metrics() const
{
    Q_ASSERT(QThread::currentThread() == thread());
    Levels levels;
    levels.isIncident = m_incident.isOn;
    for (const RunExecution *run : m_runs)
        run->addTo(levels);
    return m_metrics.text(levels, m_clock.now());
}

void Engine::wantPass()
{
    if (std::exchange(m_passWanted, true))
        return;
    QMetaObject::invokeMethod(this, &Engine::pass, Qt::QueuedConnection);
}

void Engine::pass()
{
    m_passWanted = false;
    if (!m_store || m_settings.holdsStill)
        return;
    for (RunExecution *run : std::as_const(m_runs))
        run->advance();
    // While the store cannot be written, nothing new is begun.
    if (!m_trouble && !m_incident.isOn) {
        for (RunExecution *run : std::as_const(m_runs)) {
            while (run->begin()) {
            }
        }
    }
    // One transaction for all that happened since the last one: ends, starts and intents.
    if (!commitAll())
        return;
    for (RunExecution *run : std::as_const(m_runs)) {
        run->release();
        run->launch();
    }
    removeEnded();
}

bool Engine::commitAll()
{
    if (m_trouble && !isUsable())
        return false;
    bool all = true;
    for (RunExecution *run : std::as_const(m_runs))
        all = bool(run->commit()) && all;
    if (!all || !m_trouble)
        return all;
    for (RunExecution *run : std::as_const(m_runs)) {
        if (!run->flushLogs())
            return false;
    }
    m_trouble.reset();
    Q_EMIT troubleChanged({});
    wantPass();
    return true;
}

/// In trouble: whether the cause is gone. Runs with nothing to write would not notice.
bool Engine::isUsable()
{
    const auto proven = m_store->probe();
    if (!proven)
        setTrouble(proven.error());
    return bool(proven);
}

void Engine::setTrouble(const Error &error)
{
    if (m_trouble != error) {
        m_trouble = error;
        Q_EMIT troubleChanged(error);
    }
    if (std::exchange(m_retryDue, true))
        return;
    m_clock.callAfter(std::chrono::seconds(1), this, [this] {
        m_retryDue = false;
        wantPass();
    });
}

void Engine::removeEnded()
{
    const bool anyEnded = std::ranges::any_of(m_runs, [](const RunExecution *run) { return run->isEnded(); });
    if (!anyEnded)
        return;
    for (RunExecution *run : QList<RunExecution *>(m_runs)) {
        if (run->isEnded()) {
            m_runs.removeOne(run);
            run->deleteLater();
        }
    }
    wantPass(); // Its slots may serve others.
}

void Engine::shutdown()
{
    if (!m_store)
        return;
    Q_ASSERT(QThread::currentThread() == thread());
    for (RunExecution *run : std::as_const(m_runs))
        run->interrupt(u"the engine was stopped while it ran"_s);
    m_pool.waitForDone();
    commitAll();
    for (RunExecution *run : std::as_const(m_runs))
        (void)run->flushLogs();
    for (const RunId &run : m_news.keys())
        tell(run);
    qDeleteAll(std::exchange(m_runs, {}));
    m_context.reset();
    m_store.reset();
}

} // namespace engine
