#include "engine/base/duration.h"
#include "engine/base/json.h"
#include "engine/run/exec_launcher.h"
#include "engine/run/run_execution_p.h"

#include <cstring>

using namespace Qt::StringLiterals;

/// The part of RunExecution that carries out attempts: intent, process, end, what it left.
namespace engine {

static QJsonObject usageJson(const ResourceUsage &usage)
{
    return {{u"userMicroseconds"_s, qint64(usage.userTime.count())},
            {u"systemMicroseconds"_s, qint64(usage.systemTime.count())},
            {u"peakMemoryBytes"_s, usage.peakMemoryBytes},
            {u"writtenBytes"_s, usage.writtenBytes}};
}

/// What the log tells in detail: "attempt 1 ended: exit code 0, 120 ms user, 10 ms system, ...".
static QString inWords(const AttemptRecord &attempt)
{
    QStringList facts;
    if (attempt.exitCode)
        facts += u"exit code %1"_s.arg(*attempt.exitCode);
    if (attempt.signal)
        facts += u"signal %1"_s.arg(*attempt.signal);
    if (attempt.pid > 0)
        facts += u"process %1"_s.arg(attempt.pid);
    if (const auto &usage = attempt.usage) {
        facts += u"%1 ms user"_s.arg(usage->userTime.count() / 1000);
        facts += u"%1 ms system"_s.arg(usage->systemTime.count() / 1000);
        facts += u"%1 bytes of memory at most"_s.arg(usage->peakMemoryBytes);
        facts += u"%1 bytes written"_s.arg(usage->writtenBytes);
    }
    const QString ended = u"attempt %1 ended"_s.arg(attempt.attempt);
    return facts.isEmpty() ? ended : u"%1: %2"_s.arg(ended, facts.join(u", "_s));
}

/// Whether the module starts a process; the others are done by the engine itself.
static bool startsProcess(const QString &uses)
{
    return uses != "bundle.ingest"_L1 && uses != "builtin:validate"_L1 && uses != "builtin:http"_L1;
}

/// What the journal tells of an attempt before it starts: the command, or what stands for it.
static QStringList argvOf(const QString &uses, const LaunchSpec &launch,
                          const std::optional<HttpRequest> &request)
{
    if (request)
        return {uses, QString::fromLatin1(request->method), displayText(request->address)};
    return launch.argv.isEmpty() ? QStringList{uses} : launch.argv;
}

Result<AttemptSpec> RunExecution::attemptFor(int id)
{
    const RunNode &node = m_tree.node(id);
    const RunSpec &spec = node.step->run;
    AttemptSpec attempt;
    attempt.run = m_summary.id;
    attempt.stepPath = node.path;
    attempt.attempt = node.attempts + 1;
    attempt.spec = spec;
    attempt.workspace = m_folder.workspace();
    attempt.inputsFile = m_folder.inputsFile();
    attempt.folder = m_folder.attempt(++m_attemptFolders);
    attempt.dataDir = m_context.dataDir;
    const auto with = evaluate(id, spec.with);
    if (!with)
        return with.error();
    const auto env = evaluate(id, spec.env);
    if (!env)
        return env.error();
    attempt.with = with->toObject();
    attempt.env = env->toObject();
    if (!spec.module.name.isEmpty()) {
        if (const auto module = prepareModule(attempt); !module)
            return module.error();
        return attempt;
    }
    if (const QString input = attempt.with.value(u"input"_s).toString(); !input.isEmpty())
        attempt.with.insert(u"inputPath"_s, m_inputs.value(input).toObject().value(u"path"_s));
    return attempt;
}

/// Ends a step whose attempt cannot even be prepared.
void RunExecution::failUnstarted(int id, const QString &reason)
{
    note(m_tree.node(id).path, LogLevel::Error, reason);
    m_tree.finish(id, StepState::Failed, reason);
    Q_EMIT passWanted();
}

bool RunExecution::begin()
{
    if (!m_unknown.empty())
        return false;
    const bool anyProcess = !m_ready.empty() && m_context.processes.anyFree();
    const bool anyRequest = !m_readyRequests.empty() && m_context.requests.anyFree();
    if (!anyProcess && !anyRequest)
        return false;
    const bool isRequest = anyRequest && (!anyProcess || *m_readyRequests.begin() < *m_ready.begin());
    std::set<int> &ready = isRequest ? m_readyRequests : m_ready;
    const int id = *ready.begin();
    ready.erase(ready.begin());
    auto spec = attemptFor(id);
    if (!spec) {
        failUnstarted(id, spec.error().message);
        return true;
    }
    auto active = std::make_unique<ActiveAttempt>();
    active->spec = *std::move(spec);
    prepare(id, std::move(active));
    return true;
}

void RunExecution::prepare(int id, std::unique_ptr<ActiveAttempt> active)
{
    const QString &uses = active->spec.spec.uses;
    if (startsProcess(uses)) {
        auto launch = prepareProcess(active->spec);
        if (!launch)
            return failUnstarted(id, launch.error().message);
        active->launch = *std::move(launch);
    } else if (uses == "builtin:http"_L1) {
        auto request = prepareRequest(active->spec);
        if (!request)
            return failUnstarted(id, request.error().message);
        active->request = *std::move(request);
    }
    wordStepChanges(false);
    m_tree.beginAttempt(id);
    active->record.path = active->spec.stepPath;
    active->record.attempt = active->spec.attempt;
    addEvent(u"attempt-intent"_s, id,
             {{u"attempt"_s, active->spec.attempt},
              {u"argv"_s, QJsonArray::fromStringList(argvOf(uses, active->launch, active->request))}});
    m_change.attempts += active->record;
    ++(active->request ? m_context.requests : m_context.processes).used;
    m_active.emplace(id, std::move(active));
    m_begun += id;
}

void RunExecution::launch()
{
    if (m_begun.isEmpty())
        return;
    Q_EMIT passWanted();
    for (const int id : std::exchange(m_begun, {})) {
        ActiveAttempt &active = *m_active.at(id);
        if (active.cancelAsked) {
            endAttempt(id, StepState::Cancelled, {});
        } else if (active.request) {
            startRequest(id);
        } else if (active.launch.argv.isEmpty()) {
            active.record.startedAt = m_context.clock.now();
            startInternal(id);
        } else {
            startProcess(id);
        }
    }
}

void RunExecution::startProcess(int id)
{
    ActiveAttempt &active = *m_active.at(id);
    auto process = m_context.launcher.launch(active.launch);
    if (!process)
        return endAttempt(id, StepState::Failed, process.error().message);
    active.process = *std::move(process);
    m_launched += id;
    active.capture =
        std::make_unique<OutputCapture>(m_log, m_context.clock, active.spec.stepPath, active.spec.attempt);
    active.record.pid = active.process->pid();
    active.record.startTime = active.process->startTime();
    active.record.bootId = bootId();
    active.record.startedAt = m_context.clock.now();
    addEvent(u"attempt-started"_s, id,
             {{u"attempt"_s, active.spec.attempt},
              {u"pid"_s, active.record.pid},
              {u"startTime"_s, active.record.startTime},
              {u"bootId"_s, active.record.bootId}});
    m_change.attempts += active.record;
    connect(active.process.get(), &Process::outputRead, this,
            [&active](OutputStream stream, const QByteArray &bytes) { active.capture->add(stream, bytes); });
    connect(active.process.get(), &Process::finished, this,
            [this, id](const ProcessExit &exit) { processFinished(id, exit); });
    if (m_log.isFull())
        active.process->pauseOutput(true);
}

/// While the store takes no lines, steps wait with what they print: nothing is lost, and nothing piles up.
void RunExecution::pauseOutput(bool isPaused)
{
    for (const auto &[id, active] : m_active) {
        if (active->process)
            active->process->pauseOutput(isPaused);
    }
}

/// An engine that dies before it came here leaves an intent without a start, and a command that never ran.
void RunExecution::release()
{
    for (const int id : std::exchange(m_launched, {})) {
        const auto found = m_active.find(id);
        if (found == m_active.end())
            continue;
        if (found->second->request) {
            sendRequest(id);
        } else if (found->second->process) {
            found->second->process->go();
            watchTimeout(id);
        }
    }
    askPolicies();
}

void RunExecution::watchTimeout(int id)
{
    const auto timeout = m_active.at(id)->spec.spec.timeout;
    if (!timeout)
        return;
    const int attempt = m_active.at(id)->spec.attempt;
    m_context.clock.callAfter(*timeout, this, [this, id, attempt] {
        const auto found = m_active.find(id);
        if (found == m_active.end() || found->second->spec.attempt != attempt || !found->second->process)
            return;
        found->second->timedOut = true;
        found->second->process->terminate();
        m_tree.setState(id, StepState::Cancelling, u"timed out"_s);
        Q_EMIT passWanted();
    });
}

void RunExecution::stopAttempt(int id, bool now)
{
    ActiveAttempt &active = *m_active.at(id);
    active.cancelAsked = true;
    if (active.request && active.record.startedAt && !active.isCollecting) {
        active.call.reset(); // There is nothing to wait for.
        return endAttempt(id, StepState::Cancelled, {});
    }
    if (active.process && now)
        active.process->kill();
    else if (active.process)
        active.process->terminate();
    m_tree.setState(id, StepState::Cancelling);
}

void RunExecution::processFinished(int id, const ProcessExit &exit)
{
    ActiveAttempt &active = *m_active.at(id);
    active.exit = exit;
    active.capture->finish();
    (void)m_log.flush();                     // Else with the next.
    active.process.release()->deleteLater(); // It is the sender.
    if (removeEmptyFolder(active.spec) && (active.spec.spec.outputs.isEmpty() || !exit.succeeded()))
        return collected(id, {}); // As most do; the pool is for those that left something.
    collect(id, [spec = active.spec, ok = exit.succeeded(), now = m_context.clock.now()] {
        return collectAttempt(spec, ok, now);
    });
}

/// What the engine does itself, without a process.
void RunExecution::startInternal(int id)
{
    ActiveAttempt &active = *m_active.at(id);
    active.exit.exitCode = 0; // A problem is told apart.
    collect(id, [spec = active.spec, now = m_context.clock.now()] {
        return spec.spec.uses == u"bundle.ingest"_s ? ingestBundle(spec, now) : validateValue(spec);
    });
}

/// Runs work on the pool and comes back with its result. The engine waits for the pool before it lets a run
/// go.
void RunExecution::collect(int id, std::function<Collected()> work)
{
    m_active.at(id)->isCollecting = true;
    m_context.pool.start([this, id, work = std::move(work)] {
        auto result = std::make_shared<Collected>(work());
        QMetaObject::invokeMethod(
            this, [this, id, result] { collected(id, *result); }, Qt::QueuedConnection);
    });
}

void RunExecution::collected(int id, const Collected &result)
{
    const auto found = m_active.find(id);
    if (found == m_active.end())
        return; // Interrupted meanwhile.
    const ActiveAttempt &active = *found->second;
    m_tree.setOutputs(id, result.outputs, result.artifactValues);
    m_change.artifacts += result.artifacts;
    for (const Artifact &artifact : result.artifacts) {
        if (artifact.status == u"stored"_s)
            addEvent(u"artifact-stored"_s, id,
                     {{u"name"_s, artifact.name},
                      {u"sha256"_s, artifact.sha256},
                      {u"size"_s, artifact.sizeBytes}});
        else
            note(active.spec.stepPath, LogLevel::Warn,
                 u"artifact \"%1\" was not kept: %2"_s.arg(artifact.name, artifact.notes));
    }
    const ProcessExit &exit = active.exit;
    const bool isDone = active.request || exit.succeeded();
    if (isDone && result.problem.isEmpty())
        endAttempt(id, StepState::Succeeded, {});
    else if (active.timedOut)
        endAttempt(id, StepState::Failed, u"timed out after %1"_s.arg(toWords(*active.spec.spec.timeout)));
    else if (active.cancelAsked)
        endAttempt(id, StepState::Cancelled, {});
    else if (!exit.startError.isEmpty())
        endAttempt(id, StepState::Failed,
                   u"cannot start \"%1\": %2"_s.arg(active.launch.argv.value(0), exit.startError));
    else if (exit.signal)
        endAttempt(
            id, StepState::Failed,
            u"ended by signal %1 (%2)"_s.arg(*exit.signal).arg(QString::fromLatin1(strsignal(*exit.signal))));
    else if (!isDone)
        endAttempt(id, StepState::Failed, u"exit code %1"_s.arg(exit.exitCode.value_or(-1)));
    else
        endAttempt(id, StepState::Failed, result.problem);
}

void RunExecution::endAttempt(int id, StepState state, const QString &reason)
{
    ActiveAttempt &active = *m_active.at(id);
    AttemptRecord &record = active.record;
    record.finishedAt = m_context.clock.now();
    record.exitCode = active.exit.exitCode;
    record.signal = active.exit.signal;
    record.usage = active.exit.usage;
    QJsonObject data{{u"attempt"_s, record.attempt}};
    if (record.exitCode)
        data.insert(u"exitCode"_s, *record.exitCode);
    if (record.signal)
        data.insert(u"signal"_s, *record.signal);
    if (record.usage)
        data.insert(u"usage"_s, usageJson(*record.usage));
    addEvent(u"attempt-finished"_s, id, data);
    m_change.attempts += record;
    if (m_context.logsInDetail)
        note(record.path, LogLevel::Debug, inWords(record));
    if (!m_firstStart.contains(id))
        m_firstStart.insert(id, record.startedAt.value_or(*record.finishedAt));
    const AttemptRecord ended = record;
    const bool timedOut = active.timedOut;
    const bool wasCancelled = active.cancelAsked;
    --(active.request ? m_context.requests : m_context.processes).used;
    m_active.erase(id);
    if (state == StepState::Failed)
        note(ended.path, LogLevel::Error, reason);
    if (state == StepState::Failed && !wasCancelled)
        retryOrFail(id, ended, timedOut, reason);
    else
        m_tree.finish(id, state, reason);
    measure(id, state, timedOut, *ended.finishedAt);
    Q_EMIT passWanted();
}

/// After an attempt came to state; the step may be tried again.
void RunExecution::measure(int id, StepState state, bool timedOut, Timestamp endedAt)
{
    Metrics &metrics = m_context.metrics;
    if (state == StepState::Succeeded)
        metrics.attemptEnded(AttemptOutcome::Succeeded);
    else if (state == StepState::Cancelled)
        metrics.attemptEnded(AttemptOutcome::Cancelled);
    else
        metrics.attemptEnded(timedOut ? AttemptOutcome::TimedOut : AttemptOutcome::Failed);
    if (m_backingOff.contains(id))
        metrics.retryScheduled();
    else
        metrics.stepEnded(state, endedAt - m_firstStart.value(id, endedAt));
}

} // namespace engine
