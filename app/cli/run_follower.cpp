#include "app/cli/run_follower.h"

#include "app/cli/gate_text.h"
#include "app/cli/log_text.h"
#include "app/cli/service.h"
#include "app/cli/terminal.h"
#include "engine/base/when_done.h"

#include <QCoreApplication>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace cli {

using engine::Decision;
using engine::Error;
using engine::GateRequest;
using engine::GateState;
using engine::LogLine;
using engine::Result;
using engine::RunId;
using engine::RunService;
using engine::RunState;
using engine::RunView;
using engine::StepRecord;
using engine::StepState;
using engine::Verdict;

namespace {

bool waits(StepState state)
{
    return state == StepState::WaitingApproval || state == StepState::WaitingPolicy;
}

} // namespace

RunFollower::RunFollower(RunService &service, RunId run, const Options &options)
    : m_service(service)
    , m_run(std::move(run))
    , m_options(options)
    , m_isInteractive(!options.json && isTerminal(STDIN_FILENO) && isTerminal(STDOUT_FILENO))
{
    connect(&service, &RunService::runChanged, this, [this](const engine::RunSummary &summary) {
        if (summary.id == m_run)
            check();
    });
    connect(&service, &RunService::gateChanged, this, [this](const GateRequest &gate) {
        if (gate.run == m_run)
            check();
    });
    connect(&service, &RunService::stepsChanged, this,
            [this](const RunId &id, const QList<StepRecord> &steps) {
                if (id != m_run)
                    return;
                m_steps += steps;
                readLogs();
            });
    connect(&service, &RunService::logsAppended, this, [this](const RunId &id) {
        if (id == m_run)
            readLogs();
    });
    connect(&service, &RunService::troubleChanged, this, [this](const Error &trouble) {
        if (trouble.code == engine::ErrorCode::Disconnected)
            return stop(trouble);
        clearProgress();
        if (m_options.json)
            return outJson({{u"event"_s, u"trouble"_s}, {u"message"_s, trouble.message}});
        err(trouble.message.isEmpty() ? u"The engine works again."_s
                                      : u"The engine cannot go on: %1"_s.arg(printable(trouble.message)));
    });
    connect(&m_interruptSignals, &Interrupts::pressed, this, &RunFollower::interrupted);
}

void RunFollower::skip(const RunView &view)
{
    m_lastLog = view.lastLogSequence;
    for (const StepRecord &step : view.steps)
        m_states.insert(step.path, step.state);
}

ExitCode RunFollower::follow()
{
    // Inside the event loop: an answer that is there already goes on at once, and an exit() before exec() is
    // lost.
    QMetaObject::invokeMethod(
        this,
        [this] {
            check();
            readLogs();
        },
        Qt::QueuedConnection);
    return ExitCode(QCoreApplication::exec());
}

void RunFollower::interrupted()
{
    clearProgress();
    err(++m_interrupts == 1 ? u"Cancelling; press Ctrl+C again to kill."_s : u"Killing."_s);
    engine::whenDone(m_service.cancel(m_run), this, [this](const Result<> &cancelled) {
        if (!cancelled && cancelled.error().code != engine::ErrorCode::Conflict)
            stop(cancelled.error());
    });
}

void RunFollower::check()
{
    if (m_isChecking) {
        m_checkAgain = true;
        return;
    }
    m_isChecking = true;
    engine::whenDone(m_service.run(m_run), this, [this](const Result<RunView> &view) {
        m_isChecking = false;
        if (!view)
            return stop(view.error());
        checked(*view);
        if (std::exchange(m_checkAgain, false))
            check();
    });
}

void RunFollower::checked(const RunView &view)
{
    if (m_end)
        return;
    m_steps += view.steps;
    readLogs();
    int done = 0;
    QStringList busy;
    for (const StepRecord &step : view.steps) {
        done += isFinal(step.state) ? 1 : 0;
        if (step.state == StepState::Running || waits(step.state))
            busy += step.path;
    }
    m_progress = u"%1 of %2 steps  %3"_s.arg(done).arg(view.steps.size()).arg(busy.join(u", "_s));
    showProgress();
    if (isFinal(view.summary.state) || view.summary.state == RunState::Interrupted) {
        m_end = view;
    } else if (m_isInteractive) {
        askNext(view);
    } else if (view.summary.state == RunState::Waiting) {
        const bool anyOpen = std::ranges::any_of(
            view.gates, [](const GateRequest &gate) { return gate.state == GateState::Open; });
        if (anyOpen) {
            m_end = view;
            readLogs();
        }
    }
}

void RunFollower::readLogs()
{
    if (m_isReading) {
        m_logsWanted = true;
        return;
    }
    m_isReading = true;
    engine::LogQuery query;
    query.run = m_run;
    query.after = m_lastLog;
    query.limit = 2000;
    engine::whenDone(m_service.logs(query), this,
                     [this, limit = query.limit](const Result<QList<LogLine>> &lines) {
                         m_isReading = false;
                         if (!lines)
                             return stop(lines.error());
                         QStringList texts;
                         for (const LogLine &line : *lines) {
                             m_lastLog = line.sequence;
                             if (m_options.json)
                                 outJson({{u"event"_s, u"log"_s}, {u"line"_s, toJson(line)}});
                             else
                                 texts += logText(line);
                         }
                         if (!texts.isEmpty())
                             print(texts.join(u'\n'));
                         if (lines->size() == limit || std::exchange(m_logsWanted, false))
                             return readLogs();
                         showSteps(std::exchange(m_steps, {}));
                         if (m_end)
                             end(*m_end);
                     });
}

void RunFollower::showSteps(const QList<StepRecord> &steps)
{
    for (const StepRecord &step : steps) {
        const bool isNews = !m_states.contains(step.path) || m_states.value(step.path) != step.state;
        m_states.insert(step.path, step.state);
        if (!isNews || step.state == StepState::Pending || step.state == StepState::Ready)
            continue;
        if (m_options.json) {
            outJson({{u"event"_s, u"step"_s}, {u"step"_s, toJson(step)}});
        } else {
            const QString reason = step.reason.isEmpty() ? QString() : u": "_s + printable(step.reason);
            print(u"* %1 %2%3"_s.arg(step.path, coloured(step.state), reason));
        }
    }
}

void RunFollower::print(const QString &text)
{
    clearProgress();
    out(text);
    showProgress();
}

void RunFollower::showProgress()
{
    if (!m_isInteractive || m_asked || m_progress.isEmpty())
        return;
    clearProgress();
    outBytes("\r\033[2m" + m_progress.left(100).toUtf8() + "\033[0m");
    m_progressShown = true;
}

void RunFollower::clearProgress()
{
    if (std::exchange(m_progressShown, false))
        outBytes("\r\033[K");
}

void RunFollower::askNext(const RunView &view)
{
    if (m_asked) {
        for (const GateRequest &gate : view.gates) {
            if (gate.path == m_asked->gate.path && gate.state != GateState::Open) {
                out(u"The gate is %1 now."_s.arg(toString(gate.state)));
                m_asked.reset();
            }
        }
        if (m_asked)
            return;
    }
    for (const GateRequest &gate : view.gates) {
        if (gate.state == GateState::Open && !m_answered.contains(gate.path))
            return ask(gate, view.decisions);
    }
    const bool anyOpen = std::ranges::any_of(
        view.gates, [](const GateRequest &gate) { return gate.state == GateState::Open; });
    if (view.summary.state == RunState::Waiting && anyOpen) {
        m_end = view;
        readLogs();
    }
}

void RunFollower::ask(const GateRequest &gate, const QList<Decision> &decisions)
{
    engine::whenDone(
        m_service.gate(m_run, gate.path), this, [this, decisions](const Result<engine::GateView> &view) {
            if (!view || m_asked)
                return;
            m_asked = *view;
            clearProgress();
            out(u'\n' + gateText(*view, decisions));
            outBytes("Type approve, reject or later: ");
            if (!m_stdin) {
                m_stdin = std::make_unique<QSocketNotifier>(STDIN_FILENO, QSocketNotifier::Read);
                connect(m_stdin.get(), &QSocketNotifier::activated, this, &RunFollower::readAnswer);
            }
        });
}

void RunFollower::readAnswer()
{
    char buffer[4096];
    const ssize_t count = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (count <= 0) {
        m_stdin.reset();
        return answer(u"later"_s); // Nobody is there any more.
    }
    m_input.append(buffer, count);
    while (m_input.contains('\n')) {
        const qsizetype end = m_input.indexOf('\n');
        const QString line = QString::fromUtf8(m_input.first(end)).trimmed();
        m_input.remove(0, end + 1);
        answer(line);
    }
}

void RunFollower::answer(const QString &line)
{
    if (!m_asked)
        return;
    if (m_wantsReason) {
        m_wantsReason = false;
        return decide(m_verdict, line);
    }
    if (line == u"later"_s) {
        m_answered += m_asked->gate.path;
        m_asked.reset();
        return check();
    }
    if (line != u"approve"_s && line != u"reject"_s)
        return outBytes("Type approve, reject or later: ");
    m_verdict = line == u"approve"_s ? Verdict::Approve : Verdict::Reject;
    m_wantsReason = true;
    outBytes(m_asked->gate.requireReason ? "Reason: " : "Reason (may be empty): ");
}

void RunFollower::decide(Verdict verdict, const QString &reason)
{
    const engine::GateView view = *m_asked;
    const engine::DecisionRequest request{
        m_run, view.gate.path, view.gate.revision, view.gate.planHash, shownDigest(view), verdict, reason,
        {}};
    if (m_stdin) // What is typed now may be a passphrase, which somebody else reads.
        m_stdin->setEnabled(false);
    engine::whenDone(m_service.decide(request), this, [this, path = view.gate.path](const Result<> &decided) {
        if (m_stdin)
            m_stdin->setEnabled(true);
        if (!decided && exitCodeFor(decided.error().code) == ExitCode::OutcomeUnknown)
            return stop(decided.error());
        if (!decided)
            err(u"Refused (%1): %2"_s.arg(toString(decided.error().code),
                                          printable(decided.error().message)));
        m_answered += path;
        m_asked.reset();
        check();
    });
}

void RunFollower::stop(const Error &error)
{
    if (std::exchange(m_isStopped, true)) // What is lost is told by everything that was asked.
        return;
    clearProgress();
    QCoreApplication::exit(int(failOfRun(error, m_run, m_options)));
}

void RunFollower::end(const RunView &view)
{
    if (m_isStopped)
        return;
    clearProgress();
    const engine::RunSummary &summary = view.summary;
    const bool isWaiting = !isFinal(summary.state) && summary.state != RunState::Interrupted;
    if (m_options.json) {
        outJson({{u"event"_s, isWaiting ? u"waiting"_s : u"end"_s}, {u"run"_s, toJson(view)}});
    } else if (isWaiting) {
        out(u"\nRun %1 waits for approval."_s.arg(m_run.value));
        for (const GateRequest &gate : view.gates) {
            if (gate.state == GateState::Open)
                out(u"  taskrunner approve %1 %2 --reason \"...\"\n  taskrunner reject  %1 %2 --reason \"...\""_s
                        .arg(m_run.value, gate.path));
        }
    } else {
        const QString reason = summary.reason.isEmpty() ? QString() : u": "_s + printable(summary.reason);
        out(u"\nRun %1 %2%3%4"_s.arg(m_run.value, coloured(summary.state),
                                     summary.partial ? u", though steps that may fail did"_s : QString(),
                                     reason));
        out(u"planHash %1"_s.arg(summary.planHash));
        if (!view.artifacts.isEmpty())
            out(u"%1 artifacts: taskrunner artifacts %2"_s.arg(view.artifacts.size()).arg(m_run.value));
        if (isFinal(summary.state))
            out(u"Evidence: taskrunner evidence %1"_s.arg(m_run.value));
    }
    const ExitCode code = isWaiting                              ? ExitCode::Waiting
                          : summary.state == RunState::Succeeded ? ExitCode::Good
                                                                 : ExitCode::NotGood;
    QCoreApplication::exit(int(code));
}

ExitCode followToEnd(RunService &service, const RunId &id, const Options &options, const RunView *known)
{
    ExitCode code = ExitCode::Good;
    {
        RunFollower follower(service, id, options);
        if (known)
            follower.skip(*known);
        code = follower.follow();
    }
    return stayForGuests(service, code);
}

} // namespace cli
